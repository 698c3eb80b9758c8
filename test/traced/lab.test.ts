import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { icmpTypes } from "../../netfilter/facts/icmp.js";
import { protocolAt } from "../../netfilter/facts/protocols.js";
import type { TracedPacket, TraceEvent, TraceVerdict } from "../../netfilter/observe/trace/event.js";
import { type PacketTrace, TraceGrouper } from "../../netfilter/observe/trace/group.js";
import { tcpFlag } from "../../netfilter/packet/packet.js";
import { loadRules } from "../../netfilter/simulate/load.js";
import { firstDifference } from "../../netfilter/traced/difference.js";
import { observed } from "../../netfilter/traced/observed.js";
import { TracedRules } from "../../netfilter/traced/rules.js";
import { journeysOf } from "../lab/compare/journeys.js";
import type { KernelStep, WirePacket } from "../lab/kernel.js";
import type { Recording } from "../lab/record.js";
import { routerOf } from "../lab/simulator.js";
import { type Story, stateOf, stories } from "../lab/stories.js";
import { simulated } from "../lab/world.js";

// What the lab recorded of the kernel's raw trace messages, told as nft would tell it.

function recordingOf({ name }: Story): Recording {
  return JSON.parse(readFileSync(new URL(`../lab/recordings/${name}.json`, import.meta.url), "utf8"));
}

function eventsOf({
  family,
  table,
  chain,
  type,
  rule,
  verdict,
  target,
  mark,
  packet,
  ...ways
}: KernelStep): TraceEvent[] {
  const place = { by: "nft", id: "1", family, table, chain } as const;
  const told = verdict === undefined ? undefined : verdictOf(verdict, target);
  const shown: TraceEvent[] = packet
    ? [{ ...place, kind: "packet", packet: tracedPacket({ ...packet, ...ways }) }]
    : [];
  if (type === "rule")
    return [...shown, { ...place, kind: "rule", position: (rule ?? -1) + 1, ...(told && { verdict: told }) }];
  return [...shown, { ...place, kind: type, mark, ...(type === "policy" && told && { verdict: told }) }];
}

function verdictOf(verdict: string, target: string | undefined): TraceVerdict {
  const [kind = "", queue] = verdict.split(" ");
  const known = kind as TraceVerdict["kind"];
  return { kind: known, ...(target !== undefined && { target }), ...(queue !== undefined && { queue: Number(queue) }) };
}

function tracedPacket(seen: WirePacket & { oif?: string }): TracedPacket {
  const { iif, oif, saddr, daddr, protocol, sport, dport, ttl, ipId, tcpFlags, icmpType } = seen;
  const flags = Object.entries(tcpFlag).flatMap(([name, bit]) => ((tcpFlags ?? 0) & bit ? [name] : []));
  const told = {
    ...{ iif, oif, source: saddr, destination: daddr, protocol: protocolAt(protocol)?.name },
    ...{ sourcePort: sport, destinationPort: dport, ttl, ipId, text: "" },
    ...(tcpFlags !== undefined && { tcpFlags: flags }),
    ...(icmpType !== undefined && { icmpType: icmpTypes.find(({ number }) => number === icmpType)?.name }),
  };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) as never;
}

function traceOf(steps: readonly KernelStep[]): PacketTrace | undefined {
  const grouper = new TraceGrouper();
  for (const step of steps) for (const event of eventsOf(step)) grouper.add({ ...event, id: "1" });
  return grouper.traces[0];
}

test.each(stories)("$name: what was observed is what is simulated", (story) => {
  const { observation } = recordingOf(story);
  const { rulesets, queues } = story;
  const rules = new TracedRules(
    rulesets.map(({ language, text }, index) => loadRules(`rules ${index}`, text, language)),
  );
  const router = routerOf(rulesets, stateOf(story), queues);
  let compared = 0;
  for (const packet of observation.packets) {
    const [journey] = packet ? journeysOf(packet) : [];
    if (!packet || !journey) continue;
    const trace = router.send(simulated(packet.packet));
    const seen = traceOf(journey.steps);
    if (!seen) continue;
    expect(firstDifference(trace, observed(seen, rules))).toBeUndefined();
    compared += 1;
  }
  expect(compared).toBeGreaterThan(0);
});
