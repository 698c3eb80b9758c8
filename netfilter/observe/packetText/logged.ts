import { readLogLine } from "../kernel/log.js";
import { type PacketLine, readPacketLine } from "../kernel/packetLine.js";
import { numberIn } from "../trace/event.js";
import { markText, type Reading, said } from "./reading.js";

/** Reads a packet that LOG or TRACE wrote to the kernel's log, or one of xtables-monitor; undefined for all else. */
export function readLoggedPacket(line: string): Reading | undefined {
  const packet = readPacketLine(line) && (readLogLine(line)?.packet ?? readPacketLine(line));
  const { SRC, DST, IN = "", OUT = "" } = packet?.fields ?? {};
  if (!packet || SRC === undefined || DST === undefined) return undefined;
  const { fields } = packet;
  const own = IN === "";
  const protocol = protocolOf(packet);
  const mark = numberIn(fields.MARK);
  return {
    fields: said({
      ...{ iif: IN, oif: OUT || undefined, saddr: SRC, daddr: DST, protocol },
      ...{ sport: fields.SPT ?? fields.SPORT, dport: fields.DPT ?? fields.DPORT },
      flags: protocol === "tcp" ? tcpFlagsOf(packet) : undefined,
      icmpType: fields.TYPE,
      mark: own ? markText(mark) : undefined,
    }),
    says: saysOf(packet),
    notes: [
      ...(own ? ["IN= is empty: it counts as this machine's own packet."] : []),
      ...(!own && OUT !== "" ? [alreadyTranslated] : []),
      ...(!own && mark ? [`Its mark 0x${mark.toString(16)} was set on the way: here the rules set it.`] : []),
      ...protocolNotes(packet, protocol),
    ],
  };
}

/** Of a packet that was seen behind the routing decision. */
export const alreadyTranslated =
  "It was seen on its way through: if prerouting had changed its destination, the text shows the changed one.";

function saysOf({ prefix }: PacketLine): string {
  const [, table, chain] = /^TRACE: ([^:\s]+):(\S+):(?:rule|return|policy):\d+\s*$/.exec(prefix) ?? [];
  if (table !== undefined) return `A packet of a TRACE in the kernel's log, seen at ${table} ${chain}.`;
  if (/^\s*PACKET: \d/.test(prefix)) return "A packet that xtables-monitor saw.";
  const words = prefix.replace(dateOfDmesg, "").trim();
  return words ? `A packet that the kernel logged as "${words}".` : "A packet that the kernel logged.";
}

/** `dmesg -T`: `[Sat Nov 21 10:00:00 2026] `. */
const dateOfDmesg = /^\[\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}\] /;

const flagWords = ["SYN", "ACK", "FIN", "RST", "PSH", "URG", "ECE", "CWR"];

function tcpFlagsOf({ flags }: PacketLine): string {
  const names = flags.filter((flag) => flagWords.includes(flag)).map((flag) => flag.toLowerCase());
  return names.length > 0 ? names.join(",") : "none";
}

/** xtables-monitor writes no protocol, but flags for TCP alone. */
function protocolOf({ fields, flags }: PacketLine): string | undefined {
  if (fields.PROTO !== undefined) return fields.PROTO.toLowerCase();
  if (flags.some((flag) => flagWords.includes(flag))) return "tcp";
  return fields.SPORT === undefined ? undefined : "udp";
}

function protocolNotes({ fields }: PacketLine, protocol: string | undefined): string[] {
  if (fields.PROTO !== undefined || protocol === "tcp") return [];
  return [
    protocol === undefined
      ? "The line does not tell the protocol."
      : "The line has ports, no flags and no protocol: it is taken for UDP.",
  ];
}
