import { formatAddress } from "../packet/address.js";
import type { Packet } from "../packet/packet.js";
import type { ConntrackEntry, PortRange, Tuple } from "../simulate/state.js";

/** Conntrack's entries by the packets that belong to them: asking a router for all of them for each packet takes too long. */
export class KnownEntries {
  private readonly entries = new Map<string, ConntrackEntry>();
  /** With a port out of a range that the kernel picks at random. */
  private readonly loose = new Set<ConntrackEntry>();

  constructor(entries: readonly ConntrackEntry[]) {
    for (const entry of entries) this.add(entry);
  }

  /** The entry of the packet's connection, in either direction. */
  of(packet: Packet): ConntrackEntry | undefined {
    const known = this.entries.get(keyOf(packet));
    if (known) return known;
    for (const entry of this.loose) if (isOf(entry.original, packet) || isOf(entry.reply, packet)) return entry;
    return undefined;
  }

  /** An entry that is new, or is now otherwise. */
  add(entry: ConntrackEntry): void {
    const before = this.entries.get(keyOf(entry.original));
    if (before) this.delete(before);
    for (const tuple of [entry.original, entry.reply]) this.entries.set(keyOf(tuple), entry);
    if (isLoose(entry.original) || isLoose(entry.reply)) this.loose.add(entry);
  }

  /** An entry that is gone. */
  delete(entry: ConntrackEntry): void {
    for (const tuple of [entry.original, entry.reply]) this.entries.delete(keyOf(tuple));
    this.loose.delete(entry);
  }
}

/** Whether the packet goes in this direction of a connection. */
export function isOf(tuple: Tuple, packet: Packet): boolean {
  const ends = ({ saddr, daddr, protocol }: Packet | Tuple) =>
    `${formatAddress(saddr)} ${formatAddress(daddr)} ${protocol}`;
  return ends(tuple) === ends(packet) && isPort(tuple.sport, packet.sport) && isPort(tuple.dport, packet.dport);
}

/** Whether two tuples are of the same direction of the same connection. */
export function isSameTuple(one: Tuple, other: Tuple): boolean {
  return keyOf(one) === keyOf(other);
}

function isPort(known: number | PortRange | undefined, port: number | undefined): boolean {
  if (typeof known !== "object") return known === port;
  return port !== undefined && known.from <= port && port <= known.to;
}

function isLoose({ sport, dport }: Tuple): boolean {
  return typeof sport === "object" || typeof dport === "object";
}

function keyOf({ saddr, daddr, protocol, sport, dport, icmpId }: Packet | Tuple): string {
  const port = (value: number | PortRange | undefined) => (typeof value === "object" ? "any" : (value ?? ""));
  return [formatAddress(saddr), port(sport), formatAddress(daddr), port(dport), protocol, icmpId ?? ""].join(" ");
}
