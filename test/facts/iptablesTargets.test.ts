import { describe, expect, it } from "vitest";
import { baseOptions, commit, lineCommands, policies } from "../../netfilter/facts/iptables/base.js";
import type { Extension, IpFamily, Value } from "../../netfilter/facts/iptables/extension.js";
import { findBuiltinChain, findTable, findTarget } from "../../netfilter/facts/iptables/index.js";
import { tables } from "../../netfilter/facts/iptables/tables.js";
import { allTargets } from "../../netfilter/facts/iptables/targets.js";
import { parseIptables } from "../../netfilter/syntax/iptables/parse.js";
import { badRules, goodRules } from "../tools/targetRules.js";

const sentence = /^[A-Z0-9`].*\.$/s;
const named = allTargets.map((target) => ({
  target,
  name: `${target.word}${target.families?.length === 1 ? ` (${target.families[0]})` : ""}`,
}));

describe.each(named)("$name", ({ target }) => {
  const names = new Set(target.options.flatMap((option) => option.names));

  it("has documentation for itself, its options and their words", () => {
    const texts = [target.doc, ...target.options.flatMap(({ doc, values }) => [doc, ...values.flatMap(wordDocs)])];
    for (const text of texts) expect(text).toMatch(sentence);
    for (const { forms } of [target, ...target.options]) expect(forms.length).toBeGreaterThan(0);
  });

  it("names each option once", () => {
    expect(names.size).toBe(target.options.flatMap((option) => option.names).length);
    for (const option of target.options) expect(option.word).toBe(`--${option.names[0]}`);
  });

  it("groups only options that it has", () => {
    const grouped = [
      ...(target.needs ?? []),
      ...(target.excludes ?? []),
      ...target.options.map(({ requires = [] }) => requires),
    ].flat();
    expect(grouped.filter((name) => !names.has(name))).toEqual([]);
  });

  it("may stand somewhere", () => {
    expect(placesOf(target)).not.toEqual([]);
  });
});

it("has no target twice for a family", () => {
  const keys = allTargets.flatMap(({ word, families = ["ipv4", "ipv6"] }) =>
    families.map((family) => `${family} ${word}`),
  );
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
});

it("finds a target by family", () => {
  expect(findTarget("TTL", "ipv4")?.word).toBe("TTL");
  expect(findTarget("TTL", "ipv6")).toBeUndefined();
  expect(findTarget("REJECT", "ipv4")).not.toBe(findTarget("REJECT", "ipv6"));
  expect(findTarget("INPUT", "ipv4")).toBeUndefined();
});

it("finds tables and their chains", () => {
  expect(findTable("nat")?.chains.map(({ word, priority }) => `${word} ${priority}`)).toEqual([
    "PREROUTING -100",
    "INPUT 100",
    "OUTPUT -100",
    "POSTROUTING 100",
  ]);
  expect(findBuiltinChain("filter", "PREROUTING")).toBeUndefined();
  expect(findBuiltinChain("mangle", "OUTPUT")?.chainType).toBe("route");
});

it("documents the base words", () => {
  const chains = tables.flatMap((table) => table.chains);
  const entries = [...baseOptions, ...lineCommands, ...policies, ...tables, ...chains, commit];
  for (const { word, doc, forms } of entries) {
    expect(doc, word).toMatch(sentence);
    expect(forms, word).not.toEqual([]);
  }
});

it("has every base word once", () => {
  const names = [...baseOptions.flatMap((option) => option.names), ...lineCommands.map(({ name }) => name)];
  const letters = [...baseOptions, ...lineCommands].flatMap(({ letter = [] }) => letter);
  for (const words of [names, letters])
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
});

const cases = allTargets.flatMap((target) =>
  (target.families ?? (["ipv4", "ipv6"] as const)).map((family) => ({
    target,
    family,
    name: `${target.word} for ${family}`,
  })),
);

describe("our own parser", () => {
  const complaint = (text: string, family: IpFamily) => parseIptables(text, { family }).errors[0]?.message;

  it.each(cases)("takes every option of $name", ({ target, family }) => {
    for (const text of goodRules(target, family)) expect.soft(complaint(text, family), text).toBeUndefined();
  });

  it.each(cases)("refuses bad arguments and combinations of $name", ({ target, family }) => {
    for (const text of badRules(target, family)) expect.soft(complaint(text, family), text).toBeDefined();
  });
});

function wordDocs(value: Value): readonly string[] {
  return value.type === "word" ? Object.values(value.words) : [];
}

function placesOf({ tables: allowed, hooks }: Extension): readonly string[] {
  return tables
    .filter(({ word }) => allowed?.includes(word) ?? true)
    .flatMap(({ word, chains }) =>
      chains.filter((chain) => hooks?.includes(chain.word) ?? true).map((chain) => word + chain.word),
    );
}
