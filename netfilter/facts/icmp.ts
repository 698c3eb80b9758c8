/** A type of ICMP or ICMPv6 message, with its codes where it has some. */
export interface IcmpType {
  readonly number: number;
  /** As nft prints it; iptables' catalogue keeps its own words. */
  readonly name: string;
  readonly doc: string;
  /** What each code means. */
  readonly codes?: Readonly<Record<number, string>>;
}

/** ICMP for IPv4. */
export const icmpTypes: readonly IcmpType[] = [
  { number: 0, name: "echo-reply", doc: "The answer to a ping. Connection tracking calls it established." },
  {
    number: 3,
    name: "destination-unreachable",
    doc: "The packet could not be delivered. Connection tracking calls it related. Code 4 carries the path's MTU: without it large packets vanish.",
    codes: {
      0: "network unreachable",
      1: "host unreachable",
      2: "protocol unreachable",
      3: "port unreachable",
      4: "fragmentation needed, but forbidden",
      5: "source route failed",
      6: "network unknown",
      7: "host unknown",
      8: "source host isolated",
      9: "network prohibited",
      10: "host prohibited",
      11: "network unreachable for this TOS",
      12: "host unreachable for this TOS",
      13: "administratively prohibited",
      14: "host precedence violation",
      15: "precedence cut off",
    },
  },
  { number: 4, name: "source-quench", doc: "Send slower; deprecated, and ignored by Linux." },
  {
    number: 5,
    name: "redirect",
    doc: "There is a better router for this destination. Forged ones divert traffic, so routers ignore them.",
    codes: { 0: "for the network", 1: "for the host", 2: "for the network and TOS", 3: "for the host and TOS" },
  },
  { number: 8, name: "echo-request", doc: "A ping; it starts a connection entry of its own." },
  {
    number: 9,
    name: "router-advertisement",
    doc: "A router tells that it is there (IRDP, hardly used).",
    codes: { 0: "routes common traffic", 16: "does not route common traffic" },
  },
  { number: 10, name: "router-solicitation", doc: "A host asks for routers (IRDP, hardly used)." },
  {
    number: 11,
    name: "time-exceeded",
    doc: "The time to live ran out on the way; traceroute lives on it. Connection tracking calls it related.",
    codes: { 0: "in transit", 1: "while fragments were put together" },
  },
  {
    number: 12,
    name: "parameter-problem",
    doc: "A header field made no sense.",
    codes: { 0: "at the pointer", 1: "an option is missing", 2: "bad length" },
  },
  { number: 13, name: "timestamp-request", doc: "Asks for the other machine's time." },
  { number: 14, name: "timestamp-reply", doc: "The other machine's time." },
  { number: 15, name: "info-request", doc: "Asks for a network address; obsolete." },
  { number: 16, name: "info-reply", doc: "Answers type 15; obsolete." },
  { number: 17, name: "address-mask-request", doc: "Asks for the netmask; obsolete." },
  { number: 18, name: "address-mask-reply", doc: "Answers type 17; obsolete." },
];

/** ICMP for IPv6. */
export const icmpv6Types: readonly IcmpType[] = [
  {
    number: 1,
    name: "destination-unreachable",
    doc: "The packet could not be delivered. Connection tracking calls it related.",
    codes: {
      0: "no route",
      1: "administratively prohibited",
      2: "beyond the scope of the source address",
      3: "address unreachable",
      4: "port unreachable",
      5: "the source address failed a policy",
      6: "the route says reject",
      7: "error in a source routing header",
    },
  },
  {
    number: 2,
    name: "packet-too-big",
    doc: "The path's MTU. IPv6 routers never fragment, so without this message large packets vanish: never drop it.",
  },
  {
    number: 3,
    name: "time-exceeded",
    doc: "The hop limit ran out on the way; traceroute lives on it.",
    codes: { 0: "in transit", 1: "while fragments were put together" },
  },
  {
    number: 4,
    name: "parameter-problem",
    doc: "A header field made no sense.",
    codes: { 0: "bad header field", 1: "unknown next header", 2: "unknown option", 3: "incomplete header chain" },
  },
  { number: 128, name: "echo-request", doc: "A ping; it starts a connection entry of its own." },
  { number: 129, name: "echo-reply", doc: "The answer to a ping." },
  { number: 130, name: "mld-listener-query", doc: "A router asks who listens to multicast groups." },
  { number: 131, name: "mld-listener-report", doc: "A host tells which multicast group it listens to." },
  { number: 132, name: "mld-listener-done", doc: "A host leaves a multicast group." },
  {
    number: 133,
    name: "nd-router-solicit",
    doc: "A host asks for routers. Untracked, so `established` never lets it in; sent with hop limit 255.",
  },
  {
    number: 134,
    name: "nd-router-advert",
    doc: "A router tells its prefixes and itself. Untracked, so it needs a rule of its own wherever hosts configure themselves.",
  },
  {
    number: 135,
    name: "nd-neighbor-solicit",
    doc: "Asks for a neighbour's link-layer address, as ARP does for IPv4. Untracked; without it nothing on the link can be reached.",
  },
  {
    number: 136,
    name: "nd-neighbor-advert",
    doc: "Tells one's link-layer address. Untracked; without it nothing on the link can be reached.",
  },
  { number: 137, name: "nd-redirect", doc: "There is a better first hop for this destination. Untracked." },
  {
    number: 138,
    name: "router-renumbering",
    doc: "Tells routers to change their prefixes.",
    codes: { 0: "command", 1: "result", 255: "sequence number reset" },
  },
  {
    number: 141,
    name: "ind-neighbor-solicit",
    doc: "Inverse neighbour discovery: asks for the IPv6 address of a link-layer address.",
  },
  { number: 142, name: "ind-neighbor-advert", doc: "Answers inverse neighbour discovery." },
  { number: 143, name: "mld2-listener-report", doc: "A host tells all the multicast groups it listens to (MLDv2)." },
];

/** The message of this type number. */
export function icmpType(family: "ipv4" | "ipv6", number: number): IcmpType | undefined {
  return (family === "ipv4" ? icmpTypes : icmpv6Types).find((type) => type.number === number);
}
