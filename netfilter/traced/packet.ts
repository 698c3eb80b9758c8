import { icmpTypes, icmpv6Types } from "../facts/icmp.js";
import { findConstant, findDatatype } from "../facts/nft/index.js";
import { protocolAt, protocols } from "../facts/protocols.js";
import { given, numberIn, type TracedPacket } from "../observe/trace/event.js";
import { type Address, parseAddress } from "../packet/address.js";
import { type Packet, tcpFlag } from "../packet/packet.js";
import { flagNames, type GivenPacket } from "../packet/packetJson.js";

/**
 * A packet as it was first seen in a trace, for the simulator; `oif` is by which interface it was seen to leave later. Undefined
 * when an address or the protocol was not told.
 */
export function givenPacketOf(seen: TracedPacket, oif = seen.oif): GivenPacket | undefined {
  const ends = endsOf(seen);
  const protocol = ends && protocolOf(seen, ends.saddr);
  if (!ends || protocol === undefined) return undefined;
  const packet: Packet = { ...cameBy(seen), ...ends, protocol, ...headersOf(seen, ends.saddr) };
  return { packet, ...(oif !== undefined && { oif }) };
}

/** What is told of a packet, with unspecified addresses and protocol 255 in place of what is not: enough to draw its way. */
export function toldPacketOf(seen: TracedPacket | undefined, isIp6: boolean): Packet {
  const ends = seen && endsOf(seen);
  const nowhere: Address = { family: isIp6 ? "ipv6" : "ipv4", value: 0n };
  const { saddr, daddr } = ends ?? { saddr: nowhere, daddr: nowhere };
  if (!seen) return { saddr, daddr, protocol: untold };
  return { ...cameBy(seen), saddr, daddr, protocol: protocolOf(seen, saddr) ?? untold, ...headersOf(seen, saddr) };
}

/** A number that no protocol has. */
const untold = 255;

/** The packet in the words of the packet form: only fields that the trace tells. */
export function formOf(seen: TracedPacket): Record<string, string> {
  const packet = givenPacketOf(seen)?.packet ?? toldPacketOf(seen, seen.source?.includes(":") ?? false);
  const { protocol, tcpFlags, icmpType, mark } = packet;
  return given({
    iif: packet.iif,
    oif: seen.oif,
    saddr: seen.source,
    daddr: seen.destination,
    protocol: protocol === untold ? undefined : (protocolAt(protocol)?.name ?? String(protocol)),
    sport: textOf(packet.sport),
    dport: textOf(packet.dport),
    flags: tcpFlags === undefined ? undefined : flagNames(tcpFlags),
    icmpType: icmpType === undefined ? undefined : (typeNamed(icmpType, protocol) ?? String(icmpType)),
    mark: mark === undefined ? undefined : `0x${mark.toString(16)}`,
  }) as Record<string, string>;
}

