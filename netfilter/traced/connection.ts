import type { TracedPacket } from "../observe/trace/event.js";
import type { PacketTrace } from "../observe/trace/group.js";

/**
 * What the connection of a traced packet is known by, the same for both directions: the packet's ends in each form in which it
 * was shown, before NAT and behind it. Packets of one connection have one of these keys in common, as far as the trace shows.
 */
export function connectionKeys({ packet, events }: PacketTrace): string[] {
  const shown = events.flatMap((event) => (event.kind === "packet" ? [event.packet] : []));
  const keys = [packet, ...shown].flatMap((one) => (one ? (endsKey(one) ?? []) : []));
  return [...new Set(keys)];
}

/** Puts the packets of a session together by connection: for each packet the number of the first one of its connection. */
export function connectionsOf(traces: readonly PacketTrace[]): number[] {
  const first = new Map<string, number>();
  return traces.map((trace, index) => {
    const keys = connectionKeys(trace);
    const known = keys.flatMap((key) => first.get(key) ?? [])[0] ?? index;
    for (const key of keys) if (!first.has(key)) first.set(key, known);
    return known;
  });
}

function endsKey({ source, destination, sourcePort, destinationPort, protocol }: TracedPacket): string | undefined {
  if (source === undefined || destination === undefined) return undefined;
  const ends = [`${source} ${sourcePort ?? ""}`, `${destination} ${destinationPort ?? ""}`].sort();
  return `${protocol ?? ""} ${ends.join(" ")}`;
}
