import { expect, test } from "vitest";
import type { RuleLine, TableSection } from "../../netfilter/syntax/iptables/nodes.js";
import { parseIptables } from "../../netfilter/syntax/iptables/parse.js";
import { splitArguments, splitFields } from "../../netfilter/syntax/iptables/words.js";
import { children, type SyntaxNode } from "../../netfilter/syntax/tree.js";
import { contains } from "../../netfilter/text/span.js";

const cuts: readonly [text: string, ...words: string[]][] = [
  [""],
  ["  \t "],
  ["a b", "a", "b"],
  ["\ta  b ", "a", "b"],
  ['"a b" c', "a b", "c"],
  ['x"a b"y', "xa b", "y"],
  ['"a\\"b\\\\c"', 'a"b\\c'],
  ["a\\ b", "a\\", "b"],
  ["'a b'", "'a", "b'"],
  ['""', ""],
  ['"open end', "open end"],
];

test.each(cuts)("the arguments of %j", (text, ...words) => {
  const found = splitArguments(text, 0, text.length);
  expect(found.map((word) => word.text)).toEqual(words);
  let end = 0;
  for (const word of found) {
    expect(text.slice(end, word.start).trim()).toBe("");
    end = word.end;
  }
  expect(text.slice(end).trim()).toBe("");
});

test("an open quote swallows the line break", () => {
  expect(splitArguments('"a\n', 0, 2).map(({ text }) => text)).toEqual(["a\n"]);
});

test("fields know no quotes", () => {
  expect(splitFields('"a b"\tc', 0, 7).map(({ text }) => text)).toEqual(['"a', 'b"', "c"]);
});

/** A rule by what it says: options with their values, and what each loaded thing owns. */
function describe(line: string): unknown {
  const { root } = parseIptables(`*filter\n${line}\nCOMMIT\n`);
  const rule = (root.items[0] as TableSection).lines[0] as RuleLine;
  const options = rule.options.map(({ negation, option, command, values }) => {
    return [negation && "!", (option ?? command)?.word, ...values.map(({ text }) => text)]
      .filter((part) => part)
      .join(" ");
  });
  const loaded = [...rule.matches, ...(rule.target ? [rule.target] : [])].map(({ extension, options: own, by }) => {
    return `${by ? "" : "implied "}${extension.word}: ${own.map(({ option }) => option?.word).join(" ")}`;
  });
  return { options, loaded };
}

const ssh = {
  options: ["-A INPUT", "-p tcp", "--dport 22", "-j ACCEPT"],
  loaded: ["implied tcp: --dport", "ACCEPT: "],
};
const spellings = [
  "-A INPUT -p tcp --dport 22 -j ACCEPT",
  "--append INPUT --protocol tcp --destination-port 22 --jump ACCEPT",
  "-A INPUT -ptcp --dport=22 -jACCEPT",
  '-A "INPUT" -p "tcp" --dport "22" -j "ACCEPT"',
  "--app=INPUT --prot=tcp --dpo=22 --ju=ACCEPT",
];

test.each(spellings)("%s says the same", (line) => expect(describe(line)).toEqual(ssh));

test("options belong to the match that was loaded last", () => {
  expect(describe("-A INPUT -m mark ! --mark 1 -m connmark --mark 2 -m mark --mark 3 -j MARK --set-mark 4")).toEqual({
    options: [
      "-A INPUT",
      "-m mark",
      "! --mark 1",
      "-m connmark",
      "--mark 2",
      "-m mark",
      "--mark 3",
      "-j MARK",
      "--set-mark 4",
    ],
    loaded: ["mark: --mark", "connmark: --mark --mark", "mark: ", "MARK: --set-mark"],
  });
});

test("the match of -p is brought in only for an option that nothing else knows", () => {
  expect(describe("-A INPUT -p tcp -m multiport --dport 22")).toMatchObject({ loaded: ["multiport: --dports"] });
  expect(describe("-A INPUT -p tcp --syn -m multiport --dport 22")).toMatchObject({
    loaded: ["implied tcp: --syn --dport", "multiport: "],
  });
});

const texts = [
  '# c\n*filter\n:INPUT DROP [1:2]\n:MINE - [0:0]\n[3:4] -A INPUT -s 10.0.0.1 -m comment --comment "a b" -j MINE\nCOMMIT\n',
  "*nat\n-A POSTROUTING ! -o lo -p tcp --dport=80 -jMASQUERADE --to-ports 1-2 # x\n-I X 3 -fv -6 x y\nCOMMIT \nrest\n",
  '*filter\n"-A" "IN"PUT --comment="x y" ! ! -- z "open\n*nat\n-E a b\n-P X\n',
];

test("every prefix keeps tokens in order, loses no text, and keeps nodes within their parents", () => {
  for (const text of texts) for (let end = 0; end <= text.length; end++) expectSound(text.slice(0, end));
});

function expectSound(text: string): void {
  const { root, tokens } = parseIptables(text);
  let end = 0;
  let kept = "";
  for (const token of tokens) {
    expect(token.start).toBeGreaterThanOrEqual(end);
    expect(text.slice(end, token.start).trim()).toBe("");
    kept += text.slice(token.start, token.end);
    end = token.end;
  }
  expect(text.slice(end).trim()).toBe("");
  expect(kept.length).toBeLessThanOrEqual(text.length);
  expectNested(root);
}

function expectNested(node: SyntaxNode): void {
  let end = node.start;
  for (const child of children(node)) {
    expect(contains(node, child)).toBe(true);
    expect(child.start).toBeGreaterThanOrEqual(end);
    end = child.end;
    expectNested(child);
  }
}
