import { icmpType } from "../../facts/icmp.js";
import { type Entry, protocolName, type Tuple } from "../conntrack/entry.js";
import { EntryReader, readEvent } from "../conntrack/events.js";
import { type FoundPacket, markText, type Reading, said, worded } from "./reading.js";

/** Reads an entry of `conntrack -L` or /proc/net/nf_conntrack or an event of `conntrack -E`; undefined for all else. */
export function readConnectionLine(line: string): Reading | undefined {
  if (!/\bsrc=\S+ dst=/.test(line)) return undefined;
  const event = readEvent(line);
  const entry = event?.entry ?? new EntryReader().read(line.trim());
  if (!entry) return undefined;
  return event?.kind === "new" || event?.kind === "destroy" ? withoutEntry(entry, event.kind) : nextOf(entry);
}

/** The next packet that the side sends which began the connection. */
export function nextOf(entry: Entry): FoundPacket {
  const { state, mark, unreplied } = entry;
  const knows = [state, unreplied ? "without an answer yet" : undefined, mark ? `mark ${markText(mark)}` : undefined];
  const known = knows.filter(Boolean).join(", ");
  return {
    fields: said({
      ...packetOf(entry, state?.startsWith("SYN_SENT") ? "syn" : "ack"),
      connection: "original",
      ctState: state ?? (unreplied ? "UNREPLIED" : undefined),
      ctMark: markText(mark),
      otherWay: otherWayOf(entry),
    }),
    says: `The next packet of a connection in conntrack's table, in the original direction${known && ` (${known})`}.`,
    notes: [],
  };
}

/** The packet that made an entry; or one that comes when the entry has gone. */
function withoutEntry(entry: Entry, kind: "new" | "destroy"): Reading {
  const isFirst = kind === "new";
  return {
    fields: said({ ...packetOf(entry, isFirst ? "syn" : "ack"), connection: "new" }),
    says: isFirst
      ? "The packet that made an entry of conntrack's table."
      : "A packet of a connection whose entry has just gone: conntrack does not know it any more.",
    notes: [],
  };
}

function packetOf({ family, protocol, original }: Entry, flags: string) {
  const { source, destination, sourcePort, destinationPort, icmp } = original;
  const type = icmp && (icmpType(family, icmp.type)?.name ?? String(icmp.type));
  return {
    ...{ saddr: source, daddr: destination, protocol: protocolName(protocol), icmpType: type },
    ...{ sport: worded(sourcePort), dport: worded(destinationPort) },
    flags: protocol === 6 ? flags : undefined,
  };
}

/** How the answers come where NAT has changed something; undefined where they are the packet turned around. */
export function otherWayOf({ original, reply }: Pick<Entry, "original" | "reply">): string | undefined {
  const turned = { source: original.destination, destination: original.source };
  const isPlain =
    reply.source === turned.source &&
    reply.destination === turned.destination &&
    reply.sourcePort === original.destinationPort &&
    reply.destinationPort === original.sourcePort;
  return isPlain
    ? undefined
    : `${endText(reply.source, reply.sourcePort)} > ${endText(reply.destination, reply.destinationPort)}`;
}

function endText(address: Tuple["source"], port: number | undefined): string {
  if (port === undefined) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
