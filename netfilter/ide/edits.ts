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

/**
 * Those groups of edits that can be made together, in order of place: a group of which an edit overlaps or repeats one that
 * was taken before is left out as a whole.
 */
export function together(groups: Iterable<readonly Edit[]>): Edit[] {
  const taken = new Map<string | undefined, Edit[]>();
  for (const edits of groups) {
    const inTheWay = edits.findIndex((edit) => !insert(taken, edit));
    if (inTheWay !== -1) for (const edit of edits.slice(0, inTheWay)) remove(taken, edit);
  }
  return [...taken.values()].flat();
}

/** Puts the edit at its place among the ones of its file; false where another is in its way. */
function insert(taken: Map<string | undefined, Edit[]>, edit: Edit): boolean {
  const edits = taken.get(edit.file) ?? [];
  const at = placeIn(edits, edit);
  const [before, behind] = [edits[at - 1], edits[at]];
  if ((before && !follows(before, edit)) || (behind && !follows(edit, behind))) return false;
  edits.splice(at, 0, edit);
  taken.set(edit.file, edits);
  return true;
}

function remove(taken: Map<string | undefined, Edit[]>, edit: Edit): void {
  const edits = taken.get(edit.file) ?? [];
  edits.splice(edits.indexOf(edit), 1);
}

/** The index of the first edit that stands behind this one. */
function placeIn(edits: readonly Edit[], edit: Edit): number {
  let [from, to] = [0, edits.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (compare(edits[middle] as Edit, edit) <= 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

function follows({ span: first }: Edit, { span: second }: Edit): boolean {
  return first.end <= second.start && (first.start !== second.start || first.end !== second.end);
}

function inOrder(edits: readonly Edit[]): Edit[] {
  return [...edits].sort(compare);
}

function compare({ span: a }: Edit, { span: b }: Edit): number {
  return a.start - b.start || a.end - b.end;
}
