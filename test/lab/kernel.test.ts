import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { differential, report, summary } from "./differential.js";
import { KernelLab } from "./kernel.js";
import { routerOf } from "./simulator.js";

/** A small share of what `npm run differential` does, with other cases each time; the whole 10,000 take a minute. */
const pairs = 1000;
const mostUnknown = 0.02;
const seed = Date.now() % 1_000_000;

let lab: KernelLab;
beforeAll(() => {
  const needs = process.getuid?.() === 0 && existsSync("/dev/net/tun");
  if (!needs)
    throw new Error("The differential test needs root and /dev/net/tun: run it in a container or machine of its own.");
  lab = new KernelLab();
});
afterAll(() => lab?.close());

test(`kernel and simulator agree on ${pairs} packets from seed ${seed} on`, async () => {
  const tally = await agreeing(seed, pairs);
  if (tally.unknown < mostUnknown * pairs) return;
  // Unknowns come by the ruleset: one with ports picked at random may make half of its hundred packets. A share that fell on
  // such a ruleset is judged as the whole is.
  const whole = await agreeing(seed + pairs, 10 * pairs);
  expect(whole.unknown, summary(whole)).toBeLessThan(mostUnknown * 10 * pairs);
});

async function agreeing(seed: number, pairs: number) {
  const tally = await differential(lab, routerOf, { seed, pairs });
  expect(tally.failures.map(report).join("\n\n")).toBe("");
  return tally;
}
