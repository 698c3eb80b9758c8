import { keysOfFamily } from "./define.js";

/** The socket that a packet belongs to, looked up by its addresses and ports. */
export const socket = keysOfFamily("socket", [
  [
    "transparent",
    "integer",
    8,
    "1 when the socket may answer for foreign addresses (IP_TRANSPARENT). With `tproxy`, mark packets that already have such a socket, so that routing brings them here.",
    { families: ["ip", "ip6", "inet"], hooks: ["prerouting", "input", "output"] },
  ],
  [
    "mark",
    "mark",
    32,
    "Mark the program set on its socket (SO_MARK).",
    { families: ["ip", "ip6", "inet"], hooks: ["prerouting", "input", "output"] },
  ],
  [
    "wildcard",
    "integer",
    8,
    "1 when the socket is bound to any address rather than to one.",
    { families: ["ip", "ip6", "inet"], hooks: ["prerouting", "input", "output"] },
  ],
  [
    "cgroupv2",
    "cgroupsv2",
    64,
    'Control group of the process behind the socket, at the given depth: `socket cgroupv2 level 2 "system.slice/ssh.service"`. The group must exist when the rules are loaded.',
    {
      families: ["ip", "ip6", "inet"],
      hooks: ["prerouting", "input", "output"],
      forms: ["socket cgroupv2 level NUMBER <cgroupsv2>"],
    },
  ],
]);

/** A guess at the sender's operating system from its SYN. */
export const osf = keysOfFamily("osf", [
  [
    "name",
    "string",
    128,
    'Operating system by its fingerprint, `"Linux"` for instance. Works on TCP SYN packets and only after `nfnl_osf` loaded the fingerprints; easily forged.',
    {
      families: ["ip", "ip6", "inet"],
      hooks: ["prerouting", "input", "forward"],
      forms: ["osf [ttl loose|skip] name <string>"],
    },
  ],
  [
    "version",
    "string",
    128,
    'Operating system with its version: `"Linux:4.20"`.',
    {
      families: ["ip", "ip6", "inet"],
      hooks: ["prerouting", "input", "forward"],
      forms: ["osf [ttl loose|skip] version <string>"],
    },
  ],
]);

/** The tunnel that a packet came through, on devices that keep tunnel data beside the packet. */
export const tunnel = keysOfFamily("tunnel", [
  [
    "path",
    "boolean",
    8,
    "`exists` when the packet came with tunnel data of an external-mode device.",
    { families: ["netdev"], since: "1.1.6" },
  ],
  [
    "id",
    "integer",
    32,
    "Number of the tunnel, a VXLAN network for instance.",
    { families: ["netdev"], since: "1.1.6", byteorder: "big" },
  ],
]);

/** Numbers made up rather than read. */
export const numgen = keysOfFamily("numgen", [
  [
    "inc",
    "integer",
    32,
    "Counts up by one for each packet that gets here, modulo the given number: round robin. In a nat chain only the first packet of a connection gets here, so connections take turns.",
    { forms: ["numgen inc mod NUMBER [offset NUMBER]"] },
  ],
  [
    "random",
    "integer",
    32,
    "A random number below the given one, for each packet afresh. Use it in nat chains, or save the choice in `ct mark`, or packets of one connection go different ways.",
    { forms: ["numgen random mod NUMBER [offset NUMBER]"] },
  ],
]);

/** Numbers that are the same for packets that are alike. */
export const hash = keysOfFamily("hash", [
  [
    "jhash",
    "integer",
    32,
    "Hash of the expression, modulo the given number: equal values always give the same, so that a client sticks to one server. Without `seed` it changes at every load.",
    { forms: ["jhash EXPRESSION mod NUMBER [seed NUMBER] [offset NUMBER]"] },
  ],
  [
    "symhash",
    "integer",
    32,
    "Hash of addresses and ports that is the same in both directions of a connection.",
    { forms: ["symhash mod NUMBER [offset NUMBER]"] },
  ],
]);
