import type { TracedPacket } from "../trace/event.js";
import { readNftTrace } from "../trace/nft.js";
import { alreadyTranslated } from "./logged.js";
import { markText, type Reading, said, worded } from "./reading.js";

const noPacket =
  "This line of a trace tells of a rule or policy, not of the packet itself. Take the one with the same id that goes on with `packet:`.";

/** Reads a line of `nft monitor trace`; undefined for all else. xtables-monitor's packets are like the log's. */
export function readTracedLine(line: string): Reading | undefined {
  if (/^\s*TRACE: \d+ [\da-f]{8} /.test(line)) return { problem: noPacket.replace("`packet:`", "`PACKET:`") };
  const event = readNftTrace(line);
  if (!event) return undefined;
  if (event.kind !== "packet") return { problem: noPacket };
  const { family, table, chain, packet } = event;
  if (packet.source === undefined || packet.destination === undefined)
    return { problem: "This packet of a trace has no IP addresses: its way is not followed here." };
  return {
    fields: fieldsOf(packet),
    says: `A packet of nft's trace, seen at ${family} ${table} ${chain}.`,
    notes: notesOf(packet),
  };
}

function fieldsOf(packet: TracedPacket) {
  const {
    iif = "",
    oif,
    source,
    destination,
    protocol,
    sourcePort,
    destinationPort,
    tcpFlags,
    icmpType,
    mark,
  } = packet;
  return said({
    ...{ iif, oif, saddr: source, daddr: destination, protocol, icmpType },
    ...{ sport: worded(sourcePort), dport: worded(destinationPort) },
    flags: protocol === "tcp" ? tcpFlags?.join(",") || "none" : undefined,
    mark: iif === "" ? markText(mark) : undefined,
  });
}

function notesOf({ iif, oif, protocol }: TracedPacket): string[] {
  return [
    ...(iif === undefined ? ["It has no interface that it came in by: it counts as this machine's own packet."] : []),
    ...(iif !== undefined && oif !== undefined ? [alreadyTranslated] : []),
    ...(protocol === undefined ? ["The line does not tell the protocol."] : []),
  ];
}
