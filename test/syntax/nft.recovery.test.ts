import { describe, expect, test } from "vitest";
import { parseNft } from "../../netfilter/syntax/nft/parse.js";
import { children, type SyntaxNode } from "../../netfilter/syntax/tree.js";

/** Names of tables, chains, sets and objects with what lies in them; `rule` for a rule, `?` for what could not be read. */
function outline(node: SyntaxNode): string {
  const name = "name" in node && node.name ? (node.name as { text: string }).text : "";
  const inner = children(node).map(outline).filter(Boolean).join(" ");
  if (/^(table|chain|setDeclaration|flowtable|objectDeclaration)$/.test(node.kind)) return `${name}(${inner})`;
  if (node.kind === "rule") return "rule";
  if (/^unknown/.test(node.kind)) return "?";
  return node.kind === "file" || node.kind === "ruleCommand" ? inner : "";
}

/** One mistake costs one error, and the rest of the file is read as if it were not there. */
function check(text: string, expected: string, mistakes = 1): void {
  const { errors, root } = parseNft(text);
  expect(errors.map(({ message }) => message)).toHaveLength(mistakes);
  expect(outline(root)).toBe(expected);
}

describe("a half-typed line", () => {
  test.each([
    "tcp",
    "tcp dport",
    "ct state new,",
    "jump",
    "limit rate 10/",
    "tcp dport { }",
    "tcp dport { 22,\n\t\t, / }",
  ])("%s", (typed) => {
    check(
      `table ip t {\n\tchain a {\n\t\t${typed}\n\t\taccept\n\t}\n\tchain b {\n\t\tdrop\n\t}\n}\n`,
      "t(a(rule rule) b(rule))",
    );
  });

  test.each(["tcp dport {", "tcp dport { 22,", "add @s {"])("%s, whose brace is open", (typed) => {
    check(`table ip t {\n\tchain a {\n\t\t${typed}\n\t}\n\tchain b {\n\t\tdrop\n\t}\n}\n`, "t(a(rule) b(rule))");
  });

  test("the head of a chain without its brace", () => {
    check("table ip t {\n\tchain a\n\t\taccept\n\t}\n\tchain b {\n\t\tdrop\n\t}\n}\n", "t(a(rule) b(rule))");
  });

  test("the head of a chain without name and brace", () => {
    check("table ip t {\n\tchain\n\t\taccept\n\t}\n\tchain b {\n\t\tdrop\n\t}\n}\n", "t((rule) b(rule))");
  });

  test("a brace on the line after the head", () => {
    check("table ip t\n{\n\tchain a {\n\t\tdrop\n\t}\n}\n", "t(a(rule))");
    check("table ip t {\n\tchain a\n\t{\n\t\tdrop\n\t}\n}\n", "t(a(rule))");
  });

  test("a setting of a set", () => {
    check(
      "table ip t {\n\tset s {\n\t\ttype ipv4_addr\n\t\tflags\n\t}\n\tchain b {\n\t\tdrop\n\t}\n}\n",
      "t(s(?) b(rule))",
    );
  });

  test("elements without `= {`", () => {
    check(
      "table ip t {\n\tset s {\n\t\telements\n\t\t\t1,\n\t\t\t2\n\t\t}\n\t}\n\tchain b {\n\t\tdrop\n\t}\n}\n",
      "t(s(?) b(rule))",
    );
  });
});

describe("braces", () => {
  test("a chain that is not closed", () => {
    check("table ip t {\n\tchain a {\n\t\taccept\n\n\tchain b {\n\t\tdrop\n\t}\n}\n", "t(a(rule) b(rule))");
  });

  test("a table that is closed too early", () => {
    check(
      "table ip t {\n\tchain a {\n\t}\n\t}\n\tchain b {\n\t\tdrop\n\t}\n\tset s {\n\t\ttype mark\n\t}\n}\n",
      "t(a()) b(rule) s()",
    );
  });

  test("a command after a block on one line that is not closed", () => {
    check("add chain t a { type filter hook input\nadd rule t a accept\n", "a(?) rule");
  });

  test("one brace too many", () => {
    check("table ip t { }\n}\n}\ntable ip u { }\n", "t() u()");
  });
});

describe("lists", () => {
  test("a bad element leaves the others", () => {
    const { root, errors } = parseNft("add element t s { 1, 2 3, /, 4 : , 5 }\n");
    expect(errors.map(({ code }) => code)).toEqual(["missingComma", "unexpectedToken", "unexpectedToken"]);
    const [command] = root.items;
    expect(command).toMatchObject({
      kind: "elementCommand",
      elements: { elements: [{ value: 1n }, { value: 2n }, { value: 3n }, { value: 5n }] },
    });
  });
});

test("depth is bounded", () => {
  for (const text of ["{", "(", "table x {", "jump {", "add rule t c ip saddr {", "define x = {"]) {
    expect(() => parseNft(text.repeat(20_000))).not.toThrow();
  }
});
