import { describe, expect, test } from "vitest";
import type { IptablesTree, Line, TableSection } from "../../netfilter/syntax/iptables/nodes.js";
import { type ParseOptions, parseIptables } from "../../netfilter/syntax/iptables/parse.js";
import { shownRule } from "./shownRule.js";

const before = [
  "*filter",
  ":INPUT DROP [0:0]",
  ":lan - [0:0]",
  "-A INPUT -i lo -j ACCEPT",
  "[1:60] -A INPUT ! -s 10.0.0.0/8 -j lan",
  "-A INPUT -p tcp --dport 22 -m comment --comment= -j ACCEPT",
  "-A lan -j RETURN",
  "COMMIT",
  "",
].join("\n");

/** Edits the text, reads it with the earlier tree and says which lines were taken over, counted in the new text from 0. */
function check(change: (text: string) => string, expected: readonly number[], options: ParseOptions = {}): void {
  const old = parseIptables(before, options);
  const known = new Set<unknown>(linesOf(old));
  const text = change(before);
  const tree = parseIptables(text, { previous: old });
  expect(linesOf(tree).flatMap((line) => (known.has(line) ? [lineNumber(text, line.start)] : []))).toEqual(expected);
  expect(contentOf(tree)).toEqual(contentOf(parseIptables(text)));
}

function contentOf({ root, tokens, errors, family }: IptablesTree): unknown {
  const items = root.items.map((item) => (item.kind === "table" ? { ...item, lines: item.lines.map(shown) } : item));
  return { items, tokens, errors, family };
}

/** A line with what is read of it when somebody asks. */
function shown(line: Line): unknown {
  return line.kind === "rule" ? shownRule(line) : line;
}

function linesOf({ root }: IptablesTree): TableSection["lines"] {
  return root.items.flatMap((item) => (item.kind === "table" ? item.lines : []));
}

function lineNumber(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length - 1;
}

describe("lines of an earlier version are taken over", () => {
  const cases: readonly [string, (text: string) => string, readonly number[]][] = [
    ["nothing changed", (text) => text, [1, 2, 3, 4, 5, 6]],
    ["a letter in the middle", (text) => text.replace("-i lo", "-i lo0"), [1, 2, 4, 5, 6]],
    ["a letter of the same length", (text) => text.replace("-i lo", "-o lo"), [1, 2, 4, 5, 6]],
    [
      "a line longer than all behind it, the next of which touches it",
      (text) => text.replace("-A INPUT -i lo", `# ${"x".repeat(500)}\n-A INPUT -i lo`),
      [1, 2, 5, 6, 7],
    ],
    ["a line less", (text) => text.replace(":lan - [0:0]\n", ""), [1, 3, 4, 5]],
    ["another table", (text) => text.replace("*filter", "*nat"), []],
    ["a new table in front", (text) => text.replace("-A lan", "COMMIT\n*nat\n-A lan"), [1, 2, 3, 4, 5]],
    ["the end cut off", (text) => text.slice(0, text.indexOf(" RETURN")), [1, 2, 3, 4, 5]],
    ["Windows line ends", (text) => text.replaceAll("\n", "\r\n"), []],
  ];
  test.each(cases)("%s", (_, change, expected) => check(change, expected));

  test("not where the family is another", () => check((text) => text, [], { family: "ipv6" }));
});

test("a line with an error is read again", () => {
  const text = before.replace("-i lo", "-i");
  const old = parseIptables(text);
  const tree = parseIptables(`# new\n${text}`, { previous: old });
  expect(tree.errors).toEqual(parseIptables(`# new\n${text}`).errors);
  expect(tree.errors).toHaveLength(1);
});
