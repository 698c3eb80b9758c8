import {
  commands,
  type Disposable,
  type ExtensionContext,
  languages,
  Range,
  type TreeView,
  type Uri,
  ViewColumn,
  window,
  workspace,
} from "vscode";
import { conntrackCount } from "../netfilter/observe/conntrack/stats.js";
import { ipAddresses } from "../netfilter/observe/routing/interfaces.js";
import { ip6Rules, ipRules } from "../netfilter/observe/routing/rules.js";
import type { PacketForm } from "../webview/protocol.js";
import { Comparing } from "./compare/comparing.js";
import { countBy } from "./conntrack/countBy.js";
import type { Connection } from "./conntrack/entryTable.js";
import type { ConntrackSource } from "./conntrack/listing.js";
import type { MarkRule } from "./conntrack/marks.js";
import { ConntrackPanel } from "./conntrack/panel.js";
import { inferHooks, nameChains } from "./path/hooksOf.js";
import { interfaceTowards } from "./path/interfaceTowards.js";
import type { PacketPaths } from "./path/packetPaths.js";
import type { KnownRouter, RouterList } from "./routerList.js";
import type { Router } from "./routers/router.js";
import { CounterHints } from "./rulesets/counterHints.js";
import { placeOf, RulesetDocuments, routerScheme, routerUri, rulesetUri } from "./rulesets/documents.js";
import { type RulesetFile, rulesetFile, rulesetFiles } from "./rulesets/files.js";
import { type InThread, rulesetThread } from "./rulesets/inThread.js";
import { keepingPlace } from "./rulesets/keepingPlace.js";
import type { Ask, Opening } from "./sidebar/item.js";
import { CounterMemory } from "./sidebar/sections/rulesets.js";
import { sections } from "./sidebar/sections.js";
import { type Listed, type Node, RouterTree } from "./sidebar/tree.js";
import { patternOf } from "./tracing/patternOf.js";

/** The sidebar's view of routers, and all that opens from it. */
export class RoutersView implements Disposable {
  private readonly tree = new RouterTree();
  private readonly view: TreeView<Node>;
  private readonly documents: RulesetDocuments;
  private readonly inThread: InThread;
  private readonly comparing: Comparing;
  private readonly panels = new Map<string, ConntrackPanel>();
  private readonly live = new Map<string, ReturnType<typeof setInterval>>();
  private readonly kept = new Map<string, Disposable>();
  private readonly reading = new Set<string>();
  private readonly disposables: Disposable[];

  constructor(
    private readonly context: ExtensionContext,
    private readonly list: RouterList,
    private readonly paths: PacketPaths,
    private readonly showLog: () => void,
  ) {
    this.inThread = rulesetThread(context.asAbsolutePath("out/rulesetThread.mjs"));
    this.documents = new RulesetDocuments(
      (name) => list.find(name),
      (warning) => void window.showWarningMessage(warning),
    );
    this.comparing = new Comparing(context, this.documents, this.inThread);
    this.view = window.createTreeView("hookscope.routers", { treeDataProvider: this.tree, showCollapseAll: true });
    this.disposables = [
      this.tree,
      this.view,
      this.documents,
      this.comparing,
      new CounterHints(this.documents, this.inThread),
      workspace.registerFileSystemProvider(routerScheme, this.documents, { isReadonly: true, isCaseSensitive: true }),
      list.onDidChange(() => this.show()),
      this.view.onDidChangeVisibility(({ visible }) => visible && list.lookAgain()),
      this.view.onDidExpandElement(({ element }) => this.opened(element)),
      this.view.onDidCollapseElement(({ element }) => element.item === undefined && this.release(element.router)),
      workspace.onDidOpenTextDocument((document) => {
        if (document.uri.scheme !== routerScheme) return;
        const language = rulesetFile(document.uri.path.split("/").slice(2).join("/"))?.language;
        if (language)
          void languages.setTextDocumentLanguage(document, language === "nftables" ? "nftables" : "iptables");
      }),
      ...this.commands(),
    ];
    this.show();
  }

  dispose(): void {
    for (const timer of this.live.values()) clearInterval(timer);
    for (const panel of this.panels.values()) panel.dispose();
    for (const disposable of [...this.kept.values(), ...this.disposables]) disposable.dispose();
  }

  private show(): void {
    this.tree.show(this.list.all().map((known) => this.listed(known)));
  }

