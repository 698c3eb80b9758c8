import { type ExtensionContext, Range, Uri, ViewColumn, type WebviewPanel, window, workspace } from "vscode";
import type { FromPathView, PacketForm, ToPathView } from "../../webview/protocol.js";
import type { InThread } from "../rulesets/inThread.js";
import { webviewPage } from "../webviewPage.js";
import { addressOf, type Rulesets, rulesAt } from "./rules.js";

/** The picture of packets' ways through one rules file, in a tab beside it. */
export class PathPanel {
  private readonly panel: WebviewPanel;
  private form: { readonly form: PacketForm; readonly exchange: boolean };
  private isReady = false;

  constructor(
    context: ExtensionContext,
    private readonly uri: Uri,
    private readonly inThread: InThread,
    begin: { readonly form: PacketForm; readonly exchange: boolean },
    onClosed: () => void,
  ) {
    this.form = begin;
    const out = Uri.joinPath(context.extensionUri, "out");
    const title = `Path: ${workspace.asRelativePath(uri)}`;
    this.panel = window.createWebviewPanel("hookscope.path", title, ViewColumn.Beside, {
      enableScripts: true,
      localResourceRoots: [out],
      retainContextWhenHidden: true,
    });
    this.panel.iconPath = Uri.joinPath(context.extensionUri, "images", "path.svg");
    this.panel.webview.onDidReceiveMessage((message: FromPathView) => {
      this.answer(message).catch(
        (error: Error) => void window.showErrorMessage(`The view of the packet's path failed: ${error.message}`),
      );
    });
    this.panel.onDidDispose(onClosed);
    this.panel.webview.html = webviewPage(this.panel.webview, out, "path", title);
  }

  /** Brings the tab to the front with another packet, and sends it. */
  async show(begin: { readonly form: PacketForm; readonly exchange: boolean }): Promise<void> {
    this.form = begin;
    this.panel.reveal(undefined, true);
    if (this.isReady) await this.start();
  }

  /** The cursor stands on that line, counted from 1. */
  cursor(line: number): void {
    this.say({ say: "cursor", file: addressOf(this.uri), line });
  }

  dispose(): void {
    this.panel.dispose();
  }

  private say(message: ToPathView): void {
    void this.panel.webview.postMessage(message);
  }

  private async answer(message: FromPathView): Promise<void> {
    switch (message.ask) {
      case "ready":
        this.isReady = true;
        return this.start();
      case "send":
        this.form = message;
        return this.send(await rulesAt(this.uri));
      case "reveal":
        return this.reveal(message.file, message.line);
      case "save":
        return this.save(message.kind, Buffer.from(message.data, message.kind === "svg" ? "utf8" : "base64"));
    }
  }

  private async start(): Promise<void> {
    const rules = await rulesAt(this.uri);
    this.say({ say: "form", ...this.form, about: rules.about });
    await this.send(rules);
  }

  private async send({ rules }: Rulesets): Promise<void> {
    const { form, exchange } = this.form;
    const answer = await this.inThread("followPacket", { rules, form, exchange });
    if ("problems" in answer) this.say({ say: "trouble", messages: answer.problems });
    else this.say({ say: "packets", packets: answer.value });
    const editor = window.visibleTextEditors.find(({ document }) => document.uri.toString() === this.uri.toString());
    if (editor) this.cursor(editor.selection.active.line + 1);
  }

  /** In the column where the rules are open already. */
  private async reveal(file: string, line: number): Promise<void> {
    const uri = file === addressOf(this.uri) ? this.uri : Uri.file(file);
    const open = window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
    const column = open?.viewColumn ?? window.visibleTextEditors[0]?.viewColumn ?? ViewColumn.One;
    await window.showTextDocument(uri, { viewColumn: column, selection: new Range(line - 1, 0, line - 1, 0) });
  }

  private async save(kind: "svg" | "png", bytes: Uint8Array): Promise<void> {
    const folder = workspace.workspaceFolders?.[0]?.uri;
    const target = await window.showSaveDialog({
      filters: { [kind.toUpperCase()]: [kind] },
      ...(folder && { defaultUri: Uri.joinPath(folder, `packet-path.${kind}`) }),
    });
    if (!target) return;
    await workspace.fs.writeFile(target, bytes);
    void window.showInformationMessage(`Exported the picture to ${workspace.asRelativePath(target)}.`);
  }
}
