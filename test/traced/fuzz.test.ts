import { expect, test } from "vitest";
import { layout } from "../../netfilter/diagram/layout.js";
import { stacksOfRules } from "../../netfilter/diagram/stacks.js";
import { loadRules } from "../../netfilter/simulate/load.js";
import { Places } from "../../netfilter/simulate/places.js";
import { firstDifference } from "../../netfilter/traced/difference.js";
import { observed } from "../../netfilter/traced/observed.js";
import { formOf } from "../../netfilter/traced/packet.js";
import { TracedRules } from "../../netfilter/traced/rules.js";
import { playTraced } from "../../netfilter/traced/sequence.js";
import { pairText } from "../../netfilter/traced/tracedText.js";
import { own } from "../observe/recordings.js";
import { packetsIn } from "./sessions.js";

/** The same numbers every time. */
function* numbers(seed: number): Generator<number> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 8;
  }
}

const lines = [
  ...own("trace-nft.txt").split("\n"),
  ...own("trace-xtables.txt").split("\n"),
  ...own("log.txt").split("\n"),
];
const listing = own("ruleset.nft.txt");

test("whatever lines come, in whatever order, with whatever rules: steps, and nothing thrown", () => {
  const random = numbers(11);
  const next = (below: number) => (random.next().value as number) % below;
  let steps = 0;
  for (let round = 0; round < 120; round++) {
    const text = Array.from({ length: 1 + next(40) }, () => damaged(lines[next(lines.length)] as string, next)).join(
      "\n",
    );
    const loaded = [loadRules("r", damaged(listing, next), "nftables")];
    const rules = new TracedRules(loaded);
    const traces = packetsIn(text, rules);
    const played = playTraced(traces, loaded, {});
    for (const [index, trace] of traces.entries()) {
      const seen = observed(trace, rules);
      const simulated = played[index];
      steps += seen.steps.length;
      expect(layout(stacksOfRules(loaded), seen).way?.stops).toHaveLength(seen.steps.length);
      if (trace.packet) formOf(trace.packet);
      const difference = simulated && "trace" in simulated ? firstDifference(simulated.trace, seen) : undefined;
      const told = pairText(
        { number: 1, connection: 1, observed: seen, ...(simulated && { simulated }), difference },
        new Places(loaded),
      );
      expect(told).not.toMatch(/undefined|NaN|\[object/);
    }
  }
  expect(steps).toBeGreaterThan(1_000);
});

/** One time out of three a piece is missing, doubled or another one. */
function damaged(text: string, next: (below: number) => number): string {
  const at = next(text.length + 1);
  const piece = text.slice(at, at + 1 + next(20));
  const rest = text.slice(at + piece.length);
  const ways = [text, text, text, text, text.slice(0, at) + rest, text.slice(0, at) + piece + piece + rest];
  return ways[next(ways.length)] as string;
}
