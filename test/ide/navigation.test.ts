import { expect, test } from "vitest";
import { applyEdits } from "../../netfilter/ide/edits.js";
import { definitionAt, highlightsAt, referencesAt } from "../../netfilter/ide/navigation.js";
import { prepareRename, rename } from "../../netfilter/ide/rename.js";
import type { Language } from "../../netfilter/language.js";
import { fixture, iptablesSample, marked, nftSample, unmarked } from "./fixture.js";

const nftNames = `define «a» = 1
table ip t {
  set «s» { type mark; }
  chain «c» {
    accept
  }
  chain d {
    meta mark $«a» jump «c»
    meta mark @«s» goto «c»
    ct mark vmap { 1 : jump «c», $«a» : accept }
    add @«s» { meta mark }
    log prefix "$«a»$«a»-b: "
  }
}
`;

const iptablesNames = `*filter
:INPUT ACCEPT [0:0]
:«A» - [0:0]
:B - [0:0]
-A INPUT -j «A»
-A «A» -g B
[1:2] -I «A» 1 -j RETURN
-A B -j «A»
COMMIT
*nat
:A - [0:0]
-A PREROUTING -j A
COMMIT
`;

const cases = [
  ["nftables", "a", nftNames],
  ["nftables", "s", nftNames],
  ["nftables", "c", nftNames],
  ["iptables", "A", iptablesNames],
] as const;

test.each(cases)("%s: every place of the name %s leads to all others", (language, name, source) => {
  const { text, spans } = unmarked(source);
  const own = spans.filter(({ start, end }) => text.slice(start, end) === name);
  const expected = marked(text, own);
  for (const { start } of own) {
    const { analysis, offset } = fixture(language, `${text.slice(0, start)}$0${text.slice(start)}`);
    expect(marked(text, referencesAt(analysis, offset, true))).toBe(expected);
    expect(marked(text, referencesAt(analysis, offset, false))).toBe(marked(text, own.slice(1)));
    expect(
      marked(
        text,
        highlightsAt(analysis, offset).map(({ span }) => span),
      ),
    ).toBe(expected);
    expect(definitionAt(analysis, offset)?.nameSpan).toEqual(own[0]);
  }
});

test("highlights tell adding from reading", () => {
  const { analysis, offset } = fixture("iptables", unmarked(iptablesNames).text.replace("-A A -g", "-A A$0 -g"));
  expect(highlightsAt(analysis, offset).map(({ write }) => write)).toEqual([true, false, true, true, false]);
});

/** Renaming at `$0` to `name` gives `expected`, or is refused for a reason that holds `expected`. */
function checkRename(language: Language, source: string, name: string, expected: string | RegExp): void {
  const { analysis, offset } = fixture(language, source);
  const result = rename(analysis, offset, name);
  if (expected instanceof RegExp) expect(result).toEqual({ refused: expect.stringMatching(expected) });
  else expect("refused" in result ? result : applyEdits(analysis.tree.text, result)).toBe(expected);
}

test.each(cases)("%s: renaming %s covers all references", (language, name, source) => {
  const { text, spans } = unmarked(source);
  const own = spans.filter(({ start, end }) => text.slice(start, end) === name);
  const at = own.at(-1)?.start ?? 0;
  const edits = own.map((span) => ({ span, text: "renamed" }));
  checkRename(language, `${text.slice(0, at)}$0${text.slice(at)}`, "renamed", applyEdits(text, edits));
});

test.each<[Language, string, string, RegExp]>([
  ["iptables", iptablesSample.replace(":INPUT", ":INP$0UT"), "X", /built-in/],
  ["iptables", iptablesSample.replace("*filter", "*fil$0ter"), "x", /cannot have another name/],
  ["iptables", iptablesSample.replace("-j ACCEPT", "-j ACC$0EPT"), "x", /Only chains/],
  ["iptables", iptablesSample.replace(":MARKS", ":MA$0RKS"), "has blank", /cannot be a name/],
  ["iptables", iptablesSample.replace(":MARKS", ":MA$0RKS"), "PREROUTING", /already/],
  ["iptables", iptablesSample.replace(":MARKS", ":MA$0RKS"), "x".repeat(29), /28 characters/],
  ["iptables", "*filter\n-A INPUT -j GO$0NE\nCOMMIT\n", "x", /not defined in this file/],
  ["nftables", nftSample.replace("chain ssh", "chain s$0sh"), "input", /already a chain/],
  ["nftables", nftSample.replace("chain ssh", "chain s$0sh"), "log", /would no longer load/],
  ["nftables", nftSample.replace("chain ssh", "chain s$0sh"), "1st", /starts with a letter/],
  ["nftables", nftSample.replace("set blocked", "set bl$0ocked"), "ports", /already a map/],
])("%s: renaming is refused (%#)", checkRename);

test("what can be renamed is named before", () => {
  const { analysis, offset } = fixture("nftables", nftSample.replace("@blocked", "@bl$0ocked"));
  const start = nftSample.indexOf("@blocked") + 1;
  expect(prepareRename(analysis, offset)).toEqual({ span: { start, end: start + 7 }, name: "blocked" });
});
