import { maskLength, type Network } from "../../packet/address.js";

/** Which packets a live trace is about. What is absent is not compared; IPv4 and IPv6 alike where no address says which. */
export interface TracePattern extends TraceEnds {
  /** The interface by which they come in; a packet of the router's own has none and does not match then. */
  readonly iif?: string;
  /** The number of the transport protocol: 6 is TCP. */
  readonly protocol?: number;
  /** Of ICMP, or of ICMPv6 where `protocol` is 58. */
  readonly icmpType?: number;
  /** Compared after the mangle rules of the first hook, for before them no rule has set a mark. */
  readonly mark?: number;
  /** The other direction too: with ends swapped, or as `replyTuple` says. */
  readonly replies: boolean;
  /** How the answers come back where NAT changes addresses: the reply tuple of the conntrack entry. */
  readonly replyTuple?: TraceEnds;
}

/** Sender and receiver; ports are those of TCP, UDP, UDP-Lite, SCTP and DCCP. */
export interface TraceEnds {
  readonly saddr?: Network;
  readonly daddr?: Network;
  readonly sport?: number;
  readonly dport?: number;
}

/** How long and how much is traced. */
export interface TraceLimits {
  /** After so many it stops by itself: 1 to 600. */
  readonly seconds: number;
  /** Packets a second whose way is traced: 1 to 1000. Each gives several events, and beyond 3,000 packets a second some are lost. */
  readonly packetsPerSecond: number;
  /** So many at once before the rate counts: 1 to 1000. */
  readonly burst: number;
}

/** What is traced where nobody says otherwise. */
export const usualTraceLimits: TraceLimits = { seconds: 60, packetsPerSecond: 20, burst: 20 };

/** Why such a trace cannot be asked for, in sentences; none when it can. Also for values that no type has checked. */
export function traceProblems(pattern: TracePattern, limits: TraceLimits): string[] {
  return [...patternProblems(pattern), ...limitProblems(limits)];
}

const protocolsWithPorts = [6, 17, 33, 132, 136];

/** Whether the protocol's header has ports; the one that is not said may have some. */
export function hasPorts(protocol: number | undefined): boolean {
  return protocol === undefined || protocolsWithPorts.includes(protocol);
}

function patternProblems(pattern: TracePattern): string[] {
  const { iif, protocol, icmpType, mark, replies, replyTuple } = pattern;
  const ends = [pattern, replyTuple ?? {}];
  const networks = ends.flatMap(({ saddr, daddr }) => [saddr, daddr]).filter((network) => network !== undefined);
  const ports = ends.flatMap(({ sport, dport }) => [sport, dport]).filter((port) => port !== undefined);
  const families = new Set(networks.map(({ family }) => family));
  const wrongFamily = (protocol === 1 && families.has("ipv6")) || (protocol === 58 && families.has("ipv4"));
  return [
    [!networks.every(isNetwork), "An address is not one of IPv4 or IPv6 with a mask of leading ones."],
    [families.size > 1, "The addresses are of different families: both are IPv4 or both IPv6."],
    [wrongFamily, "icmp is IPv4's protocol and icmpv6 IPv6's: the addresses are of the other family."],
    [iif !== undefined && !isInterface(iif), interfaceProblem],
    [protocol !== undefined && !isNumber(protocol, 0, 255), "A protocol is a number from 0 to 255."],
    [!ports.every((port) => isNumber(port, 0, 65_535)), "A port is a number from 0 to 65535."],
    [ports.length > 0 && !hasPorts(protocol), "Only TCP, UDP, UDP-Lite, SCTP and DCCP have ports."],
    [icmpType !== undefined && !isNumber(icmpType, 0, 255), "A type of ICMP is a number from 0 to 255."],
    [icmpType !== undefined && protocol !== 1 && protocol !== 58, "Only icmp and icmpv6 have a type."],
    [mark !== undefined && !isNumber(mark, 0, 0xffff_ffff), "A mark is a number of 32 bits."],
    [typeof replies !== "boolean", "Whether answers are traced too is yes or no."],
  ].flatMap(([wrong, sentence]) => (wrong ? [String(sentence)] : []));
}

const interfaceProblem =
  "An interface's name has 1 to 15 letters, digits and signs out of . _ - + @ = and a comma, and no other can be traced.";

/** Names that both tools take as they are; the kernel allows more, but hardly anybody has them. */
function isInterface(name: unknown): boolean {
  return typeof name === "string" && /^[\w.@=,+-]{1,15}$/.test(name) && !/^(\.\.?|[-+].*|.*\+)$/.test(name);
}

function isNetwork(network: Network): boolean {
  const { family, value, mask } = network;
  if (family !== "ipv4" && family !== "ipv6") return false;
  const end = family === "ipv4" ? 1n << 32n : 1n << 128n;
  const fits = (bits: unknown) => typeof bits === "bigint" && bits >= 0n && bits < end;
  return fits(value) && fits(mask) && maskLength(network) !== undefined;
}

function limitProblems({ seconds, packetsPerSecond, burst }: TraceLimits): string[] {
  const wrong: string[] = [];
  if (!isNumber(seconds, 1, 600)) wrong.push("A trace lasts from 1 to 600 seconds.");
  if (!isNumber(packetsPerSecond, 1, 1000)) wrong.push("A trace takes from 1 to 1000 packets a second.");
  if (!isNumber(burst, 1, 1000)) wrong.push("A trace takes from 1 to 1000 packets at once.");
  return wrong;
}

function isNumber(value: unknown, from: number, to: number): boolean {
  return Number.isInteger(value) && (value as number) >= from && (value as number) <= to;
}
