import { type TextEditor, type Uri, window } from "vscode";
import { readPacketText } from "../../netfilter/observe/packetText/packetText.js";
import type { PacketPaths } from "./packetPaths.js";
import { pickRules } from "./traced/pick.js";

/** Follows the packet of which the selected text tells, or the line of the cursor, through rules that are open or picked. */
export async function followText(paths: PacketPaths, editor = window.activeTextEditor): Promise<void> {
  if (!editor) {
    void window.showInformationMessage("Open a text first, and put the cursor on a line that tells of a packet.");
    return;
  }
  const text = textOf(editor);
  const reading = readPacketText(text);
  if ("problem" in reading) {
    void window.showWarningMessage(reading.problem);
    return;
  }
  const uri = theOneInView() ?? (await pickRules("Through which rules does the packet go?", false))?.uri;
  if (uri) await paths.showText(uri, text);
}

/** Without a selection the cursor's line, with the one behind it: tcpdump -v writes two for a packet. */
function textOf({ document, selection }: TextEditor): string {
  if (!selection.isEmpty) return document.getText(selection);
  const { line } = selection.active;
  const next = line + 1 < document.lineCount ? document.lineAt(line + 1).text : "";
  return `${document.lineAt(line).text}\n${/^\s/.test(next) ? next : ""}`;
}

/** The rules in view, where there is one such editor. */
function theOneInView(): Uri | undefined {
  const rules = window.visibleTextEditors.filter(({ document }) => /^(nftables|iptables)$/.test(document.languageId));
  return rules.length === 1 ? rules[0]?.document.uri : undefined;
}
