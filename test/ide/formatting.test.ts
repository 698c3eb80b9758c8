import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import { applyEdits } from "../../netfilter/ide/edits.js";
import { formatted, type Indentation } from "../../netfilter/ide/formatting.js";

const tabs = { tabSize: 4, insertSpaces: false };

function format(text: string, indentation: Indentation = tabs): string {
  return applyEdits(text, formatted(analyze(text, "nftables"), indentation));
}

test.each([
  ["blocks", "table ip t {\nchain c {\n  accept\n    }\n }\n", "table ip t {\n\tchain c {\n\t\taccept\n\t}\n}\n"],
  ["a block in one line", "table ip t { chain c {\naccept\n} }\n", "table ip t { chain c {\n\taccept\n} }\n"],
  ["a comment", "table ip t {\n# why\n\tchain c { }   # so\n}\n", "table ip t {\n\t# why\n\tchain c { }   # so\n}\n"],
  ["blanks at the ends of lines", "table ip t { \n}\t\n# so  \n", "table ip t {\n}\n# so\n"],
  ["empty lines", "define a = 1\n\n \n\ndefine b = 2\n\n\n", "define a = 1\n\ndefine b = 2\n\n"],
  ["no line break at the end", "define a = 1", "define a = 1\n"],
  ["Windows line ends", "table ip t {\r\nchain c { }  \r\n}\r\n", "table ip t {\r\n\tchain c { }\r\n}\r\n"],
  [
    "values in lines of their own",
    "table ip t {\nset s {\ntype mark\nelements = {\n1,\n2\n}\n}\n}\n",
    "table ip t {\n\tset s {\n\t\ttype mark\n\t\telements = {\n\t\t\t1,\n\t\t\t2\n\t\t}\n\t}\n}\n",
  ],
  [
    "values that hang from their brace",
    "table ip t {\n  set s {\n    type mark\n    elements = { 1,\n                 2 }\n  }\n}\n",
    "table ip t {\n\tset s {\n\t\ttype mark\n\t\telements = { 1,\n\t\t\t\t\t 2 }\n\t}\n}\n",
  ],
  [
    "a rule over several lines",
    "table ip t {\n  chain c {\n    tcp dport 22 \\\n      counter \\\n        accept\n    drop\n  }\n}\n",
    "table ip t {\n\tchain c {\n\t\ttcp dport 22 \\\n\t\t  counter \\\n\t\t\taccept\n\t\tdrop\n\t}\n}\n",
  ],
  [
    "a text with braces",
    'table ip t {\nchain c {\nlog prefix "}{"\n}\n}\n',
    'table ip t {\n\tchain c {\n\t\tlog prefix "}{"\n\t}\n}\n',
  ],
])("%s", (_, text, expected) => {
  expect(format(text)).toBe(expected);
  expect(format(expected)).toBe(expected);
});

test("blanks instead of tabs", () => {
  expect(format("table ip t {\n\tchain c {\n\t\taccept\n\t}\n}\n", { tabSize: 2, insertSpaces: true })).toBe(
    "table ip t {\n  chain c {\n    accept\n  }\n}\n",
  );
});

test.each(["table ip t {\n  chain c {\n}\n", "table ip t {\n }\n  }\n", "}\n{\n"])(
  "braces that do not match: %j",
  (text) => {
    expect(format(text)).toBe(text);
  },
);

test("only the lines of a range", () => {
  const text = "table ip t {\nset s { type mark; }\nset u { type mark; }\n}\n";
  const edits = formatted(analyze(text, "nftables"), tabs, { start: 15, end: 20 });
  expect(applyEdits(text, edits)).toBe("table ip t {\n\tset s { type mark; }\nset u { type mark; }\n}\n");
});

test("iptables files are left alone", () => {
  expect(formatted(analyze("*filter\n  COMMIT  \n", "iptables"), tabs)).toEqual([]);
});

test("real files mean the same afterwards, and are not changed a second time", () => {
  const folder = "../shared/corpus/real/nftables/accepted";
  expect(existsSync(folder), `${folder} is missing: it lies beside the checkout`).toBe(true);
  const words = (text: string) =>
    analyze(text, "nftables", { lint: false }).tree.tokens.map(({ start, end }) => text.slice(start, end).trimEnd());
  for (const file of readdirSync(folder)) {
    const text = readFileSync(`${folder}/${file}`, "utf8");
    if (text.length > 50_000) continue;
    const once = format(text);
    expect(words(once), file).toEqual(words(text));
    expect(format(once) === once, file).toBe(true);
    const errors = (of: string) => analyze(of, "nftables", { lint: false }).findings.map(({ code }) => code);
    expect(errors(once), file).toEqual(errors(text));
  }
});
