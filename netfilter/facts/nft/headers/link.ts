import { ethertype, header } from "./define.js";

/** Link layer headers. They are there only where a frame came in (or, in bridge, netdev egress and arp, goes out). */
export const link = [
  header({
    word: "ether",
    name: "Ethernet",
    layer: "link",
    dependency: { on: "iiftype", values: [1] },
    doc: "The frame's Ethernet header. In ip, ip6 and inet tables it is there only for received packets, so nft asks `iiftype ether` first, and packets that this machine made never match.",
    fields: [
      ["daddr", "ether_addr", 48, 0, "Hardware address the frame is sent to."],
      [
        "saddr",
        "ether_addr",
        48,
        48,
        "Hardware address the frame comes from: behind a router it is the router's. Anybody on the link can forge it.",
      ],
      [
        "type",
        "ether_type",
        16,
        96,
        "Protocol of the payload. A tagged frame says `8021q` here, and what is behind the tag is `vlan type`; `meta protocol` looks through tags.",
      ],
    ],
  }),
  header({
    word: "vlan",
    name: "VLAN tag",
    layer: "link",
    dependency: ethertype(0x8100, 0x88a8),
    doc: "The 802.1Q tag of a frame. It is seen on the physical interface and on a bridge with tagged ports; above a VLAN interface (`eth0.10`) the tag is gone.",
    fields: [
      ["pcp", "integer", 3, 0, "Priority of the frame, 0 to 7."],
      ["dei", "integer", 1, 3, "May be dropped first when queues are full."],
      ["cfi", "integer", 1, 3, "Older name and meaning of the `dei` bit."],
      ["id", "integer", 12, 4, "Number of the VLAN, 1 to 4094; 0 carries only a priority."],
      ["type", "ether_type", 16, 16, "Protocol behind the tag, another tag perhaps."],
    ],
  }),
  header({
    word: "arp",
    name: "ARP",
    layer: "network",
    families: ["arp", "bridge", "netdev"],
    familyJudge: "nft",
    dependency: ethertype(0x0806),
    doc: "An ARP message. IPv4 chains never see ARP: filter it in an arp table, or in bridge and netdev tables.",
    fields: [
      ["htype", "integer", 16, 0, "Kind of hardware address, 1 for Ethernet."],
      ["ptype", "ether_type", 16, 16, "Kind of protocol address, `ip` for IPv4."],
      ["hlen", "integer", 8, 32, "Length of a hardware address in bytes, 6 for Ethernet."],
      ["plen", "integer", 8, 40, "Length of a protocol address in bytes, 4 for IPv4."],
      ["operation", "arp_op", 16, 48, "What the message wants: `request`, `reply` ..."],
      [
        "saddr ether",
        "ether_addr",
        48,
        64,
        "Hardware address the sender claims. It need not be that of the frame: compare both against spoofing.",
      ],
      ["saddr ip", "ipv4_addr", 32, 112, "IPv4 address the sender claims."],
      ["daddr ether", "ether_addr", 48, 144, "Hardware address asked about; zero in a request."],
      ["daddr ip", "ipv4_addr", 32, 192, "IPv4 address asked about."],
    ],
  }),
];
