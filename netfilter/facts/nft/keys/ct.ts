import type { Family } from "../../hooks.js";
import { keysOfFamily } from "./define.js";

const may = { direction: "may" } as const;
const families: readonly Family[] = ["ip", "ip6", "inet", "bridge"];

/** What the packet's connection tracking entry says. Conntrack looks it up at priority -200: earlier chains find none. */
export const ct = keysOfFamily("ct", [
  [
    "state",
    "ct_state",
    32,
    "How the packet stands to its connection: `new`, `established`, `related`, `invalid` or `untracked`. Conntrack sets it at priority -200 in prerouting and output, so a chain before that (`raw`, -300) never sees `established`. Using it anywhere switches conntrack on for the family.",
  ],
  ["direction", "ct_dir", 8, "Whether the packet goes as the one that started the connection, or back."],
  [
    "status",
    "ct_status",
    32,
    "Flags of the connection's entry. `ct status dnat` is true for connections whose destination was translated, in both directions: handy in a forward chain to let exactly the forwarded ports in.",
  ],
  [
    "mark",
    "mark",
    32,
    "The connection's mark, kept in its entry for all its packets, both ways. It does nothing by itself: routing reads the packet's mark, so bring it over with `meta mark set ct mark`, and save it with `ct mark set meta mark` before an `accept` ends the chain. There is none before conntrack at -200.",
    { writable: true },
  ],
  ["expiration", "time", 32, "How long the entry will live if no further packet comes."],
  [
    "helper",
    "string",
    128,
    'Name of the helper that reads the connection, `"ftp"` for instance. A helper is given with an object: `ct helper set "NAME"`.',
  ],
  [
    "label",
    "ct_label",
    128,
    "Up to 128 one-bit labels of the connection. `ct label set` adds one and leaves the others.",
    { writable: true },
  ],
  [
    "event",
    "ct_event",
    32,
    "Which changes of this connection listeners are told of. It can only be set, and counts from the moment the entry is made.",
    { writable: true, writeOnly: true },
  ],
  [
    "secmark",
    "integer",
    32,
    "Security label of the connection; save the packet's with `ct secmark set meta secmark`.",
    { writable: true },
  ],
  ["id", "integer", 32, "Number of the entry. A number may come back for another connection.", { byteorder: "big" }],
  ["l3proto", "nf_proto", 8, "Which IP the connection uses, `ipv4` or `ipv6`.", may],
  ["protocol", "inet_proto", 8, "Transport protocol of the connection.", { ...may, byteorder: "big" }],
  [
    "saddr",
    "ipv4_addr",
    0,
    "Source address of the direction named: `ct original ip saddr` is the client as it came in, before any translation. Name the family, `ip` or `ip6`, in front of it.",
    { direction: "must", addressFamily: "may", byteorder: "big" },
  ],
  [
    "daddr",
    "ipv4_addr",
    0,
    "Destination address of the direction named: `ct original ip daddr` is the one the client asked for, before destination NAT. Name the family, `ip` or `ip6`, in front of it.",
    { direction: "must", addressFamily: "may", byteorder: "big" },
  ],
  [
    "proto-src",
    "inet_service",
    16,
    "Source port of the direction named, as conntrack keeps it.",
    { direction: "must", byteorder: "big" },
  ],
  [
    "proto-dst",
    "inet_service",
    16,
    "Destination port of the direction named: `ct original proto-dst` is the port the client asked for, before destination NAT. nft 1.0.6 wants a protocol named before it (`meta l4proto tcp`).",
    { direction: "must", byteorder: "big" },
  ],
  [
    "bytes",
    "integer",
    64,
    "Bytes of the connection so far, of both directions unless one is named. Counted only while the sysctl `nf_conntrack_acct` is 1, which it is not by default.",
    may,
  ],
  [
    "packets",
    "integer",
    64,
    "Packets of the connection so far, of both directions unless one is named. Counted only while the sysctl `nf_conntrack_acct` is 1.",
    may,
  ],
  [
    "avgpkt",
    "integer",
    64,
    "Bytes a packet of the connection has on average; needs the sysctl `nf_conntrack_acct`.",
    may,
  ],
  [
    "zone",
    "integer",
    16,
    "Number of the conntrack zone, which keeps equal addresses of different networks apart. It must be set before conntrack looks the packet up: in prerouting or output at a priority below -200.",
    { ...may, writable: true },
  ],
]).map((key) => ({ ...key, families }));