function textOf(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** `lan0 tcp 192.168.1.10:40000 > 203.0.113.10:80 syn`: what is not told is left out. */
export function tracedTitle(seen: TracedPacket | undefined): string {
  if (!seen) return "a packet that the trace does not show";
  const { iif, source, destination, sourcePort, destinationPort, protocol, tcpFlags, icmpType, text } = seen;
  if (source === undefined || destination === undefined) return text;
  const flags = tcpFlags?.join(",");
  const type = icmpType === undefined ? undefined : `type ${icmpType}`;
  const parts = [iif ?? "local", protocol, endText(source, sourcePort), ">", endText(destination, destinationPort)];
  return [...parts, flags, type].filter(Boolean).join(" ");
}

function endText(address: string, port: number | undefined): string {
  if (port === undefined) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function endsOf({ source, destination }: TracedPacket): { saddr: Address; daddr: Address } | undefined {
  const [saddr, daddr] = [source, destination].map((text) => text && parseAddress(text, "nftables"));
  return saddr && daddr && saddr.family === daddr.family ? { saddr, daddr } : undefined;
}

/** Neighbour discovery and other multicast of this machine chooses its device itself. */
function cameBy({ iif, oif, destination = "" }: TracedPacket): Partial<Packet> {
  if (iif !== undefined) return { iif };
  return oif !== undefined && /^f(?:f|e[89ab])/i.test(destination) ? { boundTo: oif } : {};
}

/** The number of what a tool writes. */
function protocolOf({ protocol, icmpType }: TracedPacket, { family }: Address): number | undefined {
  const word = protocol ?? (icmpType === undefined ? undefined : "icmp");
  if (word === undefined) return undefined;
  if (word === "icmp" || word === "icmpv6" || word === "ipv6-icmp") return family === "ipv6" ? 58 : 1;
  return numberIn(word) ?? numberNamed(word);
}

function numberNamed(word: string): number | undefined {
  for (const [name, number] of protocols) if (name.toLowerCase() === word.toLowerCase()) return number;
  return undefined;
}

function headersOf(seen: TracedPacket, { family }: Address): Partial<Packet> {
  const isIp6 = family === "ipv6";
  const flags = seen.tcpFlags?.reduce((sum, name) => sum + (flagBits[name] ?? 0), 0);
  return given({
    sport: seen.sourcePort,
    dport: seen.destinationPort,
    ttl: seen.ttl,
    ipId: seen.ipId,
    tcpFlags: flags,
    tcpSeq: seen.sequence,
    length: lengthOf(seen, isIp6),
    dscp: valueIn(/\bip6? dscp (\S+)/, "dscp", seen),
    ecn: valueIn(/\bip6? ecn (\S+)/, "ecn", seen),
    tcpWindow: valueIn(/\btcp window (\d+)/, "integer", seen),
    mark: seen.iif === undefined ? seen.mark : undefined,
    ...icmpOf(seen, isIp6),
  });
}

const flagBits: Readonly<Record<string, number>> = { ...tcpFlag, ecn: tcpFlag.ece };

/** nft shows IPv6's length as it stands in the header, which does not count itself; the kernel log counts it. */
function lengthOf({ length, text }: TracedPacket, isIp6: boolean): number | undefined {
  return length !== undefined && isIp6 && /\bip6 length \d/.test(text) ? length + 40 : length;
}

function icmpOf({ icmpType, text }: TracedPacket, isIp6: boolean) {
  if (icmpType === undefined) return {};
  const number = (isIp6 ? icmpv6Types : icmpTypes).find(({ name }) => name === icmpType)?.number ?? numberIn(icmpType);
  const code = valueIn(/\b(?:icmp(?:v6)? code |CODE=)(\S+)/, isIp6 ? "icmpv6_code" : "icmp_code", { text });
  return { icmpType: number, icmpCode: code, icmpId: icmpIdIn(text) };
}

/** A value that nft writes by name or number, as its data type has it. */
function valueIn(pattern: RegExp, type: string, { text }: Pick<TracedPacket, "text">): number | undefined {
  const word = pattern.exec(text)?.[1];
  const datatype = findDatatype(type);
  const constant = word === undefined || !datatype ? undefined : findConstant(datatype, word)?.value;
  return numberIn(word) ?? (constant === undefined ? undefined : Number(constant));
}

/** nft takes the identifier and number of an ICMPv6 echo for a pointer. */
function icmpIdIn(text: string): number | undefined {
  const [, id, pointer] = /(?:\bicmp(?:v6)? id |\bICMPID=)(\d+)|\bparameter-problem (\d+)/.exec(text) ?? [];
  if (id !== undefined) return Number(id);
  return pointer === undefined ? undefined : Number(pointer) >>> 16;
}

function typeNamed(number: number, protocol: number): string | undefined {
  return (protocol === 58 ? icmpv6Types : icmpTypes).find((type) => type.number === number)?.name;
}
