import type { Headers, Passage } from "../context.js";
import { rawBits } from "./raw.js";
import type { Read } from "./reading.js";

/** Reads one field of the headers. */
export type Reader = (passage: Passage) => Read;

/** Protocols whose header starts with two ports. */
const withPorts: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);

const unknown: Reader = () => undefined;
const absent: Reader = () => null;

/** True where the packet carries the start of its transport header: fragments behind the first do not. */
export function hasTransport({ fragment }: Headers): boolean {
  return fragment === undefined || fragment.offset === 0;
}

/** A field of the transport header; there is none in later fragments. */
const transport =
  (field: (headers: Headers) => Read): Reader =>
  ({ headers }) =>
    hasTransport(headers) ? field(headers) : null;

const network =
  (field: (headers: Headers) => Read): Reader =>
  ({ headers }) =>
    field(headers);

const ports = {
  sport: transport(({ sport }) => sport),
  dport: transport(({ dport }) => dport),
};

/** IP has a frame's header only of what came in. */
const ethernet =
  (field: (headers: Headers) => Read): Reader =>
  ({ headers, family, iif }) =>
    !iif && (family === "ip" || family === "ip6") ? null : field(headers);

const vlan =
  (field: (tag: number) => Read): Reader =>
  ({ headers }) =>
    headers.vlan === undefined ? null : field(headers.vlan);

const echo =
  (id: (headers: Headers) => Read): Reader =>
  ({ headers }) =>
    hasTransport(headers) ? id(headers) : null;

/** `headers.length` less what comes before, for lengths of inner headers. */
const lengthBehind =
  (ipv4: number, ipv6: number) =>
  ({ length, family }: Headers): Read =>
    length === undefined ? undefined : length - (family === "ipv4" ? ipv4 : ipv6);

const fields: Readonly<Record<string, Readonly<Record<string, Reader>>>> = {
  ether: {
    saddr: ethernet(({ etherSaddr }) => etherSaddr),
    daddr: ethernet(({ etherDaddr }) => etherDaddr),
    type: ethernet((headers) => (headers.vlan === undefined ? etherTypeOf(headers) : 0x8100)),
  },
  vlan: { id: vlan((tag) => tag & 0xfff), type: vlan(() => undefined), pcp: vlan(() => undefined) },
  ip: {
    version: () => 4,
    hdrlength: () => 5,
    dscp: network(({ dscp }) => dscp),
    ecn: network(({ ecn }) => ecn),
    length: network(({ length }) => length),
    id: network(({ ipId }) => ipId),
    "frag-off": fragmentWord,
    ttl: network(({ ttl }) => ttl),
    protocol: network(({ protocol }) => protocol),
    saddr: network(({ saddr }) => saddr),
    daddr: network(({ daddr }) => daddr),
  },
  ip6: {
    version: () => 6,
    dscp: network(({ dscp }) => dscp),
    ecn: network(({ ecn }) => ecn),
    length: network(lengthBehind(0, 40)),
    nexthdr: network(({ protocol, fragment }) => (fragment ? 44 : protocol)),
    hoplimit: network(({ ttl }) => ttl),
    saddr: network(({ saddr }) => saddr),
    daddr: network(({ daddr }) => daddr),
  },
  tcp: {
    ...ports,
    sequence: transport(({ tcpSeq }) => tcpSeq),
    ackseq: transport(({ tcpAck }) => tcpAck),
    flags: transport(({ tcpFlags }) => tcpFlags),
    window: transport(({ tcpWindow }) => tcpWindow),
  },
  udp: { ...ports, length: transport(lengthBehind(20, 40)) },
  udplite: ports,
  sctp: ports,
  dccp: ports,
  th: {
    sport: transport((headers) => (withPorts.has(headers.protocol) ? headers.sport : rawBits(headers, "th", 0, 16))),
    dport: transport((headers) => (withPorts.has(headers.protocol) ? headers.dport : rawBits(headers, "th", 16, 16))),
  },
  icmp: {
    type: transport(({ icmpType }) => icmpType),
    code: transport(({ icmpCode }) => icmpCode),
    id: echo(({ icmpId }) => icmpId),
  },
  icmpv6: {
    type: transport(({ icmpType }) => icmpType),
    code: transport(({ icmpCode }) => icmpCode),
    id: echo(({ icmpId }) => icmpId),
  },
  igmp: { type: transport(({ icmpType }) => icmpType) },
};

/** IPv4's flags and, in units of eight bytes, the offset. */
function fragmentWord(passage: Passage): Read {
  const { df, fragment } = passage.headers;
  if (df === undefined) passage.assume("A packet of which it is not said may be fragmented.");
  return (df ? 0x4000 : 0) | (fragment?.more ? 0x2000 : 0) | ((fragment?.offset ?? 0) >> 3);
}

/** The EtherType of what the packet is. */
export function etherTypeOf({ family }: Headers): number {
  return family === "ipv4" ? 0x0800 : 0x86dd;
}

/** The reader of `tcp dport` and its like; fields that no packet description has are not known. */
export function payloadReader(header: string, field: string): Reader {
  if (header === "arp") return absent;
  return fields[header]?.[field] ?? (header in fields ? unknown : transportOnly);
}

/** A header of which nothing is kept: not known, but surely not there in later fragments. */
const transportOnly: Reader = ({ headers }) => (hasTransport(headers) ? undefined : null);
