import { describe, expect, test } from "vitest";
import { parseNft } from "../../netfilter/syntax/nft/parse.js";

/** The token `word` (its first, or the one after `after`) as `role entry-kind:entry-word`. */
function check(text: string, expectations: Readonly<Record<string, string>>): void {
  const { tokens } = parseNft(text);
  for (const [word, expected] of Object.entries(expectations)) {
    const token = tokens.find(({ start, end }) => text.slice(start, end) === word);
    expect(`${word} ${token?.role} ${token?.entry ? `${token.entry.kind}:${token.entry.word}` : ""}`.trim()).toBe(
      `${word} ${expected}`,
    );
  }
}

describe("roles", () => {
  test("of structure", () => {
    check("table inet t {\n\tchain c {\n\t\ttype nat hook input priority srcnat; policy drop; # x\n\t}\n}\n", {
      table: "keyword keyword:table",
      inet: "family family:inet",
      t: "tableName",
      c: "chainName",
      nat: "constant chainType:nat",
      input: "hook hook:input",
      srcnat: "priority priority:srcnat",
      drop: "verdict keyword:drop",
      "# x": "comment",
      ";": "punctuation",
    });
  });

  test("of a rule", () => {
    check('add rule t c ip saddr 10.0.0.1 tcp dport != 22 ct original bytes > 5 iifname eth* log prefix "x" jump d\n', {
      add: "keyword command:add",
      saddr: "match field:saddr",
      "10.0.0.1": "address",
      tcp: "match expression:tcp",
      "!=": "operator operator:!=",
      "22": "number",
      ct: "match expression:bytes",
      bytes: "match expression:bytes",
      "eth*": "interface",
      log: "statement statement:log",
      prefix: "keyword option:prefix",
      '"x"': "string",
      jump: "verdict statement:jump",
      d: "chainName",
    });
  });

  test("of words that mean different things in different places", () => {
    check("table t {\n\tchain input { type filter hook output priority raw; }\n\tset nat { type mark; }\n}\n", {
      input: "chainName",
      output: "hook hook:output",
      nat: "setName",
      mark: "constant datatype:mark",
    });
  });

  test("of what cannot be read", () => {
    check("add rule t c tcp dport / x\n", { dport: "match field:dport", "/": "unknown", x: "unknown" });
  });
});

test("text and tokens together lose nothing", () => {
  const text =
    '#!/usr/sbin/nft -f\ntable t { # é\n\tset s { type mark; elements = { 1, \\\n 2 }\n } %\r\n\tchain c { log prefix "a\nb" } }';
  let last = 0;
  for (const { start, end } of parseNft(text).tokens) {
    expect(text.slice(last, start)).toMatch(/^(?:\s|\\\n)*$/);
    expect(end).toBeGreaterThan(start);
    last = end;
  }
  expect(last).toBe(text.length);
});

describe("quick fixes", () => {
  /** Applies the first fix of the first error. */
  function fixed(text: string): string {
    const edits = parseNft(text).errors[0]?.fixes?.[0]?.edits ?? [];
    return edits.reduceRight(
      (result, { span, text }) => result.slice(0, span.start) + text + result.slice(span.end),
      text,
    );
  }

  test.each([
    ["t c tcp dpotr 22\n", "t c tcp dport 22\n"],
    ["t c acept\n", "t c accept\n"],
    ["tabel ip t { }\n", "table ip t { }\n"],
    ["t c limit rate 1/secnd\n", "t c limit rate 1/second\n"],
    ["table t { chain c { accept } }\n", "table t { chain c { accept; } }\n"],
    ["add element t s { 1 2 }\n", "add element t s { 1, 2 }\n"],
    ["add element t s { 1,\n\n2 }\n", "add element t s { 1,\n2 }\n"],
    ["define x = 1", "define x = 1\n"],
  ])("%s", (text, expected) => {
    expect(fixed(text)).toBe(expected);
  });
});
