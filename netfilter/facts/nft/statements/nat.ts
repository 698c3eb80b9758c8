import { ip, option, statement } from "./define.js";

const random = option("random", "random", "Mixes the choice of port with a secret, against guessing it.");
const fullyRandom = option(
  "fully-random",
  "fully-random",
  "Picks a port wholly at random, which also makes clashes between processors rarer.",
);
const persistent = option(
  "persistent",
  "persistent",
  "Gives a client the same address of a range for all its connections.",
);
const prefix = option(
  "prefix",
  "prefix to MAP",
  "Swaps network parts and keeps host parts: one network onto another, address by address.",
);
const to = option(
  "to",
  "to ADDRESS[:PORT]",
  "What is written in: an address, a range or prefix to pick from, a port behind a colon.",
);

/** What rewrites a connection's addresses. A nat chain sees only the first packet of each connection. */
export const nat = [
  statement({
    word: "snat",
    forms: ["snat [ip|ip6] to ADDRESS[-ADDRESS][:PORT[-PORT]] [FLAGS]", "snat [ip|ip6] prefix to ..."],
    effect: "nat",
    terminal: true,
    families: ip,
    familyJudge: "nft",
    hooks: ["postrouting", "input"],
    chainTypes: ["nat"],
    options: [to, prefix, random, fullyRandom, persistent],
    doc: "Writes another source address into the connection, and its replies are translated back by conntrack. Only the first packet of a connection comes here; the rest follow what was decided then, so a changed rule leaves old connections alone. The source port is kept if it is free. Nobody owns the new address unless this machine answers ARP for it.",
  }),
  statement({
    word: "dnat",
    forms: [
      "dnat [ip|ip6] to ADDRESS[:PORT] [FLAGS]",
      "dnat [ip|ip6] to KEY map { ... }",
      "dnat [ip|ip6] addr . port to MAP",
    ],
    effect: "nat",
    terminal: true,
    families: ip,
    familyJudge: "nft",
    hooks: ["prerouting", "output"],
    chainTypes: ["nat"],
    options: [
      to,
      prefix,
      random,
      fullyRandom,
      persistent,
      option("addr", "addr . port to MAP", "Address and port both come from one map."),
    ],
    doc: "Writes another destination into the connection before routing, so the packet goes to another machine; replies are translated back. The forward chain then sees the new address and must let it through (`ct status dnat accept`). Connections made on this machine pass output, not prerouting. A client in the server's own network also needs its source translated, or replies go past this router.",
  }),
  statement({
    word: "masquerade",
    forms: ["masquerade", "masquerade to :PORT[-PORT] [FLAGS]"],
    effect: "nat",
    terminal: true,
    families: ip,
    familyJudge: "nft",
    hooks: ["postrouting"],
    chainTypes: ["nat"],
    options: [option("to", "to :PORT[-PORT]", "Source ports to pick from."), random, fullyRandom, persistent],
    doc: "Source NAT to the address of the interface the packet leaves by, for lines whose address changes. The kernel remembers that interface: when a later packet of the connection would leave by another one, because a mark or a route changed, the connection is deleted and the packet dropped. So are all its connections when the interface goes down. Only in nat chains at postrouting.",
  }),
  statement({
    word: "redirect",
    forms: ["redirect", "redirect to :PORT[-PORT] [FLAGS]"],
    effect: "nat",
    terminal: true,
    families: ip,
    familyJudge: "nft",
    hooks: ["prerouting", "output"],
    chainTypes: ["nat"],
    options: [
      option("to", "to :PORT[-PORT]", "Port of the local program; the port the client asked for where left out."),
      random,
      fullyRandom,
      persistent,
    ],
    doc: "Destination NAT to this machine itself: to the address of the interface the packet came by, or to loopback for packets made here. It needs conntrack, so packets with `notrack` are never redirected, and the program must listen on that address or on any. The packet then goes to input, where it must be let in on the new port.",
  }),
];
