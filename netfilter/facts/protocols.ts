/** An IP protocol: its number in the header, its names, and what it is. */
export interface Protocol {
  readonly number: number;
  /** As the tools print it. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** One line for a hover. */
  readonly doc: string;
}

/** Number, names, description. */
const table: readonly (readonly [number: number, names: string, doc: string])[] = [
  [0, "ip hopopt", "In a rule any protocol; in an IPv6 header the hop-by-hop options."],
  [
    1,
    "icmp",
    "Control messages of IPv4: echo (ping), errors, the path's MTU. Blocking it all breaks path MTU discovery.",
  ],
  [2, "igmp", "IPv4 hosts tell routers which multicast groups they want."],
  [3, "ggp", "Gateway-to-gateway protocol, historic."],
  [4, "ipencap IP-ENCAP", "IPv4 within IP: ipip and many tunnels."],
  [5, "st", "Internet stream protocol, historic."],
  [6, "tcp", "Transmission control protocol: connections, ports, flags."],
  [8, "egp", "Exterior gateway protocol, historic."],
  [9, "igp", "A private interior gateway protocol (Cisco's IGRP)."],
  [12, "pup", "PARC universal packets, historic."],
  [17, "udp", "User datagram protocol: ports without connections: DNS, QUIC, WireGuard."],
  [20, "hmp", "Host monitoring protocol, historic."],
  [22, "xns-idp", "Xerox internet datagrams, historic."],
  [27, "rdp", "Reliable data protocol, historic. Not Windows' remote desktop, which is TCP and UDP port 3389."],
  [29, "iso-tp4", "ISO transport protocol class 4."],
  [33, "dccp", "Datagram congestion control protocol: ports, connections, no retransmission."],
  [36, "xtp", "Xpress transfer protocol."],
  [37, "ddp", "AppleTalk datagrams over IP."],
  [38, "idpr-cmtp", "Control messages of inter-domain policy routing."],
  [41, "ipv6", "IPv6 within IPv4: 6in4, 6to4 and sit tunnels."],
  [43, "ipv6-route", "IPv6 routing header."],
  [44, "ipv6-frag", "IPv6 fragment header."],
  [45, "idrp", "Inter-domain routing protocol."],
  [46, "rsvp", "Resource reservation."],
  [47, "gre", "Generic routing encapsulation: GRE tunnels and PPTP's data."],
  [50, "esp IPSEC-ESP", "IPsec's encrypted payload; it has an SPI in place of ports."],
  [51, "ah IPSEC-AH", "IPsec's authentication header. It covers the addresses, so NAT breaks it."],
  [57, "skip", "Simple key management for IP, historic."],
  [
    58,
    "ipv6-icmp icmpv6",
    "Control messages of IPv6: neighbour discovery, router advertisements, errors. Blocking it all stops IPv6.",
  ],
  [59, "ipv6-nonxt", "IPv6: nothing follows this header."],
  [60, "ipv6-opts", "IPv6 destination options."],
  [73, "rspf CPHB", "Radio shortest path first."],
  [81, "vmtp", "Versatile message transport."],
  [88, "eigrp", "Cisco's enhanced interior gateway routing protocol."],
  [89, "ospf OSPFIGP", "Open shortest path first: routers talking to routers, by multicast."],
  [93, "ax.25", "Amateur packet radio frames."],
  [94, "ipip", "An old IP-within-IP encapsulation. Linux' ipip tunnels are protocol 4."],
  [97, "etherip", "Ethernet frames within IP."],
  [98, "encap", "Another IP encapsulation."],
  [103, "pim", "Protocol independent multicast: multicast routers."],
  [108, "ipcomp", "IP payload compression."],
  [112, "vrrp", "Virtual router redundancy, by multicast: keepalived."],
  [115, "l2tp", "Layer two tunnelling protocol, version 3, directly over IP."],
  [124, "isis", "IS-IS over IPv4."],
  [132, "sctp", "Stream control transmission protocol: ports, several streams and addresses in one association."],
  [133, "fc", "Fibre channel."],
  [135, "mobility-header ipv6-mh mh", "Mobile IPv6."],
  [136, "udplite", "UDP whose checksum covers part of the data."],
  [137, "mpls-in-ip", "MPLS within IP."],
  [138, "manet", "Mobile ad hoc networks."],
  [139, "hip", "Host identity protocol."],
  [140, "shim6", "Multihoming for IPv6."],
  [141, "wesp", "Wrapped ESP."],
  [142, "rohc", "Robust header compression."],
  [143, "ethernet", "Ethernet over segment routing (SRv6)."],
  [262, "mptcp", "Multipath TCP; no number of an IP header, it only names sockets."],
];

/** Every protocol with a name, by number. */
export const allProtocols: readonly Protocol[] = table.map(([number, names, doc]) => {
  const [name = "", ...aliases] = names.split(" ");
  return { number, name, aliases, doc };
});

/**
 * Number by name as `-p` takes it once in lower case: the names of /etc/protocols and those that iptables brings along,
 * `all` (0) among them. The file's other spellings have capital letters, by which iptables never asks.
 */
export const protocols: ReadonlyMap<string, number> = new Map([
  ["all", 0],
  ...allProtocols.flatMap(({ number, name, aliases }) =>
    [name, ...aliases.filter((alias) => !/[A-Z]/.test(alias))].map((each): [string, number] => [each, number]),
  ),
]);

const byNumber = new Map(allProtocols.map((protocol) => [protocol.number, protocol]));

/** The protocol of this number, where it has a name. */
export function protocolAt(number: number): Protocol | undefined {
  return byNumber.get(number);
}
