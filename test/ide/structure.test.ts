import { expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import { folds } from "../../netfilter/ide/folding.js";
import { selectionsAt } from "../../netfilter/ide/selection.js";
import { semanticTokens, tokenModifiers, tokenTypes } from "../../netfilter/ide/semanticTokens.js";
import { type DocumentSymbol, documentSymbols } from "../../netfilter/ide/symbols.js";
import type { Language } from "../../netfilter/language.js";
import { contains } from "../../netfilter/text/span.js";
import { fixture, iptablesSample, nftSample } from "./fixture.js";

function outline(symbols: readonly DocumentSymbol[], indent = ""): string[] {
  return symbols.flatMap(({ kind, name, detail, children }) => [
    `${indent}${kind} ${name} (${detail})`,
    ...outline(children, `${indent}  `),
  ]);
}

test("the outline of an nftables file", () => {
  expect(outline(documentSymbols(analyze(nftSample, "nftables")))).toEqual([
    "variable lan (192.168.1.0/24)",
    "table filter (inet)",
    "  set blocked (ipv4_addr, 2 elements)",
    "  map ports (inet_service : verdict, 1 element)",
    "  object seen (counter)",
    "  chain ssh (2 rules)",
    "  chain input (filter input 0, policy drop, 4 rules)",
  ]);
});

test("the outline of an iptables file", () => {
  expect(outline(documentSymbols(analyze(iptablesSample, "iptables")))).toEqual([
    "table mangle (ip)",
    "  chain PREROUTING (policy accept, 2 rules)",
    "  chain POSTROUTING (policy accept, 1 rule)",
    "  chain MARKS (2 rules)",
    "table filter (ip)",
    "  chain INPUT (policy drop, 3 rules)",
    "  chain FORWARD (policy accept, 0 rules)",
    "  chain OUTPUT (policy accept, 0 rules)",
  ]);
});

test.each<[Language, string]>([
  ["nftables", nftSample],
  ["nftables", "table ip t {\n  chain c {\n"],
  ["nftables", "add table ip t\nadd chain ip t c\nadd rule ip t c accept\ntable ip t {\n  chain d {\n  }\n}\n"],
  ["iptables", iptablesSample],
  ["iptables", "*filter\n:A - [0:0]\n*nat\n:B - [0:0]\n"],
])("%s: names lie within their symbols and children within their parents (%#)", (language, text) => {
  const check = ({ span, nameSpan, children }: DocumentSymbol): void => {
    expect(contains(span, nameSpan)).toBe(true);
    for (const child of children) {
      expect(contains(span, child.span)).toBe(true);
      check(child);
    }
  };
  const symbols = documentSymbols(analyze(text, language));
  expect(symbols.length).toBeGreaterThan(0);
  symbols.forEach(check);
});

function foldedLines(language: Language, text: string): string[] {
  const line = (offset: number) => text.slice(0, offset).split("\n").length;
  return folds(analyze(text, language)).map(({ start, end, kind }) => `${kind} ${line(start)}-${line(end)}`);
}

test.each<[Language, string, string[]]>([
  ["iptables", "# a\n# b\n\n# c\n*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n", ["comment 1-2", "block 5-7"]],
  ["nftables", "table ip t {\n  chain c {\n    accept\n  }\n}\n", ["block 1-5", "block 2-4"]],
  ["nftables", "table ip t { chain c { accept; }; }\n", []],
  ["nftables", "define a = {\n  1,\n  2\n}\n", ["block 1-4"]],
])("%s folds (%#)", (language, text, expected) => {
  expect(foldedLines(language, text)).toEqual(expected);
});

test.each<[Language, string, string, string]>([
  ["iptables", "mangle", "namespace.declaration", iptablesSample],
  ["iptables", "-A", "modifier", iptablesSample],
  ["iptables", "# made by hand", "comment", iptablesSample],
  ["iptables", "MARKS", "class.declaration", iptablesSample],
  ["iptables", "192.168.1.0/24", "number", iptablesSample],
  ["nftables", "blocked", "variable.declaration", nftSample],
  ["nftables", "established", "enumMember.readonly", nftSample],
  ["nftables", "accept", "keyword", nftSample],
  ["nftables", "saddr", "property", nftSample],
])("%s colours %s as %s", (language, word, expected, text) => {
  const tokens = semanticTokens(analyze(text, language));
  const token = tokens.find(({ start, end }) => text.slice(start, end) === word);
  const modifiers = tokenModifiers.filter((_, bit) => ((token?.modifiers ?? 0) >> bit) & 1);
  expect([tokenTypes[token?.type ?? -1], ...modifiers].join(".")).toBe(expected);
});

test("the colours of a range are those of the whole file there", () => {
  const analysis = analyze(nftSample, "nftables");
  const range = { start: 100, end: 300 };
  const inside = semanticTokens(analysis).filter(({ start, end }) => end >= range.start && start <= range.end);
  expect(semanticTokens(analysis, range)).toEqual(inside);
});

test.each<[Language, string]>([
  ["nftables", nftSample.replace("tcp dport 22", "tcp dp$0ort 22")],
  ["iptables", iptablesSample.replace("--dport 22", "--dp$0ort 22")],
])("%s: a selection grows from the word to the whole file", (language, source) => {
  const { analysis, offset } = fixture(language, source);
  const spans = selectionsAt(analysis, offset);
  const texts = spans.map(({ start, end }) => analysis.tree.text.slice(start, end));
  expect(texts[0]).toMatch(/^(--)?dport$/);
  expect(texts.at(-1)).toBe(analysis.tree.text);
  expect(texts.some((text) => /22.*(jump ssh|-j ACCEPT)$/.test(text))).toBe(true);
  for (const [index, span] of spans.slice(1).entries()) expect(contains(span, spans[index] ?? span)).toBe(true);
});
