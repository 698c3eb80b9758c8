import { expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import { parseNft } from "../../netfilter/syntax/nft/parse.js";
import type { SyntaxNode } from "../../netfilter/syntax/tree.js";
import { memoryFiles } from "../model/memoryFiles.js";
import { corpusRecords } from "./shared.js";

// A text says the same when some lines of it stand in a file that it includes: nft reads both as one.

/** Kinds of nodes in which other files may be included. */
const blocks: ReadonlySet<string> = new Set(["file", "table", "chain", "setDeclaration", "flowtable"]);

const texts = corpusRecords(8000)
  .filter(({ tool, uses_include, text }) => tool === "nft" && !uses_include && !text.includes("include"))
  .map(({ id, text }) => ({ id, text, run: wholeLines(text) }))
  .filter(({ run }) => run !== undefined);

test("there are texts", () => {
  expect(texts.length).toBeGreaterThan(3000);
});

test("what is found in a text is found in its pieces", () => {
  const different = texts.filter(({ text, run }) => run && !isSame(text, run));
  expect(different.map(({ id }) => id)).toEqual([]);
});

interface Run {
  readonly start: number;
  readonly end: number;
}

/** One of the runs of whole lines that hold whole items of a block; which, hangs on the text's length. */
function wholeLines(text: string): Run | undefined {
  const { root, errors } = parseNft(text);
  if (errors.length > 0) return undefined;
  const lists: (readonly SyntaxNode[])[] = [];
  collect(root, lists);
  const items = lists[text.length % lists.length] ?? [];
  const first = text.length % Math.max(1, items.length);
  const [from, to] = [items[first], items[Math.min(items.length - 1, first + (text.length % 3))]];
  if (!from || !to) return undefined;
  const start = text.lastIndexOf("\n", from.start) + 1;
  const end = text.indexOf("\n", to.end) + 1;
  const isAlone = text.slice(start, from.start).trim() === "" && /^;?\s*(#.*)?$/.test(text.slice(to.end, end));
  return isAlone && end > 0 ? { start, end } : undefined;
}

function collect(node: SyntaxNode, found: (readonly SyntaxNode[])[]): void {
  if (!blocks.has(node.kind)) return;
  const { items } = node as SyntaxNode & { items: readonly SyntaxNode[] };
  if (items.length > 0) found.push(items);
  for (const item of items) collect(item, found);
}

function isSame(text: string, { start, end }: Run): boolean {
  const piece = text.slice(start, end);
  const parent = `${text.slice(0, start)}include "./piece.nft"\n${text.slice(end)}`;
  const files = memoryFiles({ "/f/main.nft": parent, "/f/piece.nft": piece });
  const read = (path: string, text: string) =>
    analyze(text, "nftables", { lint: false, place: { path, files } }).findings;
  const found = [...read("/f/main.nft", parent), ...read("/f/piece.nft", piece)].map(({ code }) => code);
  const told = found.filter((code) => code !== "refusedInclude").sort();
  const whole = analyze(text, "nftables", { lint: false }).findings.map(({ code }) => code);
  return told.join() === whole.sort().join();
}
