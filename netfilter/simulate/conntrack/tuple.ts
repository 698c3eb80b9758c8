import { type Address, type AddressFamily, widths } from "../../packet/address.js";
import type { Packet } from "../../packet/packet.js";
import type { Headers, Headline } from "../context.js";
import type { PortRange, Tuple } from "../state.js";

/**
 * One direction of a connection in the kernel's manner: ICMP's identifier stands as source port, its type and code together as
 * destination port, protocols without ports have 0.
 */
export interface Direction {
  readonly family: AddressFamily;
  readonly saddr: number | bigint;
  readonly daddr: number | bigint;
  readonly protocol: number;
  readonly sport: number | PortRange;
  readonly dport: number | PortRange;
}

export const icmp = 1;
export const icmp6 = 58;
const withPorts = new Set([6, 17, 33, 132, 136]);

/** Requests and their answers, both ways. */
const answers: Readonly<Record<number, ReadonlyMap<number, number>>> = {
  [icmp]: bothWays([8, 0], [13, 14], [15, 16], [17, 18]),
  [icmp6]: bothWays([128, 129], [139, 140]),
};

function bothWays(...pairs: readonly [number, number][]): ReadonlyMap<number, number> {
  return new Map(pairs.flatMap(([request, reply]) => [[request, reply] as const, [reply, request] as const]));
}

/** True for protocols that conntrack tells apart by ports. */
export function hasPorts(protocol: number): boolean {
  return withPorts.has(protocol);
}

/** True for ICMP of the packet's family. */
export function isIcmp(protocol: number): boolean {
  return protocol === icmp || protocol === icmp6;
}

/** The direction that a packet goes; undefined when its ports or its ICMP type are not known. */
export function directionOf(headers: Headers): Direction | undefined {
  const { family, saddr, daddr, protocol } = headers;
  const ends = endsOf(headers);
  return ends && { family, saddr, daddr, protocol, ...ends };
}

function endsOf(packet: Pick<Headers, "protocol" | "sport" | "dport" | "icmpType" | "icmpCode" | "icmpId">) {
  const { protocol, sport, dport, icmpType, icmpCode = 0, icmpId = 0 } = packet;
  if (isIcmp(protocol)) return icmpType === undefined ? undefined : { sport: icmpId, dport: icmpType * 256 + icmpCode };
  if (!hasPorts(protocol)) return { sport: 0, dport: 0 };
  return sport === undefined || dport === undefined ? undefined : { sport, dport };
}

/** The direction of the packet that an ICMP error is about. */
export function directionOfPacket(packet: Packet): Direction | undefined {
  const ends = endsOf({ ...noEnds, ...packet });
  const { saddr, daddr, protocol } = packet;
  return ends && { family: saddr.family, saddr: plain(saddr), daddr: plain(daddr), protocol, ...ends };
}

const noEnds = { sport: undefined, dport: undefined, icmpType: undefined, icmpCode: undefined, icmpId: undefined };

/** The direction in which answers come; undefined for ICMP that is never answered. */
export function inverse(direction: Direction): Direction | undefined {
  const { family, saddr, daddr, protocol, sport, dport } = direction;
  if (!isIcmp(protocol)) return { family, saddr: daddr, daddr: saddr, protocol, sport: dport, dport: sport };
  const type = (dport as number) >> 8;
  const answer = answers[protocol]?.get(type);
  if (answer === undefined) return undefined;
  return { family, saddr: daddr, daddr: saddr, protocol, sport, dport: answer * 256 + ((dport as number) & 255) };
}

/** True when nothing in it is left open. */
export function isCertain({ sport, dport }: Direction): boolean {
  return typeof sport === "number" && typeof dport === "number";
}

/** One text for each direction; ports that are left open are told apart by their range. */
export function keyOf({ saddr, daddr, protocol, sport, dport }: Direction, zone: number): string {
  return `${saddr} ${daddr} ${protocol} ${portKey(sport)} ${portKey(dport)} ${zone}`;
}

function portKey(port: number | PortRange): string {
  return typeof port === "number" ? `${port}` : `${port.from}-${port.to}`;
}

/** True when a port is, or may be, the other. */
export function covers(port: number | PortRange, other: number | PortRange): boolean {
  if (typeof port === "number") return port === other;
  return typeof other === "number" ? other >= port.from && other <= port.to : true;
}

/** As rules ask for it. */
export function headline({ saddr, daddr, protocol, sport, dport }: Direction): Headline {
  return { saddr, daddr, protocol, sport, dport };
}

/** As tools print it. */
export function tupleOf(direction: Direction): Tuple {
  const { family, protocol, sport, dport } = direction;
  const ends = {
    saddr: { family, value: BigInt(direction.saddr) },
    daddr: { family, value: BigInt(direction.daddr) },
    protocol,
  };
  if (isIcmp(protocol)) {
    const typeAndCode = dport as number;
    return { ...ends, icmpType: typeAndCode >> 8, icmpCode: typeAndCode & 255, icmpId: sport as number };
  }
  return hasPorts(protocol) ? { ...ends, sport, dport } : ends;
}

/** From what a tool printed. */
export function directionOfTuple(tuple: Tuple): Direction {
  const { saddr, daddr, protocol, sport = 0, dport = 0, icmpType = 0, icmpCode = 0, icmpId = 0 } = tuple;
  const ends = isIcmp(protocol) ? { sport: icmpId, dport: icmpType * 256 + icmpCode } : { sport, dport };
  return { family: saddr.family, saddr: plain(saddr), daddr: plain(daddr), protocol, ...ends };
}

/** An address as headers hold it. */
export function plain({ family, value }: Address): number | bigint {
  return widths[family] > 48 ? value : Number(value);
}
