import { type Disposable, type ExtensionContext, type TextEditor, type Uri, window } from "vscode";
import type { PacketForm } from "../../webview/protocol.js";
import { type InThread, rulesetThread } from "../rulesets/inThread.js";
import { PathPanel } from "./pathPanel.js";
import { rulesAt } from "./rules.js";

/** The views of packets' paths, one for each rules document. */
export class PacketPaths implements Disposable {
  private readonly panels = new Map<string, PathPanel>();
  private readonly inThread: InThread;
  private readonly listening: Disposable;

  constructor(private readonly context: ExtensionContext) {
    this.inThread = rulesetThread(context.asAbsolutePath("out/rulesetThread.mjs"));
    this.listening = window.onDidChangeTextEditorSelection(({ textEditor, selections }) => {
      const line = selections[0]?.active.line;
      if (line !== undefined) this.panels.get(textEditor.document.uri.toString())?.cursor(line + 1);
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
    const { rules } = await rulesAt(document.uri);
    const offset = document.offsetAt(selection.active);
    const answer = await this.inThread("suggestPacket", { rules, offset });
    if ("problems" in answer) void window.showErrorMessage(answer.problems.join(" "));
    else await this.showPacket(document.uri, answer.value.form, answer.value.exchange);
  }

  /** Sends a packet through the rules at `uri`. `exchange`: its answer and the packet after it, too. */
  async showPacket(uri: Uri, form: PacketForm, exchange = false): Promise<void> {
    const key = uri.toString();
    const known = this.panels.get(key);
    if (known) return known.show({ form, exchange });
    const closed = () => this.panels.delete(key);
    this.panels.set(key, new PathPanel(this.context, uri, this.inThread, { form, exchange }, closed));
  }

  dispose(): void {
    this.listening.dispose();
    for (const panel of this.panels.values()) panel.dispose();
  }
}
