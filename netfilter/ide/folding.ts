import type { Analysis } from "../analyze.js";
import type { Span } from "../text/span.js";

/** A stretch of lines that can be hidden; its first line stays. */
export interface Fold extends Span {
  readonly kind: "block" | "comment";
}

/** Blocks in braces, iptables' table sections and runs of comment lines; only what spans more than a line. */
export function folds(analysis: Analysis): Fold[] {
  const { text } = analysis.tree;
  const sections = analysis.language === "nftables" ? [] : analysis.ruleset.tables.flatMap(({ blocks }) => blocks);
  const blocks = [...sections, ...braces(analysis)].map(({ start, end }): Fold => ({ start, end, kind: "block" }));
  return [...blocks, ...comments(analysis)]
    .filter(({ start, end }) => text.slice(start, end).trimEnd().includes("\n"))
    .sort((a, b) => a.start - b.start || b.end - a.end);
}

function braces({ tree }: Analysis): Span[] {
  const open: number[] = [];
  const found: Span[] = [];
  for (const { start, end, role } of tree.tokens) {
    if (role !== "punctuation" || end - start !== 1) continue;
    if (tree.text[start] === "{") open.push(start);
    else if (tree.text[start] === "}" && open.length > 0) found.push({ start: open.pop() as number, end });
  }
  return found;
}

/** Comments that follow each other line by line, with nothing before them on their lines. */
function comments({ tree }: Analysis): Fold[] {
  const runs: { start: number; end: number; kind: "comment" }[] = [];
  for (const { start, end, role } of tree.tokens) {
    if (role !== "comment" || !startsLine(tree.text, start)) continue;
    const run = runs.at(-1);
    if (run && /^\r?\n?[ \t]*$/.test(tree.text.slice(run.end, start))) run.end = end;
    else runs.push({ start, end, kind: "comment" });
  }
  return runs;
}

function startsLine(text: string, offset: number): boolean {
  return text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset).trim() === "";
}
