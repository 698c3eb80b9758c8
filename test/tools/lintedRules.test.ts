import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import type { Rule, Ruleset } from "../../netfilter/model/ruleset.js";
import type { Finding } from "../../netfilter/text/finding.js";
import { randomCase } from "../lab/generate/scenario.js";
import { KernelLab, type KernelStep, type LabRuleset, type Observation } from "../lab/kernel.js";
import { labRouter } from "../lab/world.js";

// Of a rule that a lint calls dead the kernel never tells that a packet matched it.

const cases = 40;
const packets = 100;
const seed = Date.now() % 1_000_000;

let lab: KernelLab;
beforeAll(() => {
  const needs = process.getuid?.() === 0 && existsSync("/dev/net/tun");
  if (!needs) throw new Error("This test needs root and /dev/net/tun: run it in a container or machine of its own.");
  lab = new KernelLab();
});
afterAll(() => lab?.close());

test(`no packet matches a rule of which a lint says so, from seed ${seed} on`, async () => {
  const dead: string[] = [];
  for (let next = seed; next < seed + cases; next++) {
    const { plan, rulesets, packets: sent } = randomCase(next, packets);
    const told = rulesets.flatMap(deadRules);
    if (told.length === 0) continue;
    const observation = await lab.play({ router: labRouter(plan), rulesets, packets: sent });
    for (const { place, finding } of told) {
      dead.push(place);
      expect(matchedIn(observation), `seed ${next}: ${finding.code}: ${finding.message}`).not.toContain(place);
    }
  }
  expect(dead.length).toBeGreaterThan(cases / 10);
});

/** Lints that name an exception themselves, or speak of packets that conntrack can make out. */
const nearly = new Set(["noEarlyState", "noUntranslatedMatch"]);

/** The rules that lints call dead, by their places in the kernel. */
function deadRules({ language, text }: LabRuleset): { readonly place: string; readonly finding: Finding }[] {
  const { ruleset, findings } = analyze(text, language);
  return findings
    .filter(({ code, message }) => !nearly.has(code) && /\b(never matches|No packet gets to)\b/.test(message))
    .flatMap((finding) => rulesIn(ruleset, finding).map((rule) => ({ place: placeOf(rule), finding })));
}

function rulesIn({ tables }: Ruleset, { span }: Finding): Rule[] {
  const rules = tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules));
  return rules.filter(({ node }) => node.start < span.end && span.start < node.end).filter(hasEffect);
}

/** In a table for both versions of IP packets of the other one pass a translation too, though nothing becomes of it. */
function hasEffect({ actions, chain }: Rule): boolean {
  return chain.table.family !== "inet" || !actions.some((action) => action.do === "nat");
}

function placeOf(rule: Rule): string {
  const { chain } = rule;
  return placeKey(chain.table.family, chain.table.name, chain.name, chain.rules.indexOf(rule));
}

function matchedIn(observation: Observation): string[] {
  if (!observation.loaded) return [];
  const steps = observation.packets.flatMap((observed) => observed?.walks.flat() ?? []);
  return steps.flatMap(({ family, table, chain, type, rule }: KernelStep) =>
    type === "rule" && rule !== undefined ? [placeKey(family, table, chain, rule)] : [],
  );
}

function placeKey(family: string, table: string, chain: string, place: number): string {
  return `${family} ${table} ${chain} ${place}`;
}
