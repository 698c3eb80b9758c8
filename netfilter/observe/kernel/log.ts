import type { Command, Exit, Outcome } from "../command.js";
import { failureOf } from "../failure.js";
import { type FollowCommand, type Following, Lines, type Read, textCommand } from "../reading.js";
import { type PacketLine, readPacketLine } from "./packetLine.js";

/** A line of the kernel log that has to do with netfilter. */
export interface LogEntry {
  /** Seconds since the router started. */
  readonly uptime?: number;
  readonly kind: "tableFull" | "invalid" | "martian" | "trace" | "packet" | "other";
  /** The line behind its time. */
  readonly text: string;
  /** What it means and what to do, where that can be said. */
  readonly meaning?: string;
  /** The packet it tells of, and the rule's prefix before it. */
  readonly packet?: PacketLine;
}

/** The kernel log from memory. Many routers show it to root alone. */
export const kernelLog = logCommand("kernel.log", ["dmesg"]);
/** The same by systemd, for routers whose `dmesg` is refused or has been overwritten. */
export const kernelJournal = logCommand("kernel.journal", [
  "journalctl",
  "-k",
  "-b",
  "-o",
  "short-monotonic",
  "--no-pager",
]);
/** OpenWrt's log of programs and kernel. */
export const kernelLogread = logCommand("kernel.logread", ["logread"]);

/** The kernel log from its beginning and on as it grows, until it is stopped. */
export const kernelLogFollow: FollowCommand<LogEntry, { readonly count: number }> = {
  id: "kernel.logFollow",
  title: "the kernel log",
  argv: ["cat", "/dev/kmsg"],
  root: true,
  reader: () => new LogReader(),
};

function logCommand(id: string, argv: readonly string[]): Command<readonly LogEntry[]> {
  return textCommand({ id, title: "the kernel log", argv, root: true, parse: parseLog });
}

function parseLog(text: string): Read<readonly LogEntry[]> {
  return { value: text.split("\n").flatMap((line) => readLogLine(line) ?? []) };
}

/** Reads a line of dmesg (`[   45.27] ...`), journalctl, logread or /dev/kmsg; undefined when it is not netfilter's. */
export function readLogLine(line: string): LogEntry | undefined {
  const { uptime, text } = withoutTime(line);
  const entry = decode(text);
  return entry && { ...(uptime !== undefined && { uptime }), ...entry };
}

function withoutTime(line: string): { uptime?: number; text: string } {
  const [, micro, message] = /^\d+,\d+,(\d+),[^;]*;(.*)$/.exec(line) ?? [];
  if (micro !== undefined) return { uptime: Number(micro) / 1e6, text: message ?? "" };
  const [head = "", time] = /^.{0,80}?\[\s*(\d+\.\d{6})\]\s?(?:\S+ kernel: )?/.exec(line) ?? [];
  if (time !== undefined) return { uptime: Number(time), text: line.slice(head.length) };
  return { text: line.replace(/^.{0,80}?\bkernel: /, "") };
}

const full =
  "The conntrack table is full: packets of new connections are dropped. Compare count and max, look who holds the entries, and raise nf_conntrack_max or shorten timeouts.";

function decode(text: string): Omit<LogEntry, "uptime"> | undefined {
  if (/table full(?: in netns \d+)?, dropping packet/.test(text)) return { kind: "tableFull", text, meaning: full };
  const martian = /^(?:IPv4: )?martian (source|destination) (\S+) from (\S+), (?:on )?dev (\S+)/.exec(text);
  if (martian) return { kind: "martian", text, meaning: martianMeaning(martian) };
  const packet = readPacketLine(text);
  if (packet) return packetEntry(text, packet);
  const other = /^(?:nf_|xt_|ipt_|ip6?_?tables|ip_set|br_netfilter|nft_|x_tables|conntrack|bridge: filtering)/.test(
    text,
  );
  return other ? { kind: "other", text } : undefined;
}

function martianMeaning([, side, to = "", from = "", device = ""]: RegExpExecArray): string {
  return side === "source"
    ? `A packet from ${from.replace(/,$/, "")} to ${to} came in by ${device}, where that source cannot be: its answer would leave by another interface (rp_filter), or the address is this machine's own. It was dropped before any rule for its destination.`
    : `A packet to ${to}, an address that must not come from the network, came in by ${device} and was dropped.`;
}

function packetEntry(text: string, packet: PacketLine): Omit<LogEntry, "uptime"> {
  const invalid = /^nf_ct_proto_(\d+): (.*)$/.exec(packet.prefix);
  if (invalid) return { kind: "invalid", text, packet, meaning: invalidMeaning(invalid[2] ?? "") };
  return { kind: packet.prefix.startsWith("TRACE: ") ? "trace" : "packet", text, packet };
}

/** What conntrack's complaints mean, by how they begin or what they hold. */
const complaints: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [
    /bad (tcp |udp |icmp )?checksum/,
    "The checksum is wrong: damaged on the way, or left to a network card that a tap or bridge has bypassed.",
  ],
  [/invalid tcp flag combination/, "No TCP has these flags together: a port scan or a broken device."],
  [
    /invalid new/,
    "It belongs to no known connection and cannot begin one: the entry has gone, or the packet came by a way that the first ones did not take.",
  ],
  [
    /over upper bound|ACK is over|future segment/,
    "It acknowledges or sends beyond the window: the router has missed packets, mostly because the other direction takes another way.",
  ],
  [/under the lower bound|ACK is under|already acked|overshot/, "It is an old segment, sent again or very late."],
  [
    /invalid (packet ignored|state|rst|syn)|out of sync|killed/i,
    "It does not fit the state in which the connection is: the entry was taken up in its middle or the other side has forgotten it.",
  ],
  [/truncated|short|too short|malformed/, "It is shorter than its own header says."],
];

function invalidMeaning(complaint: string): string {
  const meaning = complaints.find(([pattern]) => pattern.test(complaint))?.[1];
  return `Conntrack calls this packet invalid (${complaint.trim()}), so that \`ct state invalid\` matches and NAT leaves it alone. ${meaning ?? ""}`.trim();
}

class LogReader implements Following<LogEntry, { readonly count: number }> {
  readonly #lines = new Lines((line) => this.#line(line));
  #entries: LogEntry[] = [];
  #count = 0;

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
  }

  take(): LogEntry[] {
    const entries = this.#entries;
    this.#entries = [];
    return entries;
  }

  end(exit: Exit): Outcome<{ readonly count: number }> {
    if (!exit.cut) this.#lines.end();
    const failure = exit.cut || this.#count > 0 ? undefined : failureOf(kernelLogFollow, exit);
    return failure ? { ok: false, failure } : { ok: true, value: { count: this.#count }, warnings: [] };
  }

  #line(line: string): void {
    const entry = readLogLine(line);
    if (!entry) return;
    this.#count++;
    this.#entries.push(entry);
  }
}
