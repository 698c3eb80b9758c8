import { afterAll, beforeAll, expect, test } from "vitest";
import { type RulesetFile, rulesetFiles } from "../../client/rulesets/files.js";
import { compareRulesets } from "../../netfilter/compare/compare.js";
import { wholeRules } from "../../netfilter/simulate/listings.js";
import { loadRules } from "../../netfilter/simulate/load.js";
import { type Loaded, Router } from "../../netfilter/simulate/router.js";
import type { RouterState } from "../../netfilter/simulate/state.js";
import type { Step, Trace } from "../../netfilter/simulate/trace.js";
import { compare, type Difference } from "../lab/compare/compare.js";
import { randomIptables } from "../lab/generate/iptables.js";
import { randomNft } from "../lab/generate/nft.js";
import { randomPackets } from "../lab/generate/packets.js";
import { randomPlan } from "../lab/generate/plan.js";
import { Random } from "../lab/generate/random.js";
import { KernelLab, type LabRuleset, type Observation } from "../lab/kernel.js";
import { labRouter, routerState } from "../lab/world.js";

/**
 * Routers with nft's own tables, iptables-nft's and old iptables' at once, followed by nothing but their listings: each step of
 * each packet as the kernel's.
 */
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const routers = Number(process.env.ROUTERS ?? 30);

let lab: KernelLab;
beforeAll(() => {
  if (process.getuid?.() !== 0)
    throw new Error("Kernel labs need root: run this in a container or machine of its own.");
  lab = new KernelLab();
});
afterAll(() => lab?.close());

type Played = Observation & { readonly loaded: true };

interface Case {
  readonly observation: Played;
  readonly rulesets: readonly LabRuleset[];
  readonly state: RouterState;
}

test(`listings of ${routers} routers from seed ${seed} on tell what their kernels do`, async () => {
  let [compared, unknown] = [0, 0];
  for (let next = seed; next < seed + routers; next++) {
    const found = await played(next);
    if (!found) continue;
    const { observation, rulesets, state } = found;
    const outcome = compare(observation, followed(listed(observation), state));
    const { difference } = outcome;
    // Where what was loaded is followed otherwise than by the kernel, too, that is the differential test's to tell.
    if (difference && compare(observation, followed(asLoaded(rulesets), state)).difference) continue;
    if (difference && isSaidOtherwise(rulesets, observation)) continue;
    expect(difference && told(next, difference, observation)).toBeUndefined();
    compared += outcome.compared;
    unknown += outcome.unknown;
  }
  expect(compared).toBeGreaterThan(routers * 10);
  expect(unknown).toBeLessThan(compared / 4);
});

/** A random router in the kernel; undefined where the tools refuse its rules. */
async function played(seed: number): Promise<Case | undefined> {
  const random = new Random(seed);
  const plan = randomPlan(random);
  const rulesets = randomRulesets(random);
  const packets = randomPackets(random, 60);
  const listings = rulesetFiles.map(({ command }) => command.argv);
  const observation = await lab.play({ router: { ...labRouter(plan), fresh: true }, rulesets, packets, listings });
  if (!observation.loaded && observation.broken) throw new Error(`The lab failed: ${observation.broken}`);
  return observation.loaded ? { observation, rulesets, state: routerState(plan) } : undefined;
}

function told(seed: number, { packet, about, kernel, simulated }: Difference, { packets, listings }: Played): string {
  const sent = JSON.stringify(packets[packet]?.packet);
  const head = `SEED=${seed} ROUTERS=1: ${about}, of packet ${packet}: ${sent}`;
  return [head, "--- kernel", ...kernel, "--- simulator", ...simulated, "--- listings", ...listings].join("\n");
}

/** All three on most routers, and each alone with another on some. */
function randomRulesets(random: Random): LabRuleset[] {
  const old = (language: "iptables" | "ip6tables"): LabRuleset => ({
    ...randomIptables(random, language),
    legacy: true,
  });
  const found: LabRuleset[] = [];
  if (random.chance(0.8)) found.push(randomIptables(random, "iptables"));
  if (random.chance(0.5)) found.push(randomNft(random));
  if (random.chance(0.5)) found.push(randomIptables(random, "ip6tables"));
  if (random.chance(0.6)) found.push(old("iptables"));
  if (random.chance(0.3)) found.push(old("ip6tables"));
  return found;
}

/** The router as its listings tell, without the lab's own table. */
function listed({ listings }: Played): readonly Loaded[] {
  const read = rulesetFiles.map(({ name, language, isOld }, index) => ({
    ...loadRules(name, listings[index] ?? "", language),
    ...(isOld && { isOld }),
  }));
  const own = read.map((one) => ({
    ...one,
    ruleset: { ...one.ruleset, tables: one.ruleset.tables.filter(({ name }) => name !== "hookscope_lab") },
  }));
  return wholeRules(own).loaded;
}

/**
 * nft 1.0.6 leaves a `ct l3proto ipv6` out of its listing, iptables-save 1.8.9 one of two `--tcp-flags`, and more: nobody can follow
 * what a listing does not say.
 */
function isSaidOtherwise(rulesets: readonly LabRuleset[], { listings }: Played): boolean {
  return rulesets.some(({ text, language, legacy }) => {
    const isOne = (file: RulesetFile) => file.name.startsWith("legacy/") === (legacy ?? false);
    const index = rulesetFiles.findIndex((file) => file.language === language && isOne(file));
    return compareRulesets({ text }, listings[index] ?? "", language).differences.length > 0;
  });
}

function asLoaded(rulesets: readonly LabRuleset[]): readonly Loaded[] {
  const listed = { ranks: new Map(), absent: new Set<never>(), handles: new Map() };
  return rulesets.map(({ language, text, legacy }, index) => ({
    ...loadRules(`rules ${index}`, text, language),
    ...(legacy ? { isOld: true } : { listed }),
  }));
}

/** Of old tables the kernel reports no steps, but what they change is seen in those of others. */
function followed(loaded: readonly Loaded[], state: RouterState) {
  const router = new Router(loaded, state);
  const old = new Set(loaded.filter(({ isOld }) => isOld).flatMap(({ ruleset }) => ruleset.tables));
  const isTraced = (step: Step) => !("chain" in step) || !old.has(step.chain.table);
  const traced = (trace: Trace): Trace => ({
    ...trace,
    caused: trace.caused.map(traced),
    steps: trace.steps.map((step) => (isTraced(step) ? step : { kind: "route", says: "", changes: step.changes })),
  });
  // Random rules queue only with a bypass, and nobody is there.
  const queue = (_: string, packet: Trace["packet"]) => packet;
  return { send: (packet: Trace["packet"]) => traced(router.send(packet, { queue })), entries: () => router.entries() };
}