  private listed({ router, origin }: KnownRouter): Listed {
    const ask: Ask = (command) => router.run(command, { timeoutMs: 60_000 });
    const memory = new CounterMemory();
    const source = this.source(router);
    const thread = this.context.asAbsolutePath("out/conntrackThread.mjs");
    return {
      router,
      origin,
      detail: details[origin],
      sections: () =>
        sections({
          ask,
          inThread: this.inThread,
          memory,
          count: (by) => countBy(source, thread, by),
          inferHooks: () => inferHooks(ask, this.inThread),
          nameChains: (hooks) => nameChains(hooks, ask, this.inThread),
        }),
    };
  }

  private source(router: Router): ConntrackSource {
    return {
      name: router.name,
      run: (command, signal) => router.run(command, { signal }),
      count: async (signal) => {
        const outcome = await router.run(conntrackCount, { signal });
        return outcome.ok ? outcome.value.count : undefined;
      },
      markRules: async (signal) => {
        const answers = await Promise.all([router.run(ipRules, { signal }), router.run(ip6Rules, { signal })]);
        return answers.flatMap((outcome) => (outcome.ok ? outcome.value.flatMap(markRule) : []));
      },
    };
  }

  /** A router's line that is open keeps it connected. */
  private opened({ router, item }: Node): void {
    if (item === undefined && !this.kept.has(router.name)) this.kept.set(router.name, router.use());
  }

  private release(router: Router): void {
    this.kept.get(router.name)?.dispose();
    this.kept.delete(router.name);
  }

  private commands(): Disposable[] {
    const command = (name: string, act: (node: Node | undefined) => unknown) =>
      commands.registerCommand(`hookscope.${name}`, (node: Node | undefined) => act(node));
    return [
      command("open", (node) => node?.item?.opens && this.open(node.router, node.item.opens)),
      command("connect", (node) => this.withRouter(node, (router) => this.connect(router))),
      command("disconnect", (node) =>
        this.withRouter(node, (router) => {
          this.release(router);
          router.disconnect();
        }),
      ),
      command("refresh", (node) => this.refresh(node)),
      command("openConntrack", (node) => this.withRouter(node, (router) => this.openConntrack(router))),
      command("openRuleset", (node) => this.withRouter(node, (router) => this.pickRuleset(router, node))),
      command("refreshRuleset", () => this.refreshShown()),
      commands.registerCommand("hookscope.compareRuleset", (from) => this.compare(from)),
      command("openComparison", () => this.comparing.view.openSheets()),
      commands.registerCommand("hookscope.showDifference", (line) => this.comparing.view.jump(line)),
      commands.registerCommand("hookscope.tracePackets", (from) => this.tracePackets(from)),
      command("toggleLiveCounters", (node) => this.withRouter(node, (router) => this.toggleLive(router))),
      command("addRouter", () => addRouter()),
      command("copyValue", (node) => node?.item && copy(node.item.label, node.item.description)),
    ];
  }

  /** A line and what stands below it; without one everything, the list of routers included. */
  private refresh(node: Node | undefined): void {
    if (!node) this.list.lookAgain();
    this.tree.refresh(node);
  }

  private async withRouter(node: Node | undefined, act: (router: Router) => unknown): Promise<void> {
    const router = node?.router ?? (await this.pickRouter());
    if (router) await act(router);
  }

  private async pickRouter(): Promise<Router | undefined> {
    const known = this.list.all();
    if (known.length === 0) {
      void window.showInformationMessage("There is no router yet: add one, or start the demo router.");
      return undefined;
    }
    const picks = known.map(({ router, origin }) => ({ label: router.name, detail: details[origin], router }));
    return (await window.showQuickPick(picks, { placeHolder: "Which router?" }))?.router;
  }

  private connect(router: Router): void {
    if (!this.kept.has(router.name)) this.kept.set(router.name, router.use());
    router.connect();
    const node = this.tree.find(router.name);
    if (node) void this.view.reveal(node, { expand: true });
  }

  private async open(router: Router, opening: Opening): Promise<void> {
    switch (opening.what) {
      case "connect":
        return this.connect(router);
      case "log":
        return this.showLog();
      case "conntrack":
        return this.openConntrack(router, opening.query);
      case "ruleset":
        return this.openRuleset(router, opening.file, opening.at?.line);
      case "chain":
        return this.openChain(router, opening);
    }
  }

