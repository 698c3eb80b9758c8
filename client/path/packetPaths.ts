import { type Disposable, type ExtensionContext, type Memento, type TextEditor, type Uri, window } from "vscode";
import type { Router } from "../routers/router.js";
import { placeOf, routerUri } from "../rulesets/documents.js";
import { RulesetThread } from "../rulesets/inThread.js";
import { PathPanel, type Sent, type TracedFlow } from "./pathPanel.js";
import { addressOf, editorShelf, isLive } from "./rules.js";
import { type Choices, RulesInPlay } from "./rulesInPlay.js";
import { pickRules, pickTraceText } from "./traced/pick.js";

/** Of the view that has no rules. */
const noRules = "";

/** The views of packets' paths: one for each router, and one for each rules file. */
export class PacketPaths implements Disposable {
  private readonly panels = new Map<string, PathPanel>();
  private readonly threads = new Map<string, RulesetThread>();
  private readonly rules = new Map<string, RulesInPlay>();
  private readonly listening: Disposable;

  constructor(
    private readonly context: ExtensionContext,
    private readonly routerOf: (name: string) => Router | undefined,
  ) {
    this.listening = window.onDidChangeTextEditorSelection(({ textEditor, selections }) => {
      const line = selections[0]?.active.line;
      if (line === undefined) return;
      for (const panel of this.panels.values()) panel.cursor(textEditor.document.uri, line + 1);
    });
  }

  /** Sends a packet that the rule under the cursor matches. */
  async showForEditor(editor: TextEditor | undefined = window.activeTextEditor): Promise<void> {
    if (!editor || !/^(nftables|iptables)$/.test(editor.document.languageId)) {
      void window.showInformationMessage(
        "Open a rules file first: a packet's path is shown for the rules in an editor.",
      );
      return;
    }
    const { document, selection } = editor;
    const { rules } = await this.rulesOf(document.uri).all();
    const offset = document.offsetAt(selection.active);
    const answer = await this.threadOf(keyOf(document.uri)).ask("suggestPacket", {
      rules,
      document: addressOf(document.uri),
      offset,
    });
    if ("problems" in answer) void window.showErrorMessage(answer.problems.join(" "));
    else await this.showPacket(document.uri, answer.value);
  }

  /** Sends a packet through the rules at `uri`. */
  async showPacket(uri: Uri, sent: Sent): Promise<void> {
    const known = this.panels.get(keyOf(uri));
    if (known) await known.show(sent);
    else this.panelOf(uri, sent);
  }

  /** Traces packets on the router whose live ruleset lies at `uri`, when the person wants it; without a connection they say which. */
  async tracePackets(uri: Uri, connection?: TracedFlow): Promise<void> {
    const panel = this.panelOf(uri);
    if (connection) await panel.traceOnly(connection);
    else panel.reveal();
  }

  /** Sends the packet that a text tells of through the rules at `uri`. */
  async showText(uri: Uri, text: string): Promise<void> {
    await this.panelOf(uri).readText(text);
  }

  /** Shows the packets of a saved or pasted trace: of a file, or of what the person picks. */
  async openTrace(file?: Uri): Promise<void> {
    const text = await pickTraceText(file);
    const rules = text && (await pickRules());
    if (!text || !rules) return;
    const panel = this.panelOf(rules.uri);
    panel.reveal();
    await panel.traces.open(text);
  }

  /** The view of these rules, or the one without rules; it is made where there is none. */
  private panelOf(uri: Uri | undefined, sent?: Sent): PathPanel {
    const key = uri ? keyOf(uri) : noRules;
    const known = this.panels.get(key);
    if (known) return known;
    const router = uri && isLive(uri) ? this.routerOf(placeOf(uri).router) : undefined;
    const subject = { ...(uri && { inPlay: this.rulesOf(uri) }), ...(router && { router }) };
    const panel = new PathPanel(this.context, subject, this.threadOf(key).ask, sent, () => {
      this.panels.delete(key);
      this.threads.get(key)?.dispose();
      this.threads.delete(key);
      this.rules.delete(key);
    });
    this.panels.set(key, panel);
    return panel;
  }

  private rulesOf(uri: Uri): RulesInPlay {
    const key = keyOf(uri);
    const { workspaceState } = this.context;
    const rules = this.rules.get(key) ?? new RulesInPlay(addressOf(uri), editorShelf, choicesIn(workspaceState));
    this.rules.set(key, rules);
    return rules;
  }

  /** The thread that keeps what it has read of these rules, and ends with their view. */
  private threadOf(key: string): RulesetThread {
    const thread = this.threads.get(key) ?? new RulesetThread(this.context.asAbsolutePath("out/rulesetThread.mjs"));
    this.threads.set(key, thread);
    return thread;
  }

  dispose(): void {
    this.listening.dispose();
    for (const thread of this.threads.values()) thread.dispose();
    for (const panel of this.panels.values()) panel.dispose();
  }
}

function choicesIn(memory: Memento): Choices {
  const name = (key: string) => `hookscope.path.rules ${key}`;
  return { get: (key) => memory.get(name(key)), update: (key, choice) => memory.update(name(key), choice) };
}

/** All of a router's rulesets have one view. */
function keyOf(uri: Uri): string {
  return String(isLive(uri) ? routerUri(placeOf(uri).router) : uri);
}
