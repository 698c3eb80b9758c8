import type { Hook } from "../../facts/hooks.js";
import type { Packet } from "../../packet/packet.js";
import { tcpFlag } from "../../packet/packet.js";
import type { Headers, RejectWith } from "../context.js";
import { packetOf } from "../headers.js";
import { type IpNumber, isMulticast, isUnspecified, toAddress } from "../ipNumber.js";
import type { Disposition } from "../trace.js";
import type { Flight } from "./flight.js";
import { emit } from "./local.js";

/** Ends a packet and sends what the rule wants its sender to be told. */
export function rejected(flight: Flight, hook: Hook, wanted: RejectWith, why: string): Disposition {
  const step = flight.lastStep;
  const answer = wanted.tcpReset ? resetOf(flight.headers) : errorOf(flight, hook, wanted);
  if (answer) send(flight, answer);
  return { end: "rejected", why: answer ? why : `${why} (nothing is answered to such a packet)`, step };
}

/** Sends an ICMP error of the kernel's own. */
export function tellSender(flight: Flight, hook: Hook, error: { readonly type: number; readonly code: number }): void {
  const answer = errorOf(flight, hook, error);
  if (answer) send(flight, answer);
}

/** The answer belongs to the packet's connection, which need not be confirmed for that. */
function send(flight: Flight, packet: Packet): void {
  const { tracked, machine, headers, meta } = flight;
  const reflects = machine.sysctls.number(`net.${headers.family}.fwmark_reflect`);
  const answer = flight.offspring(reflects ? { ...packet, mark: meta.mark } : packet);
  const connected = tracked && tracked.state !== "untracked" && tracked.state !== "invalid";
  if (connected) answer.tracked = machine.tracker.attached(tracked, packet.protocol !== 6);
  flight.caused.push(answer.trace(emit(answer)));
}

/** A reset of a TCP segment; none for a reset, and none where it cannot be made out. */
function resetOf(headers: Headers): Packet | undefined {
  const { family, protocol, tcpFlags = 0, fragment, sport, dport, tcpAck, tcpSeq, daddr } = headers;
  if (protocol !== 6 || (tcpFlags & tcpFlag.rst) !== 0 || (fragment?.offset ?? 0) > 0 || isGroup(family, daddr))
    return undefined;
  const acks = (tcpFlags & tcpFlag.ack) !== 0;
  const counted = bit(tcpFlags, tcpFlag.syn) + bit(tcpFlags, tcpFlag.fin) + dataLength(headers);
  return {
    ...turned(headers, daddr),
    protocol: 6,
    ...(typeof dport === "number" && { sport: dport }),
    ...(typeof sport === "number" && { dport: sport }),
    tcpFlags: acks ? tcpFlag.rst : tcpFlag.rst | tcpFlag.ack,
    ...(acks && tcpAck !== undefined && { tcpSeq: tcpAck }),
    ...(!acks && tcpSeq !== undefined && { tcpSeq: 0, tcpAck: (tcpSeq + counted) >>> 0 }),
    tcpWindow: 0,
    length: family === "ipv4" ? 40 : 60,
    dscp: 0,
    ...(family === "ipv4" && { df: true }),
  };
}

function bit(flags: number, flag: number): number {
  return (flags & flag) === 0 ? 0 : 1;
}

/** Bytes behind the TCP header, which is taken to have no options but the MSS. */
function dataLength({ family, payload, length, tcpMss }: Headers): number {
  if (payload) return payload.length;
  const header = (family === "ipv4" ? 40 : 60) + (tcpMss === undefined ? 0 : 4);
  return Math.max(0, (length ?? header) - header);
}

const errorTypes = { ipv4: new Set([3, 4, 5, 11, 12]), ipv6: new Set([1, 2, 3, 4]) };

/** An ICMP error about the packet; none about errors, later fragments, groups and broadcasts. */
function errorOf(
  flight: Flight,
  hook: Hook,
  { type, code }: { readonly type: number; readonly code: number },
): Packet | undefined {
  const { headers, meta, packet } = flight;
  const { family, protocol, icmpType, fragment, saddr, daddr, dscp = 0, length } = headers;
  const own = family === "ipv4" ? 1 : 58;
  if (protocol === own && icmpType !== undefined && errorTypes[family].has(icmpType)) return undefined;
  if ((fragment?.offset ?? 0) > 0 || isUnspecified(saddr) || isGroup(family, daddr) || isGroup(family, saddr))
    return undefined;
  const overhead = family === "ipv4" ? 28 : 48;
  const most = family === "ipv4" ? 576 : 1280;
  return {
    ...turned(headers, speaker(flight, hook)),
    protocol: own,
    icmpType: type,
    icmpCode: code,
    ...(length !== undefined && { length: Math.min(length + overhead, most) }),
    dscp: family === "ipv4" ? (dscp & 0x7) | 0x30 : 0,
    about: packetOf(headers, meta, packet),
  };
}

/**
 * In whose name an error speaks: the address that was asked where the packet is for this machine itself; else IPv6 takes one of
 * the interface that the packet came in by, and IPv4 leaves it to routing.
 */
function speaker({ headers, machine, iif, oif }: Flight, hook: Hook): IpNumber {
  const { family, saddr, daddr } = headers;
  const isForItself = hook === "input" || oif?.type === "loopback" || iif?.type === "loopback";
  if (family === "ipv4") return isForItself ? daddr : 0;
  if (machine.interfaces.owns(daddr)) return daddr;
  return (iif && machine.interfaces.sourceTowards(iif.name, family, saddr)) ?? 0n;
}

function turned({ family, saddr }: Headers, speaker: IpNumber): Pick<Packet, "saddr" | "daddr" | "ttl" | "ecn"> {
  return { saddr: toAddress(family, speaker), daddr: toAddress(family, saddr), ttl: 64, ecn: 0 };
}

function isGroup(family: Headers["family"], address: IpNumber): boolean {
  return isMulticast(family, address) || address === 0xffff_ffff;
}
