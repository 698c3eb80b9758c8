import type { Hook } from "../facts/hooks.js";
import type { TracedPacket } from "../observe/trace/event.js";
import type { Change } from "../simulate/trace.js";

/** Where a packet was when its headers were shown. */
export interface Sighting {
  readonly packet: TracedPacket;
  readonly hook: Hook;
  readonly priority: number;
}

/** Where the kernel's NAT translates. */
export interface NatPlace {
  readonly hook: Hook;
  readonly priority: number;
}

/** What is different between two sightings: by NAT, where it has a place between them, or by whatever else. */
export interface HeaderChanges {
  readonly byNat: readonly { readonly place: NatPlace; readonly changes: readonly Change[] }[];
  readonly others: readonly Change[];
}

/** Compares addresses and ports of two sightings of a packet. */
export function headerChanges(before: Sighting | undefined, now: Sighting): HeaderChanges {
  if (!before) return { byNat: [], others: [] };
  const places: [NatPlace, Change[]][] = [];
  const others: Change[] = [];
  for (const { change, side } of changedEnds(before.packet, now.packet)) {
    const place = natPlaces[side].find((one) => isBetween(one, before, now));
    const known = places.find(([one]) => one === place);
    if (!place) others.push(change);
    else if (known) known[1].push(change);
    else places.push([place, [change]]);
  }
  return { byNat: places.map(([place, changes]) => ({ place, changes })), others };
}

const natPlaces: Readonly<Record<"source" | "destination", readonly NatPlace[]>> = {
  destination: [
    { hook: "prerouting", priority: -100 },
    { hook: "output", priority: -100 },
  ],
  source: [
    { hook: "input", priority: 100 },
    { hook: "postrouting", priority: 100 },
  ],
};

/** Hooks in the order in which a packet passes them. */
const stages: Readonly<Record<Hook, number>> = {
  ingress: 0,
  prerouting: 1,
  output: 1,
  input: 2,
  forward: 2,
  postrouting: 3,
  egress: 4,
};

function isBetween(place: NatPlace, before: NatPlace, now: NatPlace): boolean {
  const from = before.hook === place.hook ? before.priority <= place.priority : isBefore(before.hook, place.hook);
  const to = now.hook === place.hook ? place.priority <= now.priority : isBefore(place.hook, now.hook);
  return from && to;
}

function isBefore(one: Hook, other: Hook): boolean {
  return stages[one] < stages[other];
}

const ends = [
  ["source", "saddr", "source"],
  ["destination", "daddr", "destination"],
  ["sourcePort", "sport", "source"],
  ["destinationPort", "dport", "destination"],
] as const;

function changedEnds(before: TracedPacket, now: TracedPacket) {
  const ip = now.source?.includes(":") ? "ip6" : "ip";
  return ends.flatMap(([name, word, side]) => {
    const [was, is] = [before[name], now[name]];
    if (was === undefined || is === undefined || was === is) return [];
    const header = word.endsWith("addr") ? ip : (now.protocol ?? before.protocol ?? "th");
    return [{ side, change: { field: `${header} ${word}`, before: String(was), after: String(is) } }];
  });
}
