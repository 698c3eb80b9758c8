import type { Family } from "../../facts/hooks.js";
import {
  given,
  numberIn,
  type TracedConnection,
  type TracedPacket,
  type TraceEvent,
  type TraceVerdict,
} from "./event.js";

const line =
  /^(?:.{0,80}?\s)?trace id ([\da-f]+) (ip6?|inet|arp|bridge|netdev) (\S+) (\S+) (packet:|conntrack:|rule|verdict|policy|unknown)\s?(.*)$/;

/** Whether a line of `nft monitor trace` goes on in the next one: a rule that holds a chain is written on several. */
export function goesOn(text: string): boolean {
  return /\btrace id [\da-f]+ \S+ \S+ \S+ rule .*\{\s*$/.test(text);
}

/** Whether a line is the last of such a rule. */
export function isLastLine(text: string): boolean {
  return /\(verdict [^()]*\)\s*$/.test(text);
}

/** Reads a line of `nft monitor trace`, with `-a` or without, perhaps behind a time; undefined for all else. */
export function readNftTrace(text: string): TraceEvent | undefined {
  const [, id = "", family, table = "", chain = "", kind, rest = ""] = line.exec(text.trim()) ?? [];
  if (kind === undefined) return undefined;
  const place = { by: "nft", id, family: family as Family, table, chain } as const;
  if (kind === "packet:") return { ...place, kind: "packet", packet: readPacket(rest) };
  if (kind === "conntrack:") return { ...place, kind: "conntrack", connection: readConnection(rest) };
  const mark = numberIn(/ ?meta mark (0x[\da-f]+|\d+)\s*$/.exec(rest)?.[1]);
  const marked = { ...place, ...(mark !== undefined && kind !== "rule" && { mark }) };
  if (kind === "rule") return { ...place, kind: "rule", ...readRule(rest) };
  if (kind === "unknown") return { ...place, kind: "rule", ...readUnknown(rest) };
  const verdict = readVerdict(rest);
  if (kind === "policy") return { ...marked, kind: "policy", verdict };
  const ended = verdict.kind === "continue" || verdict.kind === "return";
  return ended ? { ...marked, kind: "return" } : { ...marked, kind: "rule", verdict };
}

/** The verdict stands in the last brackets; the rule before it may have brackets of its own. */
function readRule(text: string): { rule: string; handle?: number; verdict?: TraceVerdict } {
  const [, rule = text, verdict] = /^(.*?)\s*\(verdict ([^()]*)\)[^()]*$/.exec(text) ?? [];
  const [commented = "", handle] = /\s*# handle (\d+)\s*$/.exec(rule) ?? [];
  return {
    rule: rule.slice(0, rule.length - commented.length).trim(),
    ...(handle !== undefined && { handle: Number(handle) }),
    ...(verdict !== undefined && { verdict: readVerdict(verdict) }),
  };
}

/** A rule that came after the monitor's start, or stands in a chain without a name. */
function readUnknown(text: string): { handle?: number; verdict?: TraceVerdict } {
  const [, handle, verdict] = /^rule handle (\d+) \(verdict ([^()]*)\)/.exec(text) ?? [];
  return handle === undefined ? {} : { handle: Number(handle), verdict: readVerdict(verdict ?? "") };
}

function readVerdict(text: string): TraceVerdict {
  const [, kind = "", target] = /^(\w+)(?: (?!meta\b)(\S+))?/.exec(text) ?? [];
  if ((kind === "jump" || kind === "goto") && target !== undefined) return { kind, target };
  if (kind === "accept" || kind === "drop" || kind === "continue" || kind === "return" || kind === "stolen")
    return { kind };
  const queue = numberIn(target);
  return kind === "queue" ? { kind, ...(queue !== undefined && { queue }) } : { kind: "unknown" };
}

function readConnection(text: string): TracedConnection {
  const word = (name: string) => new RegExp(`\\bct ${name} (\\S+)`).exec(text)?.[1];
  return given({
    direction: word("direction") as TracedConnection["direction"],
    state: word("state"),
    status: word("status")?.split(",") ?? [],
    connectionId: numberIn(word("id")),
  });
}

function readPacket(text: string): TracedPacket {
  const word = (pattern: RegExp) => pattern.exec(text)?.[1]?.replaceAll('"', "");
  const number = (pattern: RegExp) => numberIn(word(pattern));
  return given({
    iif: word(/\biif (\S+)/),
    oif: word(/\boif (\S+)/),
    source: word(/\bip6? saddr (\S+)/) ?? word(/\barp saddr ip (\S+)/),
    destination: word(/\bip6? daddr (\S+)/) ?? word(/\barp daddr ip (\S+)/),
    protocol:
      word(/ (tcp|udp|udplite|sctp|dccp) sport /) ??
      word(/ (icmp|icmpv6) type /) ??
      word(/\bip6? (?:protocol|nexthdr) (\S+)/),
    sourcePort: number(/ \w+ sport (\S+)/),
    destinationPort: number(/ \w+ dport (\S+)/),
    ttl: number(/\bip ttl (\S+)/) ?? number(/\bip6 hoplimit (\S+)/),
    length: number(/\bip6? length (\S+)/),
    ipId: number(/\bip id (\S+)/),
    tcpFlags: readFlags(word(/\btcp flags == (.+?) tcp window/)),
    icmpType: word(/ icmp(?:v6)? type (\S+)/),
    text: text.trim(),
  });
}

const flagBits = ["fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr"];

/** Names with `|` or commas between, or a number when the tool was asked for numbers. */
function readFlags(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const bits = numberIn(text);
  if (bits !== undefined) return flagBits.filter((_, bit) => bits & (1 << bit));
  return text.split(/[^a-z]+/).filter(Boolean);
}
