import type { Hook } from "../../facts/hooks.js";
import type { Packet } from "../../packet/packet.js";
import { tcpFlag } from "../../packet/packet.js";
import type { Headers, RejectWith } from "../context.js";
import { packetOf, tcpDataLength } from "../headers.js";
import { type IpNumber, isMulticast, isUnspecified, toAddress } from "../ipNumber.js";
import type { Decision } from "../routing/decision.js";
import type { Disposition } from "../trace.js";
import type { Flight } from "./flight.js";
import { sendOff } from "./local.js";
import { outputOf, routedOut } from "./reroute.js";

/** Ends a packet and sends what the rule wants its sender to be told. */
export function rejected(flight: Flight, hook: Hook, wanted: RejectWith, why: string): Disposition {
  const step = flight.lastStep;
  const answer = answerOf(flight, hook, wanted);
  // The program's socket is at hand there, and IPv4 routes the reset as bound as the packet was.
  const bound = wanted.tcpReset && hook === "output" && flight.family === "ip" ? flight.packet.boundTo : undefined;
  if (answer) send(flight, answer, bound);
  return { end: "rejected", why: answer ? why : `${why} (nothing is answered to such a packet)`, step };
}

function answerOf(flight: Flight, hook: Hook, wanted: RejectWith): Packet | undefined {
  const isRouted = hook !== "prerouting" || flight.iif?.type === "loopback";
  const back = isRouted ? undefined : wayBack(flight);
  if (back?.goes === "nowhere") return undefined;
  if (wanted.tcpReset) return resetOf(flight.headers);
  if (hook === "output" && isReply(flight.headers)) return undefined;
  const isLocal = back?.goes === "out" ? back.oif.type === "loopback" : isForItself(flight, hook);
  return errorOf(flight, speaker(flight, isLocal), wanted);
}

/** The kernel's own ICMP replies: while it sends one, it sends no error about it. */
function isReply({ family, protocol, icmpType }: Headers): boolean {
  return family === "ipv4"
    ? protocol === 1 && (icmpType === 0 || icmpType === 14)
    : protocol === 58 && icmpType === 129;
}

/** Before a packet is routed, its rejection looks for a way to its sender by the address alone. */
function wayBack(flight: Flight): Decision {
  const { family, saddr } = flight.headers;
  const nobody = { mark: 0, tos: 0, protocol: 0, sport: 0, dport: 0, uid: 0, iif: "lo", oif: undefined };
  const flow = { ...nobody, family, saddr: family === "ipv4" ? 0 : 0n, daddr: saddr };
  return flight.machine.routing.output(flow, flight.iif?.name, flight);
}

/** Sends an ICMP error of the kernel's own. */
export function tellSender(flight: Flight, hook: Hook, error: { readonly type: number; readonly code: number }): void {
  const answer = errorOf(flight, speaker(flight, isForItself(flight, hook)), error);
  if (answer) send(flight, answer);
}

/** The answer belongs to the packet's connection, which need not be confirmed for that; one without a way changes nothing. */
function send(flight: Flight, packet: Packet, boundTo?: string): void {
  const { tracked, machine, headers, meta } = flight;
  const reflects = machine.sysctls.number(`net.${headers.family}.fwmark_reflect`);
  const answer = flight.offspring(reflects ? { ...packet, mark: meta.mark } : packet);
  const lost = routedOut(answer, () => outputOf(answer, boundTo));
  const connected = tracked && tracked.state !== "untracked" && tracked.state !== "invalid";
  if (connected && !lost) answer.tracked = machine.tracker.attached(tracked, packet.protocol !== 6);
  answer.isTiedToNone = tracked?.state === "untracked";
  flight.caused.push(answer.trace(lost ?? sendOff(answer)));
}

/** A reset of a TCP segment; none for a reset, and none where it cannot be made out. */
function resetOf(headers: Headers): Packet | undefined {
  const { family, protocol, tcpFlags = 0, fragment, sport, dport, tcpAck, tcpSeq, daddr } = headers;
  if (protocol !== 6 || (tcpFlags & tcpFlag.rst) !== 0 || (fragment?.offset ?? 0) > 0 || isGroup(family, daddr))
    return undefined;
  const acks = (tcpFlags & tcpFlag.ack) !== 0;
  const counted = bit(tcpFlags, tcpFlag.syn) + bit(tcpFlags, tcpFlag.fin) + tcpDataLength(headers);
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

const errorTypes = { ipv4: new Set([3, 4, 5, 11, 12]), ipv6: new Set([1, 2, 3, 4]) };

/** An ICMP error about the packet; none about errors, later fragments, groups and broadcasts. */
function errorOf(
  flight: Flight,
  source: IpNumber | undefined,
  { type, code }: { readonly type: number; readonly code: number },
): Packet | undefined {
  const { headers, meta, packet } = flight;
  const { family, protocol, icmpType, fragment, saddr, daddr, dscp = 0, length } = headers;
  const own = family === "ipv4" ? 1 : 58;
  if (protocol === own && icmpType !== undefined && errorTypes[family].has(icmpType)) return undefined;
  if ((fragment?.offset ?? 0) > 0 || isUnspecified(saddr) || isGroup(family, daddr) || isGroup(family, saddr))
    return undefined;
  if (source === undefined) return undefined;
  const overhead = family === "ipv4" ? 28 : 48;
  const most = family === "ipv4" ? 576 : 1280;
  return {
    ...turned(headers, source),
    protocol: own,
    icmpType: type,
    icmpCode: code,
    ...(length !== undefined && { length: Math.min(length + overhead, most) }),
    dscp: family === "ipv4" ? (dscp & 0x7) | 0x30 : 0,
    about: packetOf(headers, meta, packet),
  };
}

function isForItself({ iif, oif }: Flight, hook: Hook): boolean {
  return hook === "input" || oif?.type === "loopback" || iif?.type === "loopback";
}

/**
 * In whose name an error speaks. `isLocal`: the packet's route leads to this machine; IPv4 then takes the address that was
 * asked, if that is its own, and undefined means that it fails; else it leaves it to routing. IPv6 takes one of the interface
 * that the packet came in by, if the address that was asked is not its own.
 */
function speaker(flight: Flight, isLocal: boolean): IpNumber | undefined {
  const { headers, machine, iif } = flight;
  const { family, saddr, daddr } = headers;
  if (family === "ipv4") {
    if (!isLocal) return 0;
    const type = machine.routing.fib({ address: daddr }, family, flight)?.type;
    return type === undefined || type === "local" ? daddr : undefined;
  }
  if (machine.interfaces.owns(daddr)) return daddr;
  return (iif && machine.interfaces.sourceTowards(iif.name, family, saddr)) ?? 0n;
}

function turned({ family, saddr }: Headers, speaker: IpNumber): Pick<Packet, "saddr" | "daddr" | "ttl" | "ecn"> {
  return { saddr: toAddress(family, speaker), daddr: toAddress(family, saddr), ttl: 64, ecn: 0 };
}

function isGroup(family: Headers["family"], address: IpNumber): boolean {
  return isMulticast(family, address) || address === 0xffff_ffff;
}
