import type { Packet } from "../packet/packet.js";
import type { Headers, Meta } from "./context.js";
import { type IpNumber, textOf, toAddress, toNumber } from "./ipNumber.js";
import type { Change } from "./trace.js";

/** The headers of a packet, ready to be changed on its way. */
export function headersOf(packet: Packet): Headers {
  return {
    family: packet.saddr.family,
    saddr: toNumber(packet.saddr),
    daddr: toNumber(packet.daddr),
    protocol: packet.protocol,
    sport: packet.sport,
    dport: packet.dport,
    tcpFlags: packet.tcpFlags,
    tcpSeq: packet.tcpSeq,
    tcpAck: packet.tcpAck,
    tcpWindow: packet.tcpWindow,
    tcpMss: packet.tcpMss,
    icmpType: packet.icmpType,
    icmpCode: packet.icmpCode,
    icmpId: packet.icmpId,
    length: packet.length,
    ttl: packet.ttl,
    dscp: packet.dscp,
    ecn: packet.ecn,
    ipId: packet.ipId,
    df: packet.df,
    fragment: packet.fragment,
    etherSaddr: packet.ether?.saddr,
    etherDaddr: packet.ether?.daddr,
    vlan: packet.ether?.vlan,
    payload: packet.payload,
    about: packet.about,
  };
}

/** Bytes behind the TCP header, which is taken to have no options but the MSS. */
export function tcpDataLength({ family, payload, length, tcpMss }: Headers): number {
  if (payload) return payload.length;
  const header = (family === "ipv4" ? 40 : 60) + (tcpMss === undefined ? 0 : 4);
  return Math.max(0, (length ?? header) - header);
}

/** What the kernel keeps beside a packet's headers at its start. */
export function metaOf(packet: Packet): Meta {
  return {
    mark: packet.mark ?? 0,
    priority: packet.priority ?? 0,
    nftrace: false,
    pktType: packet.pktType ?? "host",
    uid: packet.uid,
    gid: packet.gid,
    secmark: 0,
  };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const plainFields = [
  ...(["tcpFlags", "tcpSeq", "tcpAck", "tcpWindow", "tcpMss", "icmpType", "icmpCode", "icmpId", "length"] as const),
  ...(["ttl", "dscp", "ecn", "ipId", "df", "fragment", "payload", "about"] as const),
];

/** The packet that these headers are now; a port that is only a range is left out. `iif` and `boundTo` stay those of `from`. */
export function packetOf(headers: Headers, meta: Meta, from: Pick<Packet, "iif" | "boundTo">): Packet {
  const { family, protocol, sport, dport, etherSaddr, etherDaddr, vlan } = headers;
  const saddr = toAddress(family, headers.saddr);
  const packet: Writable<Packet> = { saddr, daddr: toAddress(family, headers.daddr), protocol, mark: meta.mark };
  if (from.iif !== undefined) packet.iif = from.iif;
  if (from.boundTo !== undefined) packet.boundTo = from.boundTo;
  if (typeof sport === "number") packet.sport = sport;
  if (typeof dport === "number") packet.dport = dport;
  for (const field of plainFields) if (headers[field] !== undefined) Object.assign(packet, { [field]: headers[field] });
  if (etherSaddr !== undefined && etherDaddr !== undefined)
    packet.ether = { saddr: etherSaddr, daddr: etherDaddr, ...(vlan !== undefined && { vlan }) };
  if (meta.priority !== 0) packet.priority = meta.priority;
  if (meta.pktType !== "host") packet.pktType = meta.pktType;
  if (meta.uid !== undefined) packet.uid = meta.uid;
  if (meta.gid !== undefined) packet.gid = meta.gid;
  return packet;
}

/** What NAT may rewrite, kept to tell afterwards what it did. */
export interface Ends {
  readonly saddr: IpNumber;
  readonly daddr: IpNumber;
  readonly sport: Headers["sport"];
  readonly dport: Headers["dport"];
  readonly icmpId: number | undefined;
}

/** The packet's ends as they are now. */
export function endsOf({ saddr, daddr, sport, dport, icmpId }: Headers): Ends {
  return { saddr, daddr, sport, dport, icmpId };
}

/** How the ends differ from those before, in nft's spelling. */
export function changedEnds(before: Ends, now: Headers): Change[] {
  const ip = now.family === "ipv4" ? "ip" : "ip6";
  const transport = transportWord(now.protocol);
  const changes: Change[] = [];
  for (const field of ["saddr", "daddr"] as const)
    if (before[field] !== now[field])
      changes.push({
        field: `${ip} ${field}`,
        before: textOf(now.family, before[field]),
        after: textOf(now.family, now[field]),
      });
  for (const field of ["sport", "dport"] as const)
    if (before[field] !== now[field])
      changes.push({ field: `${transport} ${field}`, ...beforeOf(before[field]), after: portText(now[field]) });
  if (before.icmpId !== now.icmpId)
    changes.push({
      field: now.family === "ipv4" ? "icmp id" : "icmpv6 id",
      ...beforeOf(before.icmpId),
      after: portText(now.icmpId),
    });
  return changes;
}

function beforeOf(port: Headers["sport"]): Pick<Change, "before"> {
  return port === undefined ? {} : { before: portText(port) };
}

function portText(port: Headers["sport"]): string {
  if (port === undefined) return "not known";
  return typeof port === "number" ? `${port}` : `${port.from}-${port.to}`;
}

function transportWord(protocol: number): string {
  const words: Readonly<Record<number, string>> = { 6: "tcp", 17: "udp", 33: "dccp", 132: "sctp", 136: "udplite" };
  return words[protocol] ?? "th";
}