  private openConntrack(router: Router, query?: string): void {
    const open = this.panels.get(router.name);
    if (open) {
      open.reveal(query);
      return;
    }
    const panel = new ConntrackPanel(
      this.context,
      this.source(router),
      query,
      (packet) => this.follow(router, packet),
      (connection) => this.traceOn(router, connection),
      () => this.panels.delete(router.name),
    );
    this.panels.set(router.name, panel);
  }

  /** Shows the way of such a packet, and of what follows it, through the router's rules. */
  private async follow(router: Router, packet: PacketForm): Promise<void> {
    const interfaces = await router.run(ipAddresses);
    const iif = interfaces.ok ? interfaceTowards(interfaces.value, packet.saddr ?? "") : undefined;
    await this.paths.showPacket(routerUri(router.name), { form: { ...packet, ...(iif && { iif }) }, exchange: true });
  }

  /** On the router of a sidebar's line or of a live document; or one that is asked for. */
  private async tracePackets(from: Node | Uri | undefined): Promise<void> {
    if (!workspace.isTrusted) return tellUntrusted();
    const node = from && "router" in from ? from : undefined;
    const shown = from && "scheme" in from ? from : window.activeTextEditor?.document.uri;
    if (!node && shown?.scheme === routerScheme) return this.paths.tracePackets(shown);
    await this.withRouter(node, (router) => this.traceOn(router));
  }

  /** In the view of the router's rules. */
  private async traceOn(router: Router, connection?: Connection): Promise<void> {
    const uri = routerUri(router.name);
    if (!connection) return this.paths.tracePackets(uri);
    const { packet, answer, line } = connection;
    const answers = patternOf(answer);
    const pattern = patternOf(packet, { replies: true, ...("value" in answers && { replyTuple: answers.value }) });
    if ("problems" in pattern) void window.showErrorMessage(pattern.problems.join(" "));
    else await this.paths.tracePackets(uri, { form: packet, pattern: pattern.value, entry: line });
  }

  private async pickRuleset(router: Router, node: Node | undefined): Promise<void> {
    const known = node?.item && rulesetFile(node.item.id);
    if (known) return this.openRuleset(router, known.name);
    const picked = await pickFile(router);
    if (picked) await this.openRuleset(router, picked.name);
  }

  private async openRuleset(router: Router, file: string, line = 0): Promise<void> {
    const uri = rulesetUri(router.name, file);
    try {
      const document = await workspace.openTextDocument(uri);
      await window.showTextDocument(document, {
        selection: new Range(line, 0, line, 0),
        preview: true,
        viewColumn: ViewColumn.Active,
      });
    } catch (error) {
      void window.showErrorMessage(`${file} of ${router.name} could not be read: ${(error as Error).message}`);
    }
  }

  /** A chain of the hook list: its line in the ruleset as it is now. */
  private async openChain(
    router: Router,
    { family, table, chain }: Extract<Opening, { what: "chain" }>,
  ): Promise<void> {
    const file = "ruleset.nft";
    const uri = rulesetUri(router.name, file);
    const text = new TextDecoder().decode(await workspace.fs.readFile(uri));
    const { tables } = await this.inThread("outline", { language: "nftables", text });
    const own = tables.find((one) => one.family === family && one.name === table);
    await this.openRuleset(router, file, own?.chains.find(({ name }) => name === chain)?.line ?? own?.line ?? 0);
  }

  /** The ruleset of a sidebar's line or of a live document; what was compared last, or one that is asked for. */
  private async compare(from: Node | Uri | undefined): Promise<void> {
    const node = from && "router" in from ? from : undefined;
    const live = from && "scheme" in from ? from : window.activeTextEditor?.document.uri;
    const shown = live?.scheme === routerScheme ? live : this.comparing.view.shown?.live;
    const place = node || !shown ? undefined : placeOf(shown);
    const router = node?.router ?? (place ? this.list.find(place.router) : await this.pickRouter());
    const file = rulesetFile(place?.file ?? fileOf(node) ?? "") ?? (router && (await pickFile(router)));
    if (router && file) await this.comparing.run(router, file);
  }

  private async refreshShown(): Promise<void> {
    const uri = window.activeTextEditor?.document.uri;
    if (uri?.scheme !== routerScheme) return;
    await this.readAgain(uri).catch((error: Error) => window.showErrorMessage(error.message));
  }

