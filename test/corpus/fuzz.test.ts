import fc from "fast-check";
import { expect, test } from "vitest";
import { type Analysis, analyze } from "../../netfilter/analyze.js";
import { children, type SyntaxNode } from "../../netfilter/syntax/tree.js";
import { contains } from "../../netfilter/text/span.js";
import { memoryFiles } from "../model/memoryFiles.js";
import { type CorpusRecord, corpusRecords, languageOf } from "./shared.js";

const runs = 20_000;
const records = corpusRecords(3_000);

/** What a person's editing does to a file, by two places in it (fractions) and another text to take from. */
const mutations: Readonly<Record<string, (text: string, a: number, b: number, other: string) => string>> = {
  prefix: (text, a) => text.slice(0, a),
  suffix: (text, a) => text.slice(a),
  delete: (text, a, b) => text.slice(0, Math.min(a, b)) + text.slice(Math.max(a, b)),
  duplicate: (text, a, b) => text.slice(0, Math.max(a, b)) + text.slice(Math.min(a, b)),
  deleteOne: (text, a) => text.slice(0, a) + text.slice(a + 1),
  splice: (text, a, b, other) => text.slice(0, a) + other.slice(b % (other.length + 1)),
  insert: (text, a, b) =>
    text.slice(0, a) + ("{}();:,\"'\\\n\r\t @$!*&|=<>-+[]/#.\0é\ud800"[b % 36] ?? " ") + text.slice(a),
  swapCase: (text, a) => text.slice(0, a) + (text[a] ?? "").toUpperCase() + text.slice(a + 1),
};

const mutated = fc.record({
  record: fc.nat(records.length - 1),
  other: fc.nat(records.length - 1),
  mutation: fc.constantFrom(...Object.keys(mutations)),
  a: fc.nat(3_000),
  b: fc.nat(3_000),
});

test(`${runs} prefixes and mutations of the corpus never throw, and spans stay nested`, () => {
  expect(records.length).toBeGreaterThan(20_000);
  fc.assert(
    fc.property(mutated, ({ record, other, mutation, a, b }) => {
      const source = records[record] as CorpusRecord;
      const { text } = source;
      const place = (at: number) => at % (text.length + 1);
      const changed = mutations[mutation]?.(text, place(a), place(b), (records[other] as CorpusRecord).text) ?? text;
      expectSound(changed, analyze(changed, languageOf(source)));
    }),
    { numRuns: runs, endOnFailure: true },
  );
});

const editRuns = 2_000;
const nftables = records.filter((record) => languageOf(record) === "nftables");
const iptables = records.filter((record) => languageOf(record) !== "nftables");

/** Reads a text anew, or with what is known of an earlier version of it. */
type Read = (text: string, record: CorpusRecord, previous?: Analysis) => Analysis;

const alone: Read = (text, record, previous) => analyze(text, languageOf(record), { previous });
const included: Read = (text, record, previous) => {
  const files = memoryFiles({ "/main.nft": 'table inet main {\n\tinclude "./piece.nft"\n}\n', "/piece.nft": text });
  return analyze(text, languageOf(record), { place: { path: "/piece.nft", files }, previous });
};

const edit = fc.record({
  mutation: fc.constantFrom(...Object.keys(mutations), "undo"),
  a: fc.nat(3_000),
  length: fc.nat(60),
  other: fc.nat(20_000),
});
const editing = fc.record({
  record: fc.nat(20_000),
  edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
});

test.each<[string, readonly CorpusRecord[], Read]>([
  ["nftables", nftables, alone],
  ["included nftables", nftables, included],
  ["iptables", iptables, alone],
])(`${editRuns} %s files edited step by step read like ones opened so`, (_, files, read) => {
  const file = (number: number) => files[number % files.length] as CorpusRecord;
  fc.assert(
    fc.property(editing, ({ record, edits }) => {
      const versions = [file(record).text];
      let analysis = read(file(record).text, file(record));
      contentOf(analysis);
      for (const { mutation, a, length, other } of edits) {
        const last = versions.at(-1) ?? "";
        const from = a % (last.length + 1);
        const to = Math.min(last.length, from + length);
        const text = mutations[mutation]?.(last, from, to, file(other).text) ?? versions.at(-2) ?? last;
        versions.push(text);
        analysis = read(text, file(record), analysis);
        expectSame(contentOf(analysis), contentOf(read(text, file(record))));
      }
    }),
    { numRuns: editRuns, endOnFailure: true },
  );
});

/** Says where two long texts differ first. */
function expectSame(found: string, expected: string): void {
  if (found === expected) return;
  let at = 0;
  while (found[at] === expected[at]) at++;
  expect(found.slice(Math.max(0, at - 200), at + 200)).toBe(expected.slice(Math.max(0, at - 200), at + 200));
}

/**
 * All that an analysis holds, as text; entries of the catalogue by their word, rules by what stands in them, and what goes round
 * in circles by its place.
 */
function contentOf({ tree, ruleset, findings }: Analysis): string {
  const chains = ruleset.tables.flatMap((table) => table.chains);
  const rules = chains.map(({ span, rules }) => [
    span,
    rules.map(({ start, end, parts, traits }) => [start, end, parts, traits]),
  ]);
  const named = ruleset.references.map(({ kind, name, start, definition }) => [kind, name, start, definition?.span]);
  return JSON.stringify([tree.root, tree.tokens, findings, rules, named], (_, value) => {
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value !== "object" || value === null) return value;
    if ("children" in value) return [value.kind, value.start, value.end, value.children];
    if ("how" in value) return [value.start, value.definition?.span.start];
    if ("nameSpan" in value) return value.nameSpan.start;
    return "doc" in value ? value.word : value;
  });
}

/** Tokens in order without overlap, nodes within their parents and in order, findings within the text. */
function expectSound(text: string, { tree, findings }: Analysis): void {
  let end = 0;
  for (const token of tree.tokens) {
    if (token.start < end || token.end <= token.start || token.end > text.length)
      throw new Error(`token ${token.start}-${token.end} is empty, overlaps or lies outside`);
    end = token.end;
  }
  expectNested(tree.root);
  for (const { code, span, related = [] } of findings)
    for (const place of [span, ...related.map((item) => item.span)])
      if (place.start < 0 || place.end < place.start || place.end > text.length)
        throw new Error(`${code} points outside the text: ${place.start}-${place.end}`);
}

function expectNested(node: SyntaxNode): void {
  let end = node.start;
  for (const child of children(node)) {
    if (!contains(node, child) || child.start < end)
      throw new Error(
        `${child.kind} ${child.start}-${child.end} in ${node.kind} ${node.start}-${node.end}, after ${end}`,
      );
    end = child.end;
    expectNested(child);
  }
}
