import { type ExtensionContext, env, Uri, ViewColumn, type WebviewPanel, window, workspace } from "vscode";
import type { FromConntrackView, PacketForm, ToConntrackView } from "../../webview/protocol.js";
import { webviewPage } from "../webviewPage.js";
import type { Connection } from "./entryTable.js";
import { type ConntrackSource, Listing } from "./listing.js";
import { TableThread } from "./tableThread.js";

/** Seconds between two readings of a live list. */
const defaultInterval = 5;

/** The conntrack table of one router in an editor tab. */
export class ConntrackPanel {
  private readonly table: TableThread;
  private readonly listing: Listing;
  private readonly panel: WebviewPanel;

  constructor(
    context: ExtensionContext,
    private readonly source: ConntrackSource,
    private query: string | undefined,
    private readonly follow: (packet: PacketForm) => Promise<void>,
    private readonly trace: (connection: Connection) => Promise<void>,
    onClosed: () => void,
  ) {
    this.table = new TableThread(context.asAbsolutePath("out/conntrackThread.mjs"));
    this.listing = new Listing(source, this.table, (status, groups) => {
      this.say({ say: "status", router: source.name, status });
      if (groups) this.say({ say: "groups", edition: status.edition, groups });
    });
    const out = Uri.joinPath(context.extensionUri, "out");
    this.panel = window.createWebviewPanel("hookscope.conntrack", `Conntrack: ${source.name}`, ViewColumn.Active, {
      enableScripts: true,
      localResourceRoots: [out],
      retainContextWhenHidden: true,
    });
    this.panel.iconPath = Uri.joinPath(context.extensionUri, "images", "conntrack.svg");
    this.panel.webview.onDidReceiveMessage((message: FromConntrackView) => {
      this.answer(message).catch(
        (error: Error) => void window.showErrorMessage(`The conntrack view failed: ${error.message}`),
      );
    });
    this.panel.onDidDispose(() => {
      this.listing.dispose();
      this.table.dispose();
      onClosed();
    });
    this.panel.webview.html = webviewPage(this.panel.webview, out, "conntrack", `Conntrack of ${source.name}`);
  }

  /** Brings the tab to the front, with another query where one is given. */
  reveal(query?: string): void {
    this.panel.reveal();
    if (query !== undefined) this.say({ say: "query", query });
  }

  dispose(): void {
    this.panel.dispose();
  }

  private say(message: ToConntrackView): void {
    void this.panel.webview.postMessage(message);
  }

  private async answer(message: FromConntrackView): Promise<void> {
    switch (message.ask) {
      case "ready":
        if (this.query !== undefined) this.say({ say: "query", query: this.query });
        return this.listing.read(false);
      case "refresh":
        return this.listing.read();
      case "view":
        return this.listing.show(message.spec);
      case "rows": {
        const { edition, from, count } = message;
        return this.say({ say: "rows", edition, from, rows: await this.table.call("page", { from, count }) });
      }
      case "details":
        return this.say({ say: "details", row: message.row, lines: await this.table.call("details", message.row) });
      case "list":
        return this.listing.choose(message.list);
      case "cancel":
        return this.listing.stop();
      case "live":
        return this.listing.live(message.on ? intervalSetting() * 1000 : undefined);
      case "copy":
        return env.clipboard.writeText(await this.table.call("copy", message.rows));
      case "export":
        return this.export();
      case "follow": {
        const packet = await this.table.call("nextPacket", message.row);
        return packet && this.follow(packet);
      }
      case "trace": {
        const connection = await this.table.call("connection", message.row);
        return connection && this.trace(connection);
      }
    }
  }

  private async export(): Promise<void> {
    const name = `conntrack-${this.source.name.replaceAll(/[^\w.-]/g, "_")}.csv`;
    const folder = workspace.workspaceFolders?.[0]?.uri;
    const target = await window.showSaveDialog({
      filters: { CSV: ["csv"] },
      ...(folder && { defaultUri: Uri.joinPath(folder, name) }),
    });
    if (!target) return;
    await workspace.fs.writeFile(target, await this.table.call("csv", undefined));
    void window.showInformationMessage(`Exported the shown entries to ${workspace.asRelativePath(target)}.`);
  }
}

function intervalSetting(): number {
  const seconds = workspace.getConfiguration("hookscope").get<number>("conntrack.liveInterval", defaultInterval);
  return Math.max(1, seconds);
}
