import { type ExtensionContext, env, Range, Uri, ViewColumn, type WebviewPanel, window, workspace } from "vscode";
import type { TracePattern } from "../../netfilter/observe/trace/livePattern.js";
import type { FromPathView, PacketField, PacketForm, ToPathView } from "../../webview/protocol.js";
import type { Router } from "../routers/router.js";
import type { InThread } from "../rulesets/inThread.js";
import { webviewPage } from "../webviewPage.js";
import type { Rules } from "./calls.js";
import { PanelCounters } from "./countedPanel.js";
import { HooksOf } from "./hooksOf.js";
import { PanelRules, type Rulesets } from "./panelRules.js";
import { addressOf, uriOf } from "./rules.js";
import type { RulesInPlay } from "./rulesInPlay.js";
import { ToldLines } from "./toldLines.js";
import { PanelTraces } from "./traced/panelTraces.js";
import { hoverOf } from "./wordHover.js";

/** A packet as its form has it. `exchange`: its answer and the packet after it, too. */
export interface Sent {
  readonly form: PacketForm;
  readonly exchange: boolean;
  /** Fields whose value is one of many that would do: a trace does not compare them. */
  readonly invented?: readonly PacketField[];
}

/** A connection whose packets are traced as they come by. */
export interface TracedFlow {
  readonly form: PacketForm;
  readonly pattern: TracePattern;
  /** What conntrack has of it, as a line of `conntrack -L`. */
  readonly entry: string;
}

/** Whose rules are shown: some document's, perhaps a router's own; without rules only traces are. */
export interface PathSubject {
  readonly inPlay?: RulesInPlay;
  readonly router?: Router;
}

/** The picture of packets' ways through one rules file, or of traced packets, in a tab beside it. */
export class PathPanel {
  /** What is traced; its answers wait until the page is there. */
  readonly traces: PanelTraces;
  private readonly panel: WebviewPanel;
  private readonly counters: PanelCounters | undefined;
  private readonly hooks: HooksOf | undefined;
  private readonly lines: ToldLines;
  private readonly rules: PanelRules | undefined;
  private isReady = false;
  /** What the form has as long as nothing is sent. */
  private filled: PacketForm = {};
  /** Whether the picture is that of the packet that was sent. */
  private isSentShown = false;
  private readyNow: () => void = () => undefined;
  private readonly ready = new Promise<void>((resolve) => {
    this.readyNow = resolve;
  });

  /** Without `sent` no packet is sent at the beginning. */
  constructor(
    context: ExtensionContext,
    private readonly subject: PathSubject,
    private readonly inThread: InThread,
    private sent: Sent | undefined,
    onClosed: () => void,
  ) {
    const { inPlay, router } = subject;
    this.rules = inPlay && new PanelRules(inPlay, inThread, (message) => this.say(message));
    this.hooks =
      router &&
      new HooksOf(
        (command) => router.run(command),
        inThread,
        () => void this.sendAgain(),
      );
    this.traces = new PanelTraces({
      inThread,
      router,
      say: async (message) => {
        await this.ready;
        if (this.isReady) this.say(message);
      },
      rulesNow: async () => this.rules && (await this.rulesNow(this.rules)).rules,
      simulate: (form) => this.show({ form, exchange: false }),
    });
    this.lines = new ToldLines(inThread, (message) => this.say(message));
    const out = Uri.joinPath(context.extensionUri, "out");
    const title = this.rules ? `Path: ${this.rules.owner}` : "Paths of traced packets";
    this.panel = window.createWebviewPanel("hookscope.path", title, ViewColumn.Beside, {
      enableScripts: true,
      localResourceRoots: [out],
      retainContextWhenHidden: true,
    });
    this.panel.iconPath = Uri.joinPath(context.extensionUri, "images", "path.svg");
    this.panel.webview.onDidReceiveMessage((message: FromPathView) => {
      this.answer(message).catch((error: Error) => this.tellFailure(error));
    });
    this.counters = router && new PanelCounters(router, this.panel, inThread, (message) => this.say(message));
    this.panel.onDidDispose(() => {
      this.isReady = false;
      this.traces.dispose();
      this.counters?.dispose();
      onClosed();
    });
    this.panel.webview.html = webviewPage(this.panel.webview, out, "path", title);
  }

  /** Brings the tab to the front. */
  reveal(): void {
    this.panel.reveal(undefined, true);
  }

  /** Brings the tab to the front with another packet, and sends it. */
  async show(sent: Sent): Promise<void> {
    this.sent = sent;
    this.reveal();
    if (this.isReady) await this.start();
  }

  /** Asks, and traces a connection on the router; nothing is simulated before. */
  async traceOnly({ form, pattern, entry }: TracedFlow): Promise<void> {
    this.sent = undefined;
    this.filled = form;
    this.reveal();
    if (this.isReady) await this.start();
    await this.traces.trace(pattern, { entry });
  }

