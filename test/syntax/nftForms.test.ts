import { describe, expect, test } from "vitest";
import type { Chain, Rule, Table } from "../../netfilter/syntax/nft/nodes.js";
import { parseNft } from "../../netfilter/syntax/nft/parse.js";
import { children, type SyntaxNode } from "../../netfilter/syntax/tree.js";
import type { Span } from "../../netfilter/text/span.js";

const inChain = (...rules: string[]) =>
  ["table inet t {", "  chain c {", ...rules.map((rule) => `    ${rule}`), "  }", "}", ""].join("\n");

/** Says of each rule whether it is of the form of the first one; read or not, all must be as if it stood alone. */
function check(rules: readonly string[], expected: readonly boolean[]): void {
  const text = inChain(...rules);
  const tree = parseNft(text);
  const read = rulesOf(tree.root);
  const [first] = read;
  expect(read.map(({ form }) => form !== undefined && form === first?.form)).toEqual([true, ...expected]);
  for (const [place, rule] of read.entries()) {
    const alone = parseNft(inChain(rules[place] as string));
    const [twin] = rulesOf(alone.root) as [Rule];
    const by = rule.start - twin.start;
    expect(wordsAt(rule.conditions, text)).toEqual(wordsAt(twin.conditions, alone.text));
    expect(wordsAt(rule.addresses, text)).toEqual(wordsAt(twin.addresses, alone.text));
    expect(rule.traits).toBe(twin.traits);
    expect(tokensOf(tree, rule, 0)).toEqual(tokensOf(alone, twin, by));
    expect(shown(rule, 0)).toEqual(shown(twin, by));
  }
}

function wordsAt(spans: readonly Span[], text: string): string[] {
  return spans.map(({ start, end }) => text.slice(start, end));
}

function rulesOf(root: SyntaxNode): Rule[] {
  const [table] = children(root) as Table[];
  const chain = table?.items[0] as Chain;
  return chain.items.filter((item) => item.kind === "rule");
}

function tokensOf(tree: ReturnType<typeof parseNft>, { start, end }: Rule, by: number): unknown[] {
  const own = tree.tokens.filter((token) => token.start >= start && token.end <= end);
  return own.map((token) => ({ ...token, start: token.start + by, end: token.end + by }));
}

/** All that stands in a node, with the places of its parts. */
function shown(node: SyntaxNode, by: number): unknown {
  return [node.kind, node.start + by, node.end + by, ...children(node).map((child) => shown(child, by))];
}

describe("rules of one form", () => {
  const cases: readonly [string, readonly string[], readonly boolean[]][] = [
    ["addresses", ["ip saddr 10.0.0.1 drop", "ip saddr 192.0.2.255 drop", "ip saddr 0.0.0.0 drop"], [true, true]],
    [
      "what is no address",
      ["ip saddr 10.0.0.1 drop", "ip saddr 10.0.0.256 drop", "ip saddr 10.0.1 drop"],
      [false, false],
    ],
    ["another verdict", ["ip saddr 10.0.0.1 drop", "ip saddr 10.0.0.2 accept"], [false]],
    ["networks", ["ip daddr 10.0.0.0/8 drop", "ip daddr 10.1.0.0/16 drop", "ip daddr 10.0.0.0/33 drop"], [true, false]],
    ["an address is no network", ["ip saddr 10.0.0.0/8 drop", "ip saddr 10.0.0.1 drop"], [false]],
    ["a range of addresses", ["ip saddr 10.0.0.1 drop", "ip saddr 10.0.0.2-10.0.0.9 drop"], [false]],
    ["IPv6", ["ip6 saddr 2001:db8::1 drop", "ip6 saddr fe80::2:3 drop", "ip6 saddr fe80:::2 drop"], [true, false]],
    [
      "ports",
      ["tcp dport 22 accept", "tcp dport 8080 accept", "tcp dport 022 accept", "tcp dport 65536 accept"],
      [true, false, false],
    ],
    ["ranges of ports", ["udp sport 1-2 drop", "udp sport 1024-2048 drop", "udp sport 9-8 drop"], [true, false]],
    ["another order", ["tcp dport > 1 drop", "tcp dport > 2 drop"], [false]],
    ["interfaces", ['iifname "lan0" accept', 'iifname "wan-1.7" accept', 'iifname "lan*" accept'], [true, false]],
    [
      "words that count elsewhere",
      ['oifname "a" accept', 'oifname "market" accept', 'oifname "xiifx" accept'],
      [false, false],
    ],
    ["names without quotes", ["iifname lan0 accept", "iifname lan1 accept"], [false]],
    ["comments", ['accept comment "one"', 'accept comment "two, three"', 'accept comment "a mark"'], [true, false]],
    ["log prefixes", ['log prefix "a: " drop', 'log prefix "b 2: " drop', 'log prefix "$b" drop'], [true, false]],
    ["marks", ["meta mark 1 drop", "meta mark 2 drop"], [false]],
    ["sets", ["tcp dport { 1, 2 } drop", "tcp dport { 1, 3 } drop"], [false]],
    ["comments behind", ["tcp dport 1 drop # a", "tcp dport 2 drop # a", "tcp dport 2 drop # b"], [true, false]],
    ["several words", ['iifname "a" tcp dport 1 accept', 'iifname "b" tcp dport 2 accept'], [true]],
  ];
  test.each(cases)("%s", (_, rules, expected) => check(rules, expected));
});

