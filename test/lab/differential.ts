import { type Comparison, compare, type Difference } from "./compare/compare.js";
import { type Case, randomCase } from "./generate/scenario.js";
import type { KernelLab, Observation } from "./kernel.js";
import { shrink } from "./shrink.js";
import type { Simulator } from "./simulator.js";
import { labRouter, routerState } from "./world.js";

/** What a run of the differential test came to. */
export interface Tally {
  /** (ruleset, packet) pairs that were compared step by step. */
  compared: number;
  /** Pairs that the simulator left open. */
  unknown: number;
  /** Rulesets that were played, and those that the real tool refused. */
  rulesets: number;
  refused: number;
  /** Why pairs were left open, with how many. */
  readonly reasons: Map<string, number>;
  readonly failures: Failure[];
}

/** A case on which kernel and simulator disagree, as small as it was made. */
export interface Failure {
  readonly seed: number;
  readonly found: Case;
  readonly difference: Difference;
}

export interface Options {
  readonly seed: number;
  readonly pairs: number;
  /** Packets sent through each ruleset. */
  readonly packets?: number;
  /** How many failing seeds are looked for before the run ends. */
  readonly failures?: number;
  /** Whether failures are made small: it takes up to a minute each. */
  readonly shrinks?: boolean;
}

/** Plays random cases in the kernel and in the simulator until so many pairs are done. Throws when the lab itself fails. */
export async function differential(lab: KernelLab, simulator: Simulator, options: Options): Promise<Tally> {
  const { seed, pairs, packets = 100, failures = 1, shrinks = true } = options;
  const tally: Tally = { compared: 0, unknown: 0, rulesets: 0, refused: 0, reasons: new Map(), failures: [] };
  for (let next = seed; tally.compared + tally.unknown < pairs && tally.failures.length < failures; next++) {
    const found = randomCase(next, Math.min(packets, pairs));
    const observation = await observed(lab, found);
    tally.rulesets += 1;
    if (!observation) tally.refused += 1;
    else await judge(lab, simulator, next, found, observation, tally, shrinks);
  }
  return tally;
}

type Loaded = Observation & { readonly loaded: true };

/** The kernel's part; undefined when the real tool refuses the rules. */
async function observed(lab: KernelLab, { plan, rulesets, packets }: Case): Promise<Loaded | undefined> {
  const observation = await lab.play({ router: labRouter(plan), rulesets, packets });
  if (!observation.loaded && observation.broken) throw new Error(`The lab failed: ${observation.broken}`);
  if (observation.loaded && observation.lost) throw new Error("The kernel's events overran the lab's buffers.");
  return observation.loaded ? observation : undefined;
}

async function judge(
  lab: KernelLab,
  simulator: Simulator,
  seed: number,
  found: Case,
  observation: Loaded,
  tally: Tally,
  shrinks: boolean,
): Promise<void> {
  const { compared, unknown, why, difference } = comparison(simulator, found, observation);
  tally.compared += compared;
  tally.unknown += unknown;
  if (why) tally.reasons.set(why, (tally.reasons.get(why) ?? 0) + unknown);
  if (!difference) return;
  const short = { ...found, packets: found.packets.slice(0, difference.packet + 1) };
  const small = shrinks
    ? await shrink(short, async (one) => (await differs(lab, simulator, one))?.about === difference.about)
    : found;
  tally.failures.push({ seed, found: small, difference: (await differs(lab, simulator, small)) ?? difference });
}

async function differs(lab: KernelLab, simulator: Simulator, found: Case): Promise<Difference | undefined> {
  const observation = await observed(lab, found);
  return observation && comparison(simulator, found, observation).difference;
}

function comparison(simulator: Simulator, { rulesets, plan }: Case, observation: Loaded): Comparison {
  return compare(observation, simulator(rulesets, routerState(plan)));
}

/** A failure for people: what to run to see it again, the small case, and what each side says. */
export function report({ seed, found, difference }: Failure): string {
  const { ip, ip6, sysctls } = labRouter(found.plan);
  return [
    `kernel and simulator differ about ${difference.about}, at packet ${difference.packet} of seed ${seed}`,
    `again: npm run differential -- --pairs 100 --seed ${seed}`,
    ...found.rulesets.map(({ language, text }) => `--- ${language}\n${text}`),
    "--- router",
    ...ip.map((line) => `ip ${line}`),
    ...ip6.map((line) => `ip -6 ${line}`),
    JSON.stringify(sysctls),
    "--- packets",
    ...found.packets.map((wish, index) => `${index}: ${JSON.stringify(wish)}`),
    "--- kernel",
    ...difference.kernel,
    "--- simulator",
    ...difference.simulated,
  ].join("\n");
}

/** One line that sums a run up. */
export function summary({ compared, unknown, rulesets, refused, failures, reasons }: Tally): string {
  const share = ((100 * unknown) / Math.max(1, compared + unknown)).toFixed(2);
  const most = [...reasons].sort((a, b) => b[1] - a[1]).slice(0, 20);
  const head = `${compared} pairs compared, ${unknown} unknown (${share} %), ${failures.length} failures; ${rulesets} rulesets, ${refused} of them refused by the tools`;
  return [head, ...most.map(([why, count]) => `  unknown ${count}: ${why}`)].join("\n");
}
