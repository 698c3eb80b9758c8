import type { Header } from "../types.js";
import { header } from "./define.js";

const nexthdr = "Protocol of the header that follows.";
const hdrlength = "Length of the header in words of eight bytes, the first left out.";

const extension = (definition: Omit<Parameters<typeof header>[0], "group" | "layer" | "families">): Header =>
  header({
    ...definition,
    group: "exthdr",
    layer: "network",
    families: ["ip6", "inet", "bridge", "netdev"],
    familyJudge: "nft",
  });

/** Extension headers of IPv6. `exthdr NAME exists` asks for the whole header. */
export const extensions = [
  extension({
    word: "hbh",
    name: "hop-by-hop options",
    number: 0,
    forms: ["hbh FIELD VALUE", "exthdr hbh exists|missing"],
    doc: "Options that every router on the way must read, multicast listener reports among them.",
    fields: [
      ["nexthdr", "inet_proto", 8, 0, nexthdr],
      ["hdrlength", "integer", 8, 8, hdrlength],
    ],
  }),
  extension({
    word: "rt",
    name: "routing header",
    number: 43,
    forms: ["rt FIELD VALUE", "exthdr rt exists|missing"],
    doc: "A list of places to visit. `rt classid`, `rt nexthop`, `rt mtu` and `rt ipsec` are something else: they ask the packet's route.",
    fields: [
      ["nexthdr", "inet_proto", 8, 0, nexthdr],
      ["hdrlength", "integer", 8, 8, hdrlength],
      [
        "type",
        "integer",
        8,
        16,
        "Kind of routing header: 0 is forbidden today, 2 belongs to mobility, 4 to segment routing.",
      ],
      ["seg-left", "integer", 8, 24, "Places still to visit."],
    ],
  }),
  extension({
    word: "rt0",
    name: "routing header, type 0",
    number: 43,
    forms: ["rt0 addr[NUMBER] <ipv6_addr>"],
    doc: "Source routing by the sender, deprecated because it multiplies traffic; drop it with `rt type 0 drop`.",
    fields: [
      ["addr[1]", "ipv6_addr", 128, 64, "First address to visit."],
      ["addr[2]", "ipv6_addr", 128, 192, "Second address to visit."],
    ],
  }),
  extension({
    word: "rt2",
    name: "routing header, type 2",
    number: 43,
    forms: ["rt2 addr <ipv6_addr>"],
    doc: "Routing header of mobile IPv6, with one address.",
    fields: [["addr", "ipv6_addr", 128, 64, "Home address of the mobile node.", { since: "1.1.2" }]],
  }),
  extension({
    word: "srh",
    name: "segment routing header",
    number: 43,
    forms: ["srh FIELD VALUE", "srh sid[NUMBER] <ipv6_addr>"],
    doc: "Routing header of segment routing (type 4): a list of segments, the last one first.",
    fields: [
      ["last-entry", "integer", 8, 32, "Index of the last segment in the list."],
      ["flags", "integer", 8, 40, "Flags of the header."],
      ["tag", "integer", 16, 48, "Class that packets are grouped in."],
      ["sid[1]", "ipv6_addr", 128, 64, "First segment of the list, which is the last to be visited."],
      ["sid[2]", "ipv6_addr", 128, 192, "Second segment of the list."],
    ],
  }),
  extension({
    word: "frag",
    name: "fragment header",
    number: 44,
    forms: ["frag FIELD VALUE", "exthdr frag exists|missing"],
    doc: "Marks a fragment. Where conntrack runs, fragments are put together at priority -400, so that later chains see the whole packet without this header.",
    fields: [
      ["nexthdr", "inet_proto", 8, 0, nexthdr],
      ["reserved", "integer", 8, 8, "Should be zero."],
      ["frag-off", "integer", 13, 16, "Place of the fragment in the packet, in units of eight bytes; 0 in the first."],
      ["reserved2", "integer", 2, 29, "Should be zero."],
      ["more-fragments", "integer", 1, 31, "1 in every fragment but the last."],
      ["id", "integer", 32, 32, "Number by which fragments are put together."],
    ],
  }),
  extension({
    word: "dst",
    name: "destination options",
    number: 60,
    forms: ["dst FIELD VALUE", "exthdr dst exists|missing"],
    doc: "Options that only the receiver reads.",
    fields: [
      ["nexthdr", "inet_proto", 8, 0, nexthdr],
      ["hdrlength", "integer", 8, 8, hdrlength],
    ],
  }),
  extension({
    word: "mh",
    name: "mobility header",
    number: 135,
    forms: ["mh FIELD VALUE", "exthdr mh exists|missing"],
    doc: "Messages of mobile IPv6.",
    fields: [
      ["nexthdr", "inet_proto", 8, 0, nexthdr],
      ["hdrlength", "integer", 8, 8, hdrlength],
      ["type", "mh_type", 8, 16, "What the message says."],
      ["reserved", "integer", 8, 24, "Should be zero."],
      ["checksum", "integer", 16, 32, "Checksum of the message."],
    ],
  }),
];
