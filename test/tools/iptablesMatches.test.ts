import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { IpFamily } from "../../netfilter/facts/iptables/extension.js";
import { allMatches } from "../../netfilter/facts/iptables/matches.js";
import { parseIptables } from "../../netfilter/syntax/iptables/parse.js";
import { allows, badRules, goodRules, placeFor, places, plainRule } from "./matchRules.js";
import { builds, missingTools, restore } from "./restoreTools.js";

const cases = allMatches.flatMap((match) =>
  (match.families ?? (["ipv4", "ipv6"] as const)).map((family) => ({
    match,
    family,
    name: `${match.word} (${family})`,
  })),
);

/** Matches that need a set, a counter, a measurement or a module which is not there by itself. */
const absent: ReadonlySet<string> = new Set(["set", "nfacct", "rateest", "ipvs"]);

const loadable = cases.filter(({ match }) => !absent.has(match.word));

/** Options that the kernel takes in some of the match's hooks only. */
const bound = loadable.flatMap(({ match, family }) =>
  match.options
    .filter(({ hooks }) => hooks)
    .map((option) => ({ match, family, option, name: `${option.word} of ${match.word} (${family})` })),
);

/** Complaints that speak of this machine and not of the rule. */
const machine = /Set sample doesn't exist|failed to get bpf object/;

describe("the real tools", () => {
  beforeAll(() => {
    expect(missingTools()).toBeUndefined();
  });

  it("know the same matches", () => {
    const installed = readdirSync("/usr/lib/x86_64-linux-gnu/xtables")
      .map((file) => /^lib(?:x|ip|ip6)t_([a-z\d]+)\.so$/.exec(file)?.[1])
      .filter((name) => name !== undefined && name !== "standard");
    expect(new Set(allMatches.map(({ word }) => word))).toEqual(new Set(installed));
  });

  it.each(cases)("have no option that $name lacks", ({ match, family }) => {
    const names = match.options.flatMap((option) => option.names);
    const shown = helpOptions(match.word, family);
    expect(shown.filter((start) => !names.some((name) => name.startsWith(start)))).toEqual([]);
  });

  it.each(cases)("take every option of $name, as our parser does", ({ match, family }) => {
    const texts = goodRules(match, family);
    for (const text of texts) expect.soft(parseIptables(text, { family }).errors, text).toEqual([]);
    for (const build of builds) {
      if (!restore({ build, family, text: texts.join(""), test: true })) continue;
      for (const text of texts) {
        const complaint = restore({ build, family, text, test: true });
        expect.soft(complaint && machine.test(complaint) ? undefined : complaint, `${build}: ${text}`).toBeUndefined();
      }
    }
  });

  it.each(loadable)("refuse what the entry of $name rules out", ({ match, family }) => {
    for (const text of badRules(match, family)) {
      expect.soft(restore({ build: "nft", family, text }), text).toBeDefined();
    }
  });

  it.each(loadable)("load $name where its entry allows it, and nowhere else", ({ match, family }) => {
    for (const place of match.hooks ? places : [placeFor(match)]) {
      const text = plainRule(match, family, place);
      const complaint = restore({ build: "nft", family, text });
      expect.soft(complaint === undefined, `${text}${complaint}`).toBe(allows(match, place));
    }
  });

  it.each(bound)("load $name where its entry allows it, and nowhere else", ({ match, family, option }) => {
    for (const place of places.filter(({ table }) => table === "mangle")) {
      const text = plainRule(match, family, place, option);
      expect.soft(restore({ build: "nft", family, text }) === undefined, text).toBe(allows(option, place));
    }
  });
});

/** The options that a match's help shows. */
function helpOptions(name: string, family: IpFamily): readonly string[] {
  const tool = family === "ipv4" ? "iptables" : "ip6tables";
  const { stdout } = spawnSync(tool, ["-m", name, "--help"], { encoding: "utf8" });
  const own = stdout.slice(stdout.indexOf("--version") + "--version".length);
  return [...own.matchAll(/(?<![\w-])--([a-z][\w-]*)/g)].map(([, option = ""]) => option);
}
