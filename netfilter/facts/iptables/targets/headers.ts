import type { Extension, IpFamily, Value } from "../extension.js";
import { integer, option, target } from "./define.js";

const octet: Value = { type: "integer", min: 0, max: 255 };
const oneOrMore = integer(1, 255);

const dscpClasses: Readonly<Record<string, string>> = {
  BE: "Best effort, DSCP 0.",
  EF: "Expedited forwarding, DSCP 46: voice.",
  ...Object.fromEntries(
    Array.from({ length: 8 }, (_, number) => [`CS${number}`, `Class selector ${number}, DSCP ${number * 8}.`]),
  ),
  ...Object.fromEntries(
    [1, 2, 3, 4].flatMap((line) =>
      [1, 2, 3].map((drop) => [
        `AF${line}${drop}`,
        `Assured forwarding class ${line}, drop precedence ${drop}, DSCP ${line * 8 + drop * 2}.`,
      ]),
    ),
  ),
};

const tosValue: Value = {
  type: "word",
  ignoreCase: true,
  orInteger: 255,
  slash: octet,
  words: {
    "Minimize-Delay": "0x10, for interactive traffic.",
    "Maximize-Throughput": "0x08, for bulk transfers.",
    "Maximize-Reliability": "0x04.",
    "Minimize-Cost": "0x02; the bit belongs to ECN today.",
    "Normal-Service": "0x00, no wish.",
  },
};

const hopOptions = (prefix: "ttl" | "hl") => [
  option(
    `${prefix}-set`,
    octet,
    "VALUE",
    "Sets it to this value. Packets that a loop sends round for ever then never die.",
  ),
  option(
    `${prefix}-dec`,
    oneOrMore,
    "VALUE",
    "Takes this much off, down to 0, with which no router passes the packet on.",
  ),
  option(
    `${prefix}-inc`,
    oneOrMore,
    "VALUE",
    "Adds this much, up to 255. Adding 1 hides this router from traceroute; a routing loop then never ends.",
  ),
];

const hopExclusions = (prefix: "ttl" | "hl") => [[`${prefix}-set`, `${prefix}-dec`, `${prefix}-inc`]];

/** The families differ in how large a segment may be, and in the headers that are taken off the MTU. */
function tcpMss(family: IpFamily, most: number, headers: number): Extension {
  return target(
    "TCPMSS",
    "Rewrites the maximum segment size that a TCP handshake announces, so that packets fit through a path whose ICMP 'too big' errors get lost. Only the SYN and SYN-ACK carry it: match them with `-p tcp --tcp-flags SYN,RST SYN` (the legacy build refuses a rule that does not ask for SYN). Connections that are already open keep their size.",
    {
      families: [family],
      protocols: ["tcp"],
      needs: [["set-mss", "clamp-mss-to-pmtu"]],
      options: [
        option(
          "set-mss",
          integer(0, most),
          "VALUE",
          "Lowers the announced size to this value; it is never raised. Where the option is missing it is added, with the standard's default at the most (536 for IPv4, 1220 for IPv6).",
        ),
        option(
          "clamp-mss-to-pmtu",
          undefined,
          "",
          `Lowers the announced size to what fits the smaller MTU of the routes to both ends, less ${headers} bytes of headers. Only SYN packets are changed. It needs to know the way out, hence only FORWARD, OUTPUT and POSTROUTING.`,
          { hooks: ["FORWARD", "OUTPUT", "POSTROUTING"] },
        ),
      ],
    },
  );
}

