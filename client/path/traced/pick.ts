import { statSync } from "node:fs";
import { env, type TextDocument, type Uri, window, workspace } from "vscode";
import type { TraceText } from "./text.js";

/** Rules that a trace is joined to; without a document there are none. */
export interface PickedRules {
  readonly uri?: Uri;
}

/** The text of a trace: of the file, or of what the person picks. Undefined when they pick nothing, or where nothing is. */
export async function pickTraceText(file?: Uri): Promise<TraceText | undefined> {
  if (file) return textOfFile(file);
  const editor = window.activeTextEditor;
  const document = editor && !isRules(editor.document) ? editor.document : undefined;
  const selected = document && editor && !editor.selection.isEmpty ? document.getText(editor.selection) : undefined;
  const picks = [
    ...(document && selected
      ? [{ label: "$(list-selection) The Selection", text: () => textOf(document, selected) }]
      : []),
    ...(document
      ? [{ label: `$(file) ${nameOf(document.uri)}`, text: () => textOf(document, document.getText()) }]
      : []),
    { label: "$(folder-opened) A File...", text: pickFile },
    { label: "$(clippy) The Clipboard", text: textOfClipboard },
  ];
  const picked = await window.showQuickPick(picks, {
    placeHolder:
      "Where is the trace? Output of nft monitor trace, xtables-monitor --trace, or TRACE lines of the kernel log",
  });
  return picked?.text();
}

const whichTraced = "Which rules were loaded when the packets were traced?";

/** The rules in the active editor, those that the person picks, or none if that `mayBeNone`. Undefined when they pick nothing. */
export async function pickRules(placeHolder = whichTraced, mayBeNone = true): Promise<PickedRules | undefined> {
  const active = window.activeTextEditor?.document;
  if (active && isRules(active)) return { uri: active.uri };
  const open = workspace.textDocuments.filter(isRules).map(({ uri }) => uri);
  const found = await workspace.findFiles(
    "**/{*.nft,nftables.conf,rules.v4,rules.v6,*.iptables,*.ip6tables}",
    undefined,
    50,
  );
  const others = found.filter((uri) => !open.some((one) => one.toString() === uri.toString()));
  const pick = (description: string) => (uri: Uri) => ({ label: nameOf(uri), description, rules: { uri } });
  const none = { label: "Without rules", description: "steps have no lines then, and nothing is simulated", rules: {} };
  const picks = [...open.map(pick("open")), ...others.map(pick("")), ...(mayBeNone ? [none] : [])];
  const picked = await window.showQuickPick<{ label: string; rules: PickedRules }>(picks, { placeHolder });
  return picked?.rules;
}

function isRules({ languageId }: TextDocument): boolean {
  return languageId === "nftables" || languageId === "iptables";
}

async function pickFile(): Promise<TraceText | undefined> {
  const [file] = (await window.showOpenDialog({ title: "Open Packet Trace", openLabel: "Open Trace" })) ?? [];
  return file && textOfFile(file);
}

/** A file of this machine is read in the thread, and may be of any size. */
async function textOfFile(file: Uri): Promise<TraceText> {
  const name = nameOf(file);
  if (file.scheme === "file") return { name, path: file.fsPath, size: statSync(file.fsPath).size };
  return { name, text: new TextDecoder().decode(await workspace.fs.readFile(file)) };
}

function textOf({ uri }: TextDocument, text: string): TraceText {
  return { name: nameOf(uri), text };
}

async function textOfClipboard(): Promise<TraceText | undefined> {
  const text = await env.clipboard.readText();
  if (text.trim() !== "") return { name: "the clipboard", text };
  void window.showInformationMessage("There is no text on the clipboard: copy the trace first.");
  return undefined;
}

function nameOf(uri: Uri): string {
  return workspace.asRelativePath(uri);
}