  private readAgain(uri: Uri): Promise<void> {
    return keepingPlace(uri, () => this.documents.refresh(uri));
  }

  /** Reads the router's live documents anew that are looked at; a reading that still runs is not asked for again. */
  private async refreshOpen(router: Router): Promise<void> {
    if (this.reading.has(router.name)) return;
    this.reading.add(router.name);
    const shown = window.visibleTextEditors.map(({ document }) => document.uri);
    const own = shown.filter((uri) => uri.scheme === routerScheme && placeOf(uri).router === router.name);
    // One that fails is told by the sidebar, which asks the same.
    await Promise.allSettled(own.map((uri) => this.readAgain(uri)));
    this.reading.delete(router.name);
  }

  private toggleLive(router: Router): void {
    const running = this.live.get(router.name);
    if (running) {
      clearInterval(running);
      this.live.delete(router.name);
      void window.setStatusBarMessage(`Live counters of ${router.name} are off.`, 4000);
      return;
    }
    const seconds = Math.max(2, workspace.getConfiguration("hookscope").get<number>("counters.interval", 5));
    const refresh = () => {
      this.tree.refresh(this.tree.find(router.name, "rulesets"));
      void this.refreshOpen(router);
    };
    this.live.set(router.name, setInterval(refresh, seconds * 1000));
    refresh();
    void window.setStatusBarMessage(`Counters of ${router.name} are read every ${seconds} s.`, 4000);
  }
}

/** The ruleset that a line of the sidebar is about. */
function fileOf(node: Node | undefined): string | undefined {
  const { id, opens } = node?.item ?? {};
  return opens?.what === "ruleset" ? opens.file : id;
}

function tellUntrusted(): void {
  void window.showInformationMessage(
    "This workspace is not trusted, so Hookscope connects to no router from it. Trust it to trace packets.",
  );
}

async function pickFile(router: Router): Promise<RulesetFile | undefined> {
  const picks = rulesetFiles.map((file) => ({ label: file.title, description: file.name, file }));
  return (await window.showQuickPick(picks, { placeHolder: `Which ruleset of ${router.name}?` }))?.file;
}

const details: Readonly<Record<KnownRouter["origin"], string>> = {
  program: "Answers from recordings of a real router, on this machine.",
  settings: 'From the setting "hookscope.routers".',
  ssh: "From the configuration of ssh.",
};

function markRule({
  priority,
  fwmark,
  action,
  inverted,
}: {
  readonly priority: number;
  readonly inverted: boolean;
  readonly fwmark?: { readonly value: number; readonly mask: number };
  readonly action: { readonly do: string; readonly table?: string };
}): MarkRule[] {
  if (!fwmark || inverted) return [];
  return [
    {
      priority,
      mark: fwmark.value,
      mask: fwmark.mask,
      action: action.table === undefined ? action.do : `table ${action.table}`,
    },
  ];
}

/** Asks for a router's address and writes it to the settings. */
async function addRouter(): Promise<void> {
  const host = await window.showInputBox({
    title: "Add a router (1/2)",
    prompt: "A name of your ssh_config, a host name or an address; user@host:port is understood",
    placeHolder: "admin@192.168.1.1",
    validateInput: (text) =>
      /^([^@\s]+@)?(\[[\da-fA-F:]+\]|[^@:\s]+)(:\d+)?$/.test(text) ? undefined : "That is none of [user@]host[:port].",
  });
  if (!host) return;
  const [, user, bare = "", port] = /^(?:([^@]+)@)?(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(host) ?? [];
  const name = await window.showInputBox({
    title: "Add a router (2/2)",
    prompt: "What do you call it?",
    value: bare.replaceAll(/[[\]]/g, ""),
  });
  if (!name) return;
  const settings = workspace.getConfiguration("hookscope");
  const entry = {
    name,
    host: bare.replaceAll(/[[\]]/g, ""),
    ...(user && { user }),
    ...(port && { port: Number(port) }),
  };
  await settings.update("routers", [...(settings.get<unknown[]>("routers") ?? []), entry], true);
}

async function copy(label: string, description = ""): Promise<void> {
  const { env } = await import("vscode");
  await env.clipboard.writeText(`${label} ${description}`.trim());
}
