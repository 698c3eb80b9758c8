import { header, l4proto } from "./define.js";

const readOnly = { writable: false } as const;
const type = "Protocol of what is inside.";

/** Tunnel headers behind which nft can look: `vxlan ip saddr`, `gre tcp dport`. */
export const tunnels = [
  header({
    word: "vxlan",
    name: "VXLAN",
    layer: "transport",
    dependency: l4proto(17),
    since: "1.0.7",
    forms: ["vxlan vni <integer>", "vxlan ether|ip|tcp|... FIELD VALUE"],
    doc: "A VXLAN header within UDP, and with another header's name behind it the packet inside. It reads the encapsulated packet on its way (Linux 6.2 or newer): name the UDP port as well. What comes out of a local vxlan interface passes the hooks as a plain packet.",
    fields: [
      ["flags", "bitmask", 8, 0, "Bit 3 says that the network number counts.", readOnly],
      ["vni", "integer", 24, 32, "Number of the virtual network.", readOnly],
    ],
  }),
  header({
    word: "geneve",
    name: "Geneve",
    layer: "transport",
    dependency: l4proto(17),
    since: "1.0.7",
    forms: ["geneve vni <integer>", "geneve ether|ip|tcp|... FIELD VALUE"],
    doc: "A Geneve header within UDP, and with another header's name behind it the packet inside (Linux 6.2 or newer). Name the UDP port as well, by custom 6081.",
    fields: [
      ["type", "ether_type", 16, 16, type, readOnly],
      ["vni", "integer", 24, 32, "Number of the virtual network.", readOnly],
    ],
  }),
  header({
    word: "gre",
    name: "GRE",
    layer: "transport",
    dependency: l4proto(47),
    since: "1.0.7",
    forms: ["gre version <integer>", "gre ip|tcp|... FIELD VALUE"],
    doc: "The GRE header, and with another header's name behind it the packet inside (Linux 6.2 or newer).",
    fields: [
      ["flags", "integer", 5, 0, "Which optional fields are there: checksum, key, sequence number.", readOnly],
      ["version", "integer", 3, 13, "0 for plain GRE, 1 for PPTP's.", readOnly],
      ["protocol", "ether_type", 16, 16, type, readOnly],
    ],
  }),
  header({
    word: "gretap",
    name: "Ethernet in GRE",
    layer: "transport",
    dependency: l4proto(47),
    since: "1.0.7",
    forms: ["gretap ether|ip|tcp|... FIELD VALUE"],
    doc: "What is inside a GRE tunnel of Ethernet frames; it has no fields of its own (Linux 6.2 or newer).",
    fields: [],
  }),
];