describe("rules of which a glance tells that no packet passes both", () => {
  const cases: readonly [string, string, boolean][] = [
    ["ip saddr 10.0.0.1 drop", "ip saddr 10.0.0.2 drop", true],
    ["ip saddr 10.0.0.1 drop", "ip saddr 10.0.0.1 drop", false],
    ["ip saddr != 10.0.0.1 drop", "ip saddr != 10.0.0.2 drop", false],
    ["ip saddr 10.0.0.0/8 drop", "ip saddr 10.1.0.0/16 drop", false],
    ["ip6 saddr fe80::1 drop", "ip6 saddr fe80::01 drop", false],
    ["tcp dport 1 drop", "tcp dport 2 drop", true],
    ["tcp dport 1-5 drop", "tcp dport 6-9 drop", true],
    ["tcp dport 1-5 drop", "tcp dport 5-9 drop", false],
    ["tcp dport 1 tcp dport 2 drop", "tcp dport 2 tcp dport 1 drop", false],
    ['iifname "a" drop', 'iifname "b" drop', true],
    ['accept comment "a"', 'accept comment "b"', false],
    ["tcp dport 1 drop", "udp dport 2 drop", false],
  ];
  test.each(cases)("%s, %s", (one, other, expected) => {
    const [first, second] = rulesOf(parseNft(inChain(one, other)).root) as [Rule, Rule];
    expect([first.isApartFrom(second), second.isApartFrom(first)]).toEqual([expected, expected]);
  });
});

describe("rules that have no form", () => {
  const cases: readonly string[] = [
    "tcp dport 1 jump d",
    "ip saddr @s drop",
    "ip saddr $a drop",
    "tcp dport 1 acept",
    "tcp dport 1 drop; tcp dport 2 drop;",
    "tcp dport 1 \\\n drop",
  ];
  test.each(cases)("%s", (rule) => {
    for (const { form } of rulesOf(parseNft(inChain(rule, rule)).root)) expect(form).toBeUndefined();
  });
});

test("units are cut otherwise behind a rate on the same line", () => {
  const quota = "quota 10 mbytes accept";
  const text = inChain(quota, `limit rate 1/second accept; ${quota}`);
  const [first, , third] = rulesOf(parseNft(text).root);
  expect(first?.form).toBeDefined();
  expect(third?.form).toBeUndefined();
});

test("a file in which little is repeated is not searched for forms for ever", () => {
  const rules = Array.from({ length: 300 }, (_, place) => `meta mark ${place} drop`);
  const read = rulesOf(parseNft(inChain(...rules, "meta mark 0 drop")).root);
  expect(read[0]?.form).toBeDefined();
  expect(read.at(-1)?.form).toBeUndefined();
});
