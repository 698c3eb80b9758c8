import { describe, expect, it } from "vitest";
import type { Value } from "../../netfilter/facts/iptables/extension.js";
import { allMatches } from "../../netfilter/facts/iptables/matches.js";

const cases = allMatches.flatMap((match) =>
  (match.families ?? (["ipv4", "ipv6"] as const)).map((family) => ({
    match,
    family,
    name: `${match.word} (${family})`,
  })),
);

describe("the catalogue of matches", () => {
  it("has no name twice for a family", () => {
    const names = cases.flatMap(({ match, family }) =>
      [match.word, ...(match.aliases ?? [])].map((name) => `${family} ${name}`),
    );
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it.each(cases)("describes $name, its options and their words", ({ match }) => {
    for (const { doc } of [match, ...match.options]) expect(doc).toMatch(/^[A-Z0-9`].{29,}[.)`]$/s);
    for (const text of match.options.flatMap(({ values }) => values.flatMap(wordDocs)))
      expect(text).toMatch(/^.{4,}\.$/s);
  });

  it.each(cases)("shows how $name and its options are written", ({ match }) => {
    expect(match.forms.length).toBeGreaterThan(0);
    for (const { forms, word, names, negatable } of match.options) {
      expect(word).toBe(`--${names[0]}`);
      expect(forms).toHaveLength(1);
      expect(forms[0]?.startsWith(`${negatable ? "[!] " : ""}${word}`)).toBe(true);
    }
  });

  it.each(cases)("groups only options that $name has, each under one name", ({ match }) => {
    const names = match.options.flatMap((option) => option.names);
    expect(new Set(names).size).toBe(names.length);
    const grouped = [
      match.needs ?? [],
      match.excludes ?? [],
      match.options.map(({ requires = [], lessThan }) => [...requires, ...(lessThan ? [lessThan.option] : [])]),
    ].flat(2);
    expect(grouped.filter((name) => !names.includes(name))).toEqual([]);
  });
});

function wordDocs(value: Value): readonly string[] {
  return value.type === "word" ? Object.values(value.words) : [];
}
