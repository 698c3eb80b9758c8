import type { Edit } from "../text/finding.js";

/** `text` after `edits`, which must not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const { span, text: replacement } of inOrder(edits)) {
    result += text.slice(at, span.start) + replacement;
    at = span.end;
  }
  return result + text.slice(at);
}

/** Those edits that can be made together, in order of place: one that overlaps an earlier one, or repeats it, is left out. */
export function compatible(edits: readonly Edit[]): Edit[] {
  const kept: Edit[] = [];
  for (const edit of inOrder(edits)) {
    const last = kept.at(-1);
    const repeats = last?.span.start === edit.span.start && last.span.end === edit.span.end;
    if (!last || (last.span.end <= edit.span.start && !repeats)) kept.push(edit);
  }
  return kept;
}

function inOrder(edits: readonly Edit[]): Edit[] {
  return [...edits].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
}
