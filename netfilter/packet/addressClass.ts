import { maskLength, type Network, parseNetwork } from "./address.js";

/** What kind of address it is by the standards' special blocks. */
export interface AddressClass {
  /** The block it belongs to. */
  readonly block: Network;
  readonly name: string;
  /** One sentence for a hover. */
  readonly doc: string;
}

const table: readonly (readonly [block: string, name: string, doc: string])[] = [
  ["0.0.0.0/32", "unspecified", "No address: what a DHCP client sends from before it has one."],
  ["0.0.0.0/8", "this network", "Means this network; only valid as a source while booting."],
  ["10.0.0.0/8", "private", "For networks of one's own; never routed on the Internet."],
  [
    "100.64.0.0/10",
    "carrier-grade NAT",
    "Shared between a provider and its customers' routers; VPN overlays use it too.",
  ],
  ["127.0.0.0/8", "loopback", "This machine itself; arriving from a network it is dropped as a martian."],
  [
    "169.254.169.254/32",
    "cloud metadata",
    "Link-local; cloud machines ask it for their configuration and credentials.",
  ],
  ["169.254.0.0/16", "link-local", "Chosen by a machine that found no DHCP server; valid on one link only."],
  [
    "172.16.0.0/12",
    "private",
    "For networks of one's own, Docker's defaults among them; never routed on the Internet.",
  ],
  ["192.0.0.0/24", "protocol assignments", "Reserved by IETF protocols such as DS-Lite."],
  ["192.0.2.0/24", "documentation", "For examples (TEST-NET-1); no real machine has it."],
  ["192.88.99.0/24", "6to4 relay", "Was the anycast address of 6to4 relays; deprecated."],
  ["192.168.0.0/16", "private", "For networks of one's own; never routed on the Internet."],
  ["198.18.0.0/15", "benchmarking", "For tests of network devices."],
  ["198.51.100.0/24", "documentation", "For examples (TEST-NET-2); no real machine has it."],
  ["203.0.113.0/24", "documentation", "For examples (TEST-NET-3); no real machine has it."],
  ["224.0.0.0/24", "multicast, this link", "Multicast that routers never forward: OSPF, VRRP, mDNS and the like."],
  ["232.0.0.0/8", "multicast, source-specific", "Multicast from one named source."],
  ["239.0.0.0/8", "multicast, private", "Multicast within one's own network."],
  ["224.0.0.0/4", "multicast", "A group of receivers; never a source."],
  ["255.255.255.255/32", "broadcast", "Everybody on this link; never forwarded."],
  ["240.0.0.0/4", "reserved", "Kept for later; most systems refuse it."],
  ["::/128", "unspecified", "No address: the source while an address is being checked for duplicates."],
  ["::1/128", "loopback", "This machine itself."],
  ["::ffff:0:0/96", "IPv4-mapped", "An IPv4 address as IPv6 sockets show it; not seen on a network."],
  ["64:ff9b::/96", "NAT64", "An IPv4 address behind a NAT64 gateway."],
  ["64:ff9b:1::/48", "NAT64, local", "For NAT64 within one's own network."],
  ["100::/64", "discard", "Packets sent there are thrown away."],
  ["2001::/32", "Teredo", "IPv6 through UDP and IPv4 NAT; deprecated."],
  ["2001:20::/28", "ORCHIDv2", "Identifiers that look like addresses; never routed."],
  ["2001:db8::/32", "documentation", "For examples; no real machine has it."],
  ["3fff::/20", "documentation", "For examples; no real machine has it."],
  ["2002::/16", "6to4", "IPv6 tunnelled through IPv4; deprecated."],
  ["fc00::/7", "unique local", "For networks of one's own (ULA); never routed on the Internet."],
  ["fe80::/10", "link-local", "Every IPv6 interface has one; valid on its link only. Neighbour discovery needs it."],
  ["fec0::/10", "site-local", "Deprecated predecessor of unique local addresses."],
  ["ff01::/16", "multicast, this machine", "Multicast that does not leave the interface."],
  ["ff02::/16", "multicast, this link", "Multicast that routers never forward: neighbour discovery, MLD, mDNS."],
  ["ff05::/16", "multicast, this site", "Multicast within one's own network."],
  ["ff00::/8", "multicast", "A group of receivers; never a source."],
  ["2000::/3", "global", "Routed on the Internet."],
];

let classes: readonly AddressClass[] | undefined;

/** The kind that all addresses of a network share; undefined when there is none, or its mask is no plain length. */
export function networkClass(network: Network): AddressClass | undefined {
  classes ??= table.map(([text, name, doc]) => ({ block: parseNetwork(text, "iptables") as Network, name, doc }));
  const { family, value, mask } = network;
  if (maskLength(network) === undefined) return undefined;
  return classes.find(
    ({ block }) =>
      block.family === family && (mask & block.mask) === block.mask && (value & block.mask) === block.value,
  );
}
