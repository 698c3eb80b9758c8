import { readLogLine } from "../kernel/log.js";
import type { PacketLine } from "../kernel/packetLine.js";
import { given, numberIn, type TracedPacket, type TraceEvent } from "./event.js";

/**
 * Reads a TRACE line of the kernel log, as old iptables writes it: by position and before the target runs, so without verdicts.
 * Events of one packet are told by what stays the same on its way: protocol, identification and sequence number.
 */
export function readLogTrace(line: string): TraceEvent[] {
  const packet = readLogLine(line)?.packet;
  const [, table = "", chain = "", kind, position] =
    /^TRACE: ([^:\s]+):(\S+):(rule|return|policy):(\d+)\s*$/.exec(packet?.prefix ?? "") ?? [];
  if (!packet || kind === undefined) return [];
  const traced = tracedPacket(packet);
  const family = traced.source?.includes(":") ? "ip6" : "ip";
  const place = {
    by: "log",
    id: idOf(packet),
    family,
    table,
    chain,
    ...(traced.mark !== undefined && { mark: traced.mark }),
  } as const;
  const shown: TraceEvent = { ...place, kind: "packet", packet: traced };
  if (kind === "rule") return [shown, { ...place, kind, position: Number(position) }];
  return [shown, { ...place, kind: kind as "return" | "policy", position: Number(position) }];
}

function idOf({ fields }: PacketLine): string {
  return ["PROTO", "ID", "FLOWLBL", "SEQ", "ICMPID", "ACK"].map((name) => fields[name] ?? "").join("/");
}

const flagNames = ["SYN", "ACK", "FIN", "RST", "PSH", "URG", "ECE", "CWR"];

function tracedPacket({ fields, flags, prefix }: PacketLine): TracedPacket {
  const tcp = flags.filter((flag) => flagNames.includes(flag)).map((flag) => flag.toLowerCase());
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  return given({
    iif: fields.IN || undefined,
    oif: fields.OUT || undefined,
    source: fields.SRC,
    destination: fields.DST,
    protocol: fields.PROTO?.toLowerCase(),
    sourcePort: numberIn(fields.SPT),
    destinationPort: numberIn(fields.DPT),
    ttl: numberIn(fields.TTL ?? fields.HOPLIMIT),
    length: numberIn(fields.LEN),
    ipId: numberIn(fields.ID),
    tcpFlags: fields.PROTO === "TCP" ? tcp : undefined,
    icmpType: fields.TYPE,
    sequence: numberIn(fields.SEQ),
    mark: numberIn(fields.MARK),
    text: [prefix.trim(), ...rest, ...flags].join(" "),
  });
}
