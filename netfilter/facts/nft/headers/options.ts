import type { Header } from "../types.js";
import { type FieldRow, header, l4proto } from "./define.js";

const length: FieldRow = [
  "length",
  "integer",
  8,
  8,
  "Length of the option in bytes, kind and length included.",
  { writable: false },
];

const tcpOption = (word: string, number: number, name: string, doc: string, fields: readonly FieldRow[]): Header =>
  header({
    group: "tcp option",
    word,
    number,
    name,
    layer: "transport",
    dependency: l4proto(6),
    forms: [`tcp option ${word} exists|missing`, `tcp option ${word} FIELD VALUE`, `reset tcp option ${word}`],
    doc,
    fields,
  });

const sackBlock = (word: string, block: string, offset: number): Header =>
  tcpOption(word, 5, "selective acknowledgement", `The ${block} block of bytes received out of order.`, [
    ["left", "integer", 32, offset, "First byte of the block."],
    ["right", "integer", 32, offset + 32, "The byte behind the block."],
  ]);

/** Options of the TCP header. A field of an option that is not there does not match. */
export const tcpOptions = [
  tcpOption("eol", 0, "end of options", "Ends the list of options.", []),
  tcpOption("nop", 1, "no operation", "Fills up to a word's border.", []),
  tcpOption(
    "maxseg",
    2,
    "maximum segment size",
    "Largest segment the sender wants to receive; stands in SYN packets only. Clamping it helps where path MTU discovery is broken: `tcp flags syn tcp option maxseg size set rt mtu` in a forward chain.",
    [
      length,
      [
        "size",
        "integer",
        16,
        16,
        "The size in bytes, without headers. Set it to `rt mtu` to clamp it to the route; the kernel only ever makes it smaller.",
      ],
    ],
  ),
  tcpOption("mss", 2, "maximum segment size", "Another name for `maxseg`.", [
    length,
    ["size", "integer", 16, 16, "Largest segment the sender wants to receive, in bytes without headers."],
  ]),
  tcpOption("window", 3, "window scale", "How far windows are shifted, told in SYN packets.", [
    length,
    ["count", "integer", 8, 16, "Bits by which the window is shifted, at most 14."],
  ]),
  tcpOption("sack-perm", 4, "SACK permitted", "Offers selective acknowledgements, in SYN packets.", [length]),
  tcpOption("sack-permitted", 4, "SACK permitted", "Another name for `sack-perm`.", [length]),
  tcpOption(
    "sack",
    5,
    "selective acknowledgement",
    "Blocks of bytes received out of order; `sack` is the first of them.",
    [
      length,
      ["left", "integer", 32, 16, "First byte of the first block."],
      ["right", "integer", 32, 48, "The byte behind the first block."],
    ],
  ),
  sackBlock("sack0", "first", 16),
  sackBlock("sack1", "second", 80),
  sackBlock("sack2", "third", 144),
  sackBlock("sack3", "fourth", 208),
  tcpOption("timestamp", 8, "timestamps", "Clock values that measure round trips and protect against old segments.", [
    length,
    ["tsval", "integer", 32, 16, "The sender's clock."],
    ["tsecr", "integer", 32, 48, "The peer's clock, sent back."],
  ]),
  tcpOption("echo", 8, "timestamps", "Older name for `timestamp`.", []),
  tcpOption(
    "md5sig",
    19,
    "MD5 signature",
    "Signature of the segment, used by BGP routers. Rewriting addresses or other options breaks it.",
    [length],
  ),
  tcpOption(
    "mptcp",
    30,
    "Multipath TCP",
    "Marks a connection over several paths. Each path is a connection of its own to conntrack.",
    [length, ["subtype", "mptcp_subtype", 4, 16, "What the option carries."]],
  ),
  tcpOption("fastopen", 34, "fast open", "Cookie that lets a client send data in its SYN.", [length]),
];

const ipOption = (word: string, number: number, name: string, doc: string, own: readonly FieldRow[]): Header =>
  header({
    group: "ip option",
    word,
    number,
    name,
    layer: "network",
    families: ["ip", "inet", "bridge", "netdev"],
    familyJudge: "nft",
    forms: [`ip option ${word} exists|missing`, `ip option ${word} FIELD VALUE`],
    doc,
    fields: [
      ["type", "integer", 8, 0, "Number of the option."],
      ["length", "integer", 8, 8, "Length of the option in bytes."],
      ...own,
    ],
  });

const route: readonly FieldRow[] = [
  ["ptr", "integer", 8, 16, "Place of the next address in the list."],
  ["addr", "ipv4_addr", 32, 24, "First address of the list; nft 1.0.6 takes it as a plain number only."],
];

/** Options of the IPv4 header. */
export const ipOptions = [
  ipOption(
    "lsrr",
    131,
    "loose source route",
    "The sender names routers to visit on the way. Linux refuses to forward it unless `accept_source_route` is on.",
    route,
  ),
  ipOption("ssrr", 137, "strict source route", "The sender names every router on the way.", route),
  ipOption("rr", 7, "record route", "Routers note their addresses here.", route),
  ipOption("ra", 148, "router alert", "Asks every router to look at the packet; IGMP and RSVP carry it.", [
    ["value", "integer", 16, 16, "What the routers should look for; 0 is the usual."],
  ]),
];
