import { describe, expect, test } from "vitest";
import type { NftTree } from "../../netfilter/syntax/nft/nodes.js";
import { parseNft } from "../../netfilter/syntax/nft/parse.js";
import { children, type SyntaxNode } from "../../netfilter/syntax/tree.js";

const before = [
  "define lan = eth0 # inside",
  "table inet t {",
  "  set s {",
  "    type ipv4_addr",
  "    elements = { 10.0.0.1, 10.0.0.2 }",
  "  }",
  "",
  "  chain a {",
  "    ip saddr @s jump b",
  "    tcp dport { 22, 80 } ct state new, established accept",
  "  }",
  "  chain b {",
  "    iifname $lan counter packets 1 bytes 2 drop",
  '    log prefix "b: "; jump { tcp dport 1 accept; }',
  "  }",
  "}",
  "add rule inet t a accept",
  "",
].join("\n");

const kinds: ReadonlySet<string> = new Set(["table", "chain", "setDeclaration", "rule", "definition", "ruleCommand"]);

/** Edits the text, reads it with the earlier tree and says which items were taken over, by line of the new text from 1. */
function check(change: (text: string) => string, expected: string): void {
  const old = parseNft(before);
  const known = new Set<unknown>(itemsOf(old.root));
  const text = change(before);
  const tree = parseNft(text, old);
  const taken = itemsOf(tree.root).filter((item) => known.has(item));
  expect(taken.map(({ kind, start }) => `${lineOf(text, start)} ${kind}`).join(", ")).toBe(expected);
  expectLikeNew(tree, text);
}

function expectLikeNew(tree: NftTree, text: string): void {
  const { root, tokens, errors } = parseNft(text);
  expect(tree.root).toEqual(root);
  expect(partsOf(tree.root)).toEqual(partsOf(root));
  expect(tree.tokens).toEqual(tokens);
  expect(tree.errors).toEqual(errors);
}

/** What stands in rules too, which do not hold it as their own. */
function partsOf(node: SyntaxNode): unknown[] {
  return [node.kind, node.start, node.end, ...children(node).map(partsOf)];
}

function itemsOf(node: SyntaxNode): SyntaxNode[] {
  return [...(kinds.has(node.kind) ? [node] : []), ...children(node).flatMap(itemsOf)];
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

const bodyOfB = "13 rule, 14 rule, 14 rule, 14 rule";

// The parser looks two tokens ahead, so that an item right before the edit is read again.
describe("items of an earlier version are taken over", () => {
  const cases: readonly [string, (text: string) => string, string][] = [
    [
      "nothing changed",
      (text) => text,
      `1 definition, 2 table, 3 setDeclaration, 8 chain, 9 rule, 10 rule, 12 chain, ${bodyOfB}, 17 ruleCommand, 17 rule`,
    ],
    [
      "a letter in a rule",
      (text) => text.replace("22,", "222,"),
      `1 definition, 3 setDeclaration, 9 rule, 12 chain, ${bodyOfB}, 17 ruleCommand, 17 rule`,
    ],
    [
      "a rule made a comment",
      (text) => text.replace("tcp dport {", "# tcp dport {"),
      `1 definition, 3 setDeclaration, 12 chain, ${bodyOfB}, 17 ruleCommand, 17 rule`,
    ],
    [
      "a letter in a comment",
      (text) => text.replace("# inside", "# outside"),
      `2 table, 3 setDeclaration, 8 chain, 9 rule, 10 rule, 12 chain, ${bodyOfB}, 17 ruleCommand, 17 rule`,
    ],
    [
      "a line in front",
      (text) => `flush ruleset\n${text}`,
      "2 definition, 3 table, 4 setDeclaration, 9 chain, 10 rule, 11 rule, 13 chain, 14 rule, 15 rule, 15 rule, 15 rule, 18 ruleCommand, 18 rule",
    ],
    [
      "a quote that is never closed",
      (text) => text.replace("  chain b {", '"\n  chain b {'),
      "1 definition, 3 setDeclaration, 9 rule, 10 rule, 18 ruleCommand, 18 rule",
    ],
    [
      "another block around a rule",
      (text) => text.replace("  chain b {", "  set b {"),
      "1 definition, 3 setDeclaration, 9 rule, 10 rule, 17 ruleCommand, 17 rule",
    ],
    [
      "the end cut off",
      (text) => text.slice(0, text.indexOf("add rule") + 10),
      `1 definition, 2 table, 3 setDeclaration, 8 chain, 9 rule, 10 rule, 12 chain, ${bodyOfB}`,
    ],
  ];
  test.each(cases)("%s", (_, change, expected) => check(change, expected));
});

test("an item with an error is read again", () => {
  const text = before.replace("jump b", "jmp b");
  const tree = parseNft(`# new\n${text}`, parseNft(text));
  expect(tree.errors).toHaveLength(1);
  expectLikeNew(tree, `# new\n${text}`);
});

test("edits follow each other", () => {
  let tree = parseNft("");
  for (let end = 0; end <= before.length; end++) tree = parseNft(before.slice(0, end), tree);
  for (let start = 0; start <= before.length; start++) tree = parseNft(before.slice(start), tree);
  expectLikeNew(tree, "");
  for (let end = 0; end <= before.length; end += 7) {
    tree = parseNft(before.slice(0, end), tree);
    expectLikeNew(tree, before.slice(0, end));
  }
});
