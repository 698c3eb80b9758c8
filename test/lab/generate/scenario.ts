import type { LabRuleset, Wish } from "../kernel.js";
import type { Plan } from "../world.js";
import { randomIptables } from "./iptables.js";
import { randomNft } from "./nft.js";
import { randomPackets } from "./packets.js";
import { randomPlan } from "./plan.js";
import { Random } from "./random.js";

/** A case of the differential test: a router, its rules and packets. */
export interface Case {
  readonly plan: Plan;
  readonly rulesets: readonly LabRuleset[];
  readonly packets: readonly Wish[];
}

/** The case of a seed: always the same one. Its rulesets are of one language or, as on many routers, of both. */
export function randomCase(seed: number, packets: number): Case {
  const random = new Random(seed);
  const plan = randomPlan(random);
  const rulesets = random.weighed<() => LabRuleset[]>([
    [10, () => [randomNft(random)]],
    [5, () => [randomIptables(random, "iptables")]],
    [3, () => [randomIptables(random, "ip6tables")]],
    [4, () => [randomIptables(random, "iptables"), randomIptables(random, "ip6tables")]],
    [2, () => [randomIptables(random, "iptables"), randomNft(random)]],
  ])();
  return { plan, rulesets, packets: randomPackets(random, packets) };
}
