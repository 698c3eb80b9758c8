import { type TextEditor, TextEditorRevealType, type Uri, window, workspace } from "vscode";

/** A text that has not changed by then is not going to. */
const patienceMs = 1000;

/**
 * Runs `change`, which exchanges a document's text, and puts cursors and scrolled places back: the editor itself would leave a
 * cursor at the end of all that has changed.
 */
export async function keepingPlace<T>(uri: Uri, change: () => Promise<T>): Promise<T> {
  const editors = window.visibleTextEditors.filter(({ document }) => document.uri.toString() === uri.toString());
  const places = editors.map((editor) => ({ editor, selections: editor.selections, top: topLine(editor) }));
  const changed = textChange(uri);
  let result: T;
  try {
    result = await change();
    if (places.length > 0)
      await Promise.race([changed.done, new Promise((resolve) => setTimeout(resolve, patienceMs))]);
  } finally {
    changed.stop();
  }
  for (const { editor, selections, top } of places) {
    editor.selections = selections;
    const range = editor.document.lineAt(Math.min(top, editor.document.lineCount - 1)).range;
    if (topLine(editor) !== top) editor.revealRange(range, TextEditorRevealType.AtTop);
  }
  return result;
}

function topLine({ visibleRanges }: TextEditor): number {
  return visibleRanges[0]?.start.line ?? 0;
}

function textChange(uri: Uri): { readonly done: Promise<void>; readonly stop: () => void } {
  let stop = () => undefined as unknown;
  const done = new Promise<void>((resolve) => {
    const listener = workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && document.uri.toString() === uri.toString()) resolve();
    });
    stop = () => listener.dispose();
  });
  return { done, stop };
}
