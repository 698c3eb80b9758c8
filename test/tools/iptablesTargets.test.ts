import { readdirSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { Extension } from "../../netfilter/facts/iptables/extension.js";
import { allTargets } from "../../netfilter/facts/iptables/targets.js";
import { allows, type Place, places } from "./matchRules.js";
import { builds, missingTools, restore } from "./restoreTools.js";
import { badRules, goodRules, rule } from "./targetRules.js";

const cases = allTargets.flatMap((target) =>
  (target.families ?? (["ipv4", "ipv6"] as const)).map((family) => ({
    target,
    family,
    name: `${target.word} for ${family}`,
  })),
);

/** Complaints that speak of this machine and not of the rule. */
const machine = /missing kernel module|Set sample doesn't exist/;

describe("the real tools", () => {
  beforeAll(() => {
    expect(missingTools()).toBeUndefined();
  });

  it("know no other target", () => {
    const known = new Set(allTargets.map(({ word }) => word));
    const installed = readdirSync("/usr/lib/x86_64-linux-gnu/xtables")
      .map((file) => /^lib(?:x|ip|ip6)t_([A-Z]+)\.so$/.exec(file)?.[1])
      .filter((name) => name !== undefined && name !== "NAT");
    expect(installed.filter((name) => !known.has(name as string))).toEqual([]);
  });

  it.each(cases)("take every option of $name", ({ target, family }) => {
    const rules = goodRules(target, family);
    for (const build of builds) {
      if (restore({ build, family, text: rules.join(""), test: true }) === undefined) continue;
      for (const text of rules) {
        expect.soft(unlessMachine(restore({ build, family, text, test: true })), `${build}: ${text}`).toBeUndefined();
      }
    }
  });

  it.each(cases)("refuse bad arguments and combinations of $name", ({ target, family }) => {
    for (const text of badRules(target, family)) {
      expect.soft(restore({ build: "nft", family, text, test: true }), text).toBeDefined();
    }
  });

  it.each(cases)("load $name where its entry allows it, and nowhere else", ({ target, family }) => {
    if (absent.has(target.word)) return;
    const complaints = (place: Place) => {
      const text = rule(target, place, family, []);
      return builds.map((build) => restore({ build, family, text }));
    };
    const good = places.filter((place) => allows(target, place));
    for (const place of good) expect.soft(complaints(place), JSON.stringify(place)).toContain(undefined);
    for (const place of telling(target)) expect.soft(complaints(place), JSON.stringify(place)).not.toContain(undefined);
  });
});

/** Forbidden places: one of each forbidden table, and each forbidden chain of the others. */
function telling(target: Extension): readonly Place[] {
  const forbidden = places.filter((place) => !allows(target, place));
  const mixed = new Set(places.filter((place) => allows(target, place)).map(({ table }) => table));
  return forbidden.filter(
    ({ table }, index) => mixed.has(table) || forbidden.findIndex((other) => other.table === table) === index,
  );
}

/** Targets whose kernel half no longer exists, or hangs on sets and policies that this machine has not. */
const absent = new Set(["CLUSTERIP", "ULOG", "LED", "SECMARK", "SET"]);

function unlessMachine(complaint: string | undefined): string | undefined {
  return complaint && machine.test(complaint) ? undefined : complaint;
}
