import { Position, Selection, Uri, window, workspace } from "vscode";
import { testFileFor } from "./names.js";
import { textAt } from "./texts.js";
import { PacketTestThread } from "./thread.js";

/** Makes a test file beside a rules file, with a first test in it, or opens the one that is there. */
export async function newPacketTest(script: string, given: unknown): Promise<void> {
  const rules = given instanceof Uri ? given : window.activeTextEditor?.document.uri;
  if (rules?.scheme !== "file") {
    void window.showInformationMessage("Open the rules file that the packets are to meet, then ask again.");
    return;
  }
  const target = rules.with({ path: testFileFor(rules.path) });
  if ((await textAt(target)) === undefined) {
    const text = await draftFor(script, rules);
    if (text === undefined) {
      void window.showWarningMessage(
        `${workspace.asRelativePath(rules)} is not known to be nftables' or iptables' rules.`,
      );
      return;
    }
    await workspace.fs.writeFile(target, new TextEncoder().encode(text));
  }
  const editor = await window.showTextDocument(target);
  const line = editor.document
    .getText()
    .split("\n")
    .findIndex((one) => one.includes("packet:"));
  if (line !== -1) editor.selection = caret(line, editor.document.lineAt(line).text.indexOf("packet:"));
}

function caret(line: number, column: number): Selection {
  const at = new Position(line, column);
  return new Selection(at, at);
}

async function draftFor(script: string, rules: Uri): Promise<string | undefined> {
  const thread = new PacketTestThread(script);
  try {
    const text = (await textAt(rules)) ?? "";
    return await thread.call("draft", { path: rules.path, text });
  } finally {
    thread.stop();
  }
}
