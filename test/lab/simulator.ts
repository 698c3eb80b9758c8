import type { Packet } from "../../netfilter/packet/packet.js";
import { loadRules } from "../../netfilter/simulate/load.js";
import { Router } from "../../netfilter/simulate/router.js";
import type { ConntrackEntry, RouterState } from "../../netfilter/simulate/state.js";
import type { Trace } from "../../netfilter/simulate/trace.js";
import type { LabRuleset, LabScenario } from "./kernel.js";

/** A simulated router that remembers what its packets did. */
export interface SimulatedRouter {
  send(packet: Packet): Trace;
  entries(): readonly ConntrackEntry[];
}

/** Makes a router from rulesets in the order in which they were loaded, with the lab's programs on its queues. */
export type Simulator = (
  rulesets: readonly LabRuleset[],
  state: RouterState,
  queues?: LabScenario["queues"],
) => SimulatedRouter;

/** The simulator of this project. */
export const routerOf: Simulator = (rulesets, state, queues = []) => {
  const loaded = rulesets.map(({ language, text }, index) => loadRules(`rules ${index}`, text, language));
  const router = new Router(loaded, state);
  const queue = (number: string, packet: Packet) => {
    const program = queues.find((one) => String(one.number) === number);
    // Random rules queue only with a bypass, and nobody is there.
    if (!program) return packet;
    return packet.dport === program.from ? { ...packet, dport: program.to } : packet;
  };
  return { send: (packet) => router.send(packet, { queue }), entries: () => router.entries() };
};