  /** Reads a packet in a text, and sends it. */
  async readText(text: string): Promise<void> {
    this.reveal();
    await this.ready;
    await this.fill(text);
  }

  /** The cursor stands on that line of a document, counted from 1. */
  cursor(uri: Uri, line: number): void {
    this.say({ say: "cursor", file: addressOf(uri), line });
  }

  dispose(): void {
    this.panel.dispose();
  }

  /** What was asked before the view was closed needs no answer. */
  private tellFailure({ message }: Error): void {
    if (this.isReady) void window.showErrorMessage(`The view of the packet's path failed: ${message}`);
  }

  private say(message: ToPathView): void {
    void this.panel.webview.postMessage(message);
  }

  private async answer(message: FromPathView): Promise<void> {
    switch (message.ask) {
      case "ready":
        this.isReady = true;
        return this.start().finally(this.readyNow);
      case "send":
        this.sent = message;
        return this.rules && this.send(await this.rulesNow(this.rules), message);
      case "fill":
        return this.fill(message.text ?? (await env.clipboard.readText()));
      case "reveal":
        return this.lineShown(message.file, message.line);
      case "hover":
        return this.say({ say: "hover", place: message.place, html: await hoverOf(message.place) });
      case "addRules":
      case "leaveOutRules":
      case "readRules":
        return (await this.rules?.answer(message)) ? this.sendAgain() : undefined;
      case "save":
        return this.save(message.kind, Buffer.from(message.data, message.kind === "svg" ? "utf8" : "base64"));
      case "count":
        return this.counters?.does(message.to);
      case "trace":
      case "stopTrace":
      case "tracedFilter":
      case "tracedRows":
      case "tracedPacket":
      case "simulateTraced":
      case "closeTraced":
        this.isSentShown &&= message.ask !== "tracedPacket";
        return this.traces.answer(message);
    }
  }

  /** The rules as they are now, with what the router's kernel says that it calls. */
  private async rulesNow(rules: PanelRules): Promise<Rulesets> {
    const found = await rules.now();
    const hooks = await this.hooks?.now(found.rules.documents.map(({ text }) => text));
    if (!hooks) return found;
    return { rules: { ...found.rules, hooks: hooks.list }, about: `${found.about} ${hooks.says}` };
  }

  /** The same packet, after the rules have become others, or more is known of the router. */
  private async sendAgain(): Promise<void> {
    const { sent, rules: panelRules } = this;
    if (!panelRules) return;
    const rules = await this.rulesNow(panelRules);
    if (!this.isReady) return;
    this.say({ say: "about", text: rules.about });
    if (sent && this.isSentShown) await this.send(rules, sent);
    else await panelRules.tell(rules.rules);
  }

  private async start(): Promise<void> {
    const { router } = this.subject;
    const { form, exchange, invented = [] } = this.sent ?? { form: this.filled, exchange: false };
    await this.rules?.begin();
    const rules = this.rules && (await this.rulesNow(this.rules));
    const about = rules?.about ?? "No rules: steps show what the trace itself says.";
    this.say({
      ...{ say: "form", form, exchange, invented, about, withoutRules: !rules },
      ...(router && { router: router.name }),
    });
    if (rules && this.sent) await this.send(rules, this.sent);
    else if (rules) await this.tellRules(rules.rules);
  }

  /** Reads a packet for the form in a text. */
  private async fill(text: string): Promise<void> {
    if (!this.rules) return;
    const { rules } = await this.rulesNow(this.rules);
    const answer = await this.inThread("packetFromText", { rules, text });
    if ("problems" in answer) this.say({ say: "filled", messages: answer.problems });
    else this.say({ say: "filled", form: answer.value.form, messages: answer.value.says });
  }

  private async send({ rules }: Rulesets, { form, exchange }: Sent): Promise<void> {
    this.traces.leave();
    this.isSentShown = true;
    const answer = await this.inThread("followPacket", { rules, form, exchange });
    if ("problems" in answer) this.say({ say: "trouble", messages: answer.problems });
    else this.say({ say: "packets", packets: answer.value });
    await this.tellRules(rules);
    const own = new Set(rules.documents.map(({ name }) => name));
    const editor = window.visibleTextEditors.find(({ document }) => own.has(addressOf(document.uri)));
    if (editor) this.cursor(editor.document.uri, editor.selection.active.line + 1);
  }

  private async tellRules(rules: Rules): Promise<void> {
    await this.rules?.tell(rules);
    await this.lines.tell(rules);
  }

  /** In the column where the rules are open already. */
  private async lineShown(file: string, line: number): Promise<void> {
    const uri = uriOf(file);
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
