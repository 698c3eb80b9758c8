import { icmpTypes, icmpv6Types } from "../../../netfilter/facts/icmp.js";
import { protocolAt } from "../../../netfilter/facts/protocols.js";
import type { TracedPacket } from "../../../netfilter/observe/trace/event.js";
import { type Packet, tcpFlag } from "../../../netfilter/packet/packet.js";
import { address } from "../world.js";

const flagBits: Readonly<Record<string, number>> = tcpFlag;

/** A recorded packet as it came to the router or left its programs. The lab's SYNs all carry an MSS of 1460. */
export function packetOf(seen: TracedPacket): Packet {
  const [saddr, daddr] = [address(seen.source ?? ""), address(seen.destination ?? "")];
  const six = saddr.family === "ipv6";
  const flags = seen.tcpFlags?.reduce((sum, name) => sum + (flagBits[name] ?? 0), 0);
  return {
    ...(seen.iif === undefined ? bound(seen) : { iif: seen.iif }),
    saddr,
    daddr,
    protocol: protocolOf(seen, six),
    ...given({ sport: seen.sourcePort, dport: seen.destinationPort, ttl: seen.ttl, ipId: seen.ipId }),
    ...given({ tcpSeq: seen.sequence, tcpFlags: flags, length: lengthOf(seen, six) }),
    ...(flags !== undefined && flags & tcpFlag.syn && { tcpMss: 1460 }),
    ...icmpOf(seen, six),
  };
}

function given<Fields extends object>(fields: Fields): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** Neighbour discovery chooses its device itself. */
function bound({ destination = "", oif }: TracedPacket): Partial<Packet> {
  return /^f[ef]/.test(destination) && oif !== undefined ? { boundTo: oif } : {};
}

function protocolOf({ protocol = "udp" }: TracedPacket, six: boolean): number {
  if (protocol.includes("icmp")) return six ? 58 : 1;
  const known = [6, 17].find((number) => protocolAt(number)?.name === protocol);
  if (known === undefined) throw new Error(`no protocol of the lab: ${protocol}`);
  return known;
}

/** nft shows IPv6's length as it stands in the header, which does not count itself. */
function lengthOf({ length }: TracedPacket, six: boolean): number | undefined {
  return length !== undefined && six ? length + 40 : length;
}

function icmpOf({ icmpType, text }: TracedPacket, six: boolean): Partial<Packet> {
  if (icmpType === undefined) return {};
  const types = six ? icmpv6Types : icmpTypes;
  const type = types.find(({ name, number }) => name === icmpType || String(number) === icmpType)?.number;
  if (type === undefined) throw new Error(`no ICMP type: ${icmpType}`);
  return { icmpType: type, icmpCode: 0, ...given({ icmpId: icmpIdIn(text) }) };
}

/** nft takes the identifier and number of an ICMPv6 echo for a pointer. */
function icmpIdIn(text: string): number | undefined {
  const [, id, pointer] = /(?:\bicmp id |\bICMPID=)(\d+)|\bparameter-problem (\d+)/.exec(text) ?? [];
  if (id !== undefined) return Number(id);
  return pointer === undefined ? undefined : Number(pointer) >>> 16;
}

/** The reset with which the router's own TCP answers what no program listens for; undefined where it says nothing. */
export function resetOf(last: Packet, listening: readonly number[] = []): Packet | undefined {
  const { protocol, saddr, daddr, sport, dport, tcpFlags = 0 } = last;
  if (protocol !== 6 || sport === undefined || dport === undefined) return undefined;
  if (tcpFlags & tcpFlag.rst || listening.includes(dport)) return undefined;
  const flags = tcpFlags & tcpFlag.ack ? tcpFlag.rst : tcpFlag.rst | tcpFlag.ack;
  const ends = { saddr: daddr, daddr: saddr, sport: dport, dport: sport };
  return { ...ends, protocol, tcpFlags: flags, ttl: 64, length: 40 };
}