/** Targets that rewrite fields of the packet's headers; the packet then goes on to the next rule. */
export const headerTargets: readonly Extension[] = [
  tcpMss("ipv4", 65_515, 40),
  tcpMss("ipv6", 65_495, 60),
  target(
    "TCPOPTSTRIP",
    "Overwrites TCP options with no-operation bytes, so that the other end never sees them. Stripping SACK or window scaling slows connections down; it is a tool for broken peers.",
    {
      tables: ["mangle"],
      protocols: ["tcp"],
      options: [
        option(
          "strip-options",
          {
            type: "word",
            list: true,
            fromInteger: 2,
            orInteger: 255,
            words: {
              wscale: "Window scale, option 3: without it a connection has at most 64 KB under way.",
              mss: "Maximum segment size, option 2.",
              "sack-permitted": "SACK permitted, option 4.",
              sack: "Selective acknowledgement, option 5.",
              timestamp: "Timestamps, option 8.",
              md5: "MD5 signature, option 19, used between BGP routers.",
            },
          },
          "OPTION[,...]",
          "The options to overwrite, by name or number from 2 to 255.",
        ),
      ],
    },
  ),
  target(
    "TTL",
    "Changes the IPv4 time to live, the number of routers a packet may still pass. The kernel takes 1 off when it forwards, between PREROUTING and FORWARD, and drops at 0.",
    {
      families: ["ipv4"],
      tables: ["mangle"],
      options: hopOptions("ttl"),
      needs: hopExclusions("ttl"),
      excludes: hopExclusions("ttl"),
    },
  ),
  target(
    "HL",
    "Changes the IPv6 hop limit, the number of routers a packet may still pass. Neighbour discovery only believes packets with 255: leave those alone.",
    {
      families: ["ipv6"],
      tables: ["mangle"],
      options: hopOptions("hl"),
      needs: hopExclusions("hl"),
      excludes: hopExclusions("hl"),
    },
  ),
  target(
    "DSCP",
    "Writes the upper six bits of the TOS or traffic class byte, by which routers and Wi-Fi queues sort packets; the two ECN bits stay. Set for each packet, it is not remembered by the connection.",
    {
      tables: ["mangle"],
      needs: [["set-dscp", "set-dscp-class"]],
      excludes: [["set-dscp", "set-dscp-class"]],
      options: [
        option(
          "set-dscp",
          integer(0, 63),
          "VALUE",
          "The code point as a number from 0 to 63, not the whole byte: EF is 46, not 184.",
        ),
        option(
          "set-dscp-class",
          { type: "word", words: dscpClasses, ignoreCase: true },
          "CLASS",
          "The code point by its class.",
        ),
      ],
    },
  ),
  target(
    "TOS",
    "Writes the whole TOS (IPv4) or traffic class (IPv6) byte, the ECN bits too if the mask covers them. In mangle OUTPUT a changed byte makes the kernel route the packet again.",
    {
      tables: ["mangle"],
      needs: [["set-tos", "and-tos", "or-tos", "xor-tos"]],
      excludes: [["set-tos", "and-tos", "or-tos", "xor-tos"]],
      options: [
        option(
          "set-tos",
          tosValue,
          "VALUE[/MASK]",
          "Clears the bits of MASK, then XORs VALUE in; without a mask the whole byte is replaced. An old name such as `Minimize-Delay` stands for its value with mask `0x3f`.",
        ),
        option("and-tos", octet, "BITS", "Keeps only these bits of the byte."),
        option("or-tos", octet, "BITS", "Sets these bits of the byte and leaves the others."),
        option("xor-tos", octet, "BITS", "Flips these bits of the byte and leaves the others."),
      ],
    },
  ),
  target(
    "ECN",
    "Takes explicit congestion notification out of a connection, for peers or middle boxes that drop packets with these bits.",
    {
      families: ["ipv4"],
      tables: ["mangle"],
      needs: [["ecn-tcp-remove", "ecn-tcp-cwr", "ecn-tcp-ece", "ecn-ip-ect"]],
      narrows: ["ecn-tcp-remove", "ecn-tcp-cwr", "ecn-tcp-ece"].map((option) => ({ option, protocols: ["tcp"] })),
      options: [
        option(
          "ecn-tcp-remove",
          undefined,
          "",
          "Clears ECE and CWR in the TCP header, so that the handshake ends without ECN. Needs `-p tcp`.",
        ),
        option("ecn-tcp-cwr", integer(0, 1), "VALUE", "Sets or clears TCP's CWR bit. Needs `-p tcp`."),
        option("ecn-tcp-ece", integer(0, 1), "VALUE", "Sets or clears TCP's ECE bit. Needs `-p tcp`."),
        option(
          "ecn-ip-ect",
          integer(0, 3),
          "VALUE",
          "Writes the two ECN bits of the IP header. Doing so on a path that marks congestion hides it.",
        ),
      ],
    },
  ),
  target(
    "CHECKSUM",
    "Computes the packet's checksum now, where the kernel would leave it to the network card. For old DHCP clients in virtual machines, which read packets raw and throw away those whose checksum is not filled in.",
    {
      tables: ["mangle"],
      needs: [["checksum-fill"]],
      options: [
        option("checksum-fill", undefined, "", "Fills the checksum in, at the price of reading the whole packet."),
      ],
    },
  ),
];
