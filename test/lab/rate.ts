import { loadRules } from "../../netfilter/simulate/load.js";
import { Router } from "../../netfilter/simulate/router.js";
import { KernelLab, type LabRuleset, type WirePacket } from "./kernel.js";
import { labRouter, type Plan, routerState, simulated } from "./world.js";

/** Packets a second through a ruleset, in the namespace and simulated in this process without steps. */
export interface Rates {
  readonly kernel: number;
  readonly simulator: number;
}

/**
 * Sends `count` packets, the given ones again and again, through both in the same run. `program` is where `kernel/lab.py`
 * lies. Throws when the lab fails or the real tool refuses the rules.
 */
export async function rates(
  program: string,
  plan: Plan,
  ruleset: LabRuleset,
  packets: readonly WirePacket[],
  count: number,
): Promise<Rates> {
  const lab = new KernelLab(program);
  try {
    const scenario = { router: labRouter(plan), rulesets: [ruleset], packets: packets.map((packet) => ({ packet })) };
    const measured = await lab.measure(scenario, count);
    return { kernel: measured.packets / measured.seconds, simulator: simulatorRate(plan, ruleset, packets, count) };
  } finally {
    lab.close();
  }
}

function simulatorRate(
  plan: Plan,
  { text, language }: LabRuleset,
  packets: readonly WirePacket[],
  count: number,
): number {
  const router = new Router([loadRules("rules", text, language)], routerState(plan));
  const ready = packets.map(simulated);
  const begun = performance.now();
  for (let sent = 0; sent < count; sent += ready.length)
    for (const packet of ready) router.send(packet, { record: "none" });
  return (1000 * count) / (performance.now() - begun);
}
