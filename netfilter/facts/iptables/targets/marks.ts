import type { Extension, Option, Value } from "../extension.js";
import { integer, max32, option, target } from "./define.js";

const masked: Value = { type: "mark", mask: true };
const bits: Value = { type: "integer", min: 0, max: max32 };

const packetMarkOptions: readonly Option[] = [
  option(
    "set-xmark",
    masked,
    "VALUE[/MASK]",
    "Clears the bits of MASK, then XORs VALUE in: `mark = (mark & ~MASK) ^ VALUE`. Without a mask all 32 bits are replaced. Bits of VALUE outside of MASK are flipped, not set, and so go away again when the rule is met twice.",
  ),
  option(
    "set-mark",
    masked,
    "VALUE[/MASK]",
    "Clears the bits of MASK, then ORs VALUE in: `mark = (mark & ~MASK) | VALUE`. Without a mask it replaces the whole mark, and with it the bits that others (Docker, Kubernetes, VPNs) keep there. iptables-save shows it as `--set-xmark` with MASK widened by VALUE's bits.",
  ),
  option(
    "and-mark",
    bits,
    "BITS",
    "Keeps only these bits of the mark: `mark = mark & BITS`, saved as `--set-xmark 0/~BITS`.",
  ),
  option(
    "or-mark",
    bits,
    "BITS",
    "Sets these bits and leaves the others: `mark = mark | BITS`, saved as `--set-xmark BITS/BITS`.",
  ),
  option(
    "xor-mark",
    bits,
    "BITS",
    "Flips these bits and leaves the others: `mark = mark ^ BITS`, saved as `--set-xmark BITS/0`.",
  ),
];

const connectionMarkOptions: readonly Option[] = [
  option(
    "set-xmark",
    masked,
    "VALUE[/MASK]",
    "Clears the bits of MASK in the connection's mark, then XORs VALUE in: `ctmark = (ctmark & ~MASK) ^ VALUE`. Without a mask all 32 bits are replaced.",
  ),
  option(
    "set-mark",
    masked,
    "VALUE[/MASK]",
    "Clears the bits of MASK in the connection's mark, then ORs VALUE in: `ctmark = (ctmark & ~MASK) | VALUE`. The packet's own mark does not change.",
  ),
  option("and-mark", bits, "BITS", "Keeps only these bits of the connection's mark."),
  option("or-mark", bits, "BITS", "Sets these bits of the connection's mark and leaves the others."),
  option("xor-mark", bits, "BITS", "Flips these bits of the connection's mark and leaves the others."),
  option(
    "save-mark",
    undefined,
    "",
    "Copies the packet's mark into the connection's entry: `ctmark = (ctmark & ~CTMASK) ^ (mark & NFMASK)`, all bits without masks. It happens only for packets that reach this rule: an `ACCEPT` or another verdict earlier in the table skips it. A packet without a mark saves 0 and so erases what was there.",
  ),
  option(
    "restore-mark",
    undefined,
    "",
    "Copies the connection's mark to the packet: `mark = (mark & ~NFMASK) ^ (ctmark & CTMASK)`, all bits without masks. For marks that routing shall follow it belongs at the top of mangle PREROUTING (and OUTPUT); without masks it overwrites a mark that the packet has already.",
  ),
  option(
    "ctmask",
    bits,
    "BITS",
    "Which bits of the connection's mark take part in `--save-mark` or `--restore-mark`. `--nfmask` should name the same bits: bits that only one of them has are flipped or lost.",
  ),
  option("nfmask", bits, "BITS", "Which bits of the packet's mark take part in `--save-mark` or `--restore-mark`."),
  option("mask", bits, "BITS", "Both masks at once: short for `--nfmask BITS --ctmask BITS`."),
  option(
    "left-shift-mark",
    integer(0, 32),
    "BITS",
    "Shifts the value to the left by this many bits on its way, together with an option that sets, saves or restores.",
  ),
  option(
    "right-shift-mark",
    integer(0, 32),
    "BITS",
    "Shifts the value to the right by this many bits on its way, together with an option that sets, saves or restores.",
  ),
];

const connectionMarkActions = ["set-xmark", "set-mark", "and-mark", "or-mark", "xor-mark", "save-mark", "restore-mark"];

const port16 = integer(0, 65_535);
const hashParts: Value = {
  type: "word",
  list: true,
  ignoreCase: true,
  abbreviated: "first",
  words: {
    src: "Source address.",
    dst: "Destination address.",
    sport: "Source port.",
    dport: "Destination port.",
    spi: "SPI of ESP and AH; not together with ports.",
    proto: "Transport protocol.",
    ct: "The connection's original addresses and ports in place of the packet's.",
  },
};

/** Targets that write marks and classes: what a packet or connection is called, not what it says. */
export const markTargets: readonly Extension[] = [
  target(
    "MARK",
    "Writes the packet's mark, 32 bits that only this machine knows and only as long as the packet is here: `ip rule fwmark`, `tc` and later rules read it. The next packet of the same connection starts at 0 again; to keep it, save it with `CONNMARK`. Routing follows it only if it is set before routing, in PREROUTING, or in mangle OUTPUT, after which packets are routed again. The packet goes on to the next rule.",
    {
      options: packetMarkOptions,
      needs: [packetMarkOptions.map(({ names: [name = ""] }) => name)],
      excludes: [packetMarkOptions.map(({ names: [name = ""] }) => name)],
    },
  ),
  target(
    "CONNMARK",
    "Writes the connection's mark, or copies between it and the packet's mark. The connection's mark stays with its conntrack entry for all later packets of both directions and shows in `conntrack -L`; routing and `tc` do not read it, only the packet's. For a packet without a connection (`INVALID`, untracked) nothing happens. The packet goes on to the next rule.",
    {
      options: connectionMarkOptions,
      needs: [connectionMarkActions],
      excludes: [connectionMarkActions, ["mask", "ctmask"], ["mask", "nfmask"]],
    },
  ),
  target(
    "SECMARK",
    "Writes a security label on the packet, which SELinux compares with what the receiving or sending program may do. Nothing happens without a loaded SELinux policy, and the load fails for a context that the policy does not know.",
    {
      tables: ["mangle", "security"],
      needs: [["selctx"]],
      options: [
        option(
          "selctx",
          { type: "text", empty: true },
          "CONTEXT",
          "The SELinux context, such as `system_u:object_r:http_packet_t:s0`.",
        ),
      ],
    },
  ),
  target(
    "CONNSECMARK",
    "Copies the security label between the packet and its connection, so that only the first packet has to be classified by `SECMARK`.",
    {
      tables: ["mangle", "security"],
      needs: [["save", "restore"]],
      excludes: [["save", "restore"]],
      options: [
        option("save", undefined, "", "Copies the packet's label to the connection, if the connection has none yet."),
        option("restore", undefined, "", "Copies the connection's label to the packet, if the packet has none yet."),
      ],
    },
  ),
  target(
    "CLASSIFY",
    "Sets the packet's priority field to a traffic class, which the queueing discipline of the outgoing interface then uses directly. It may stand only where the packet is on its way out. A class that the interface's discipline does not have is ignored. The packet goes on to the next rule.",
    {
      hooks: ["FORWARD", "OUTPUT", "POSTROUTING"],
      needs: [["set-class"]],
      options: [
        option(
          "set-class",
          {
            type: "pattern",
            pattern: /^(0x)?[\da-f]+:(0x)?[\da-f]/i,
            what: "a traffic class as MAJOR:MINOR, both hexadecimal",
          },
          "MAJOR:MINOR",
          "The class as `tc` prints it. Both numbers are hexadecimal, with or without `0x`: `1:10` is minor 16.",
        ),
      ],
    },
  ),
  target(
    "HMARK",
    "Writes a hash over addresses and ports into the packet's mark: `mark = hash % MOD + OFFSET`, replacing what was there. All packets of one direction of a flow get the same mark, so routing can spread flows over several links. The packet goes on to the next rule.",
    {
      needs: [
        ["hmark-mod"],
        ["hmark-rnd"],
        [
          "hmark-tuple",
          "hmark-src-prefix",
          "hmark-dst-prefix",
          "hmark-sport-mask",
          "hmark-dport-mask",
          "hmark-spi-mask",
          "hmark-sport",
          "hmark-dport",
          "hmark-spi",
          "hmark-proto-mask",
        ],
      ],
      excludes: [
        ["hmark-spi-mask", "hmark-sport-mask"],
        ["hmark-spi-mask", "hmark-dport-mask"],
      ],
      options: [
        option("hmark-tuple", hashParts, "PART[,...]", "What goes into the hash."),
        option("hmark-mod", integer(1, max32), "VALUE", "How many different marks there shall be."),
        option(
          "hmark-offset",
          integer(0, max32),
          "VALUE",
          "The first of the marks; keep it above 0, so that no flow ends up unmarked.",
        ),
        option(
          "hmark-rnd",
          integer(0, max32),
          "VALUE",
          "Seed of the hash. Routers that shall agree on the marks need the same.",
        ),
        ...(["src", "dst"] as const).map((end) =>
          option(
            `hmark-${end}-prefix`,
            { type: "pattern", pattern: /^[\da-f.:]+$/i, what: "a prefix length or a mask" },
            "LENGTH",
            `How much of the ${end === "src" ? "source" : "destination"} address goes into the hash.`,
          ),
        ),
        ...(["sport", "dport"] as const).flatMap((end) => {
          const name = end === "sport" ? "source port" : "destination port";
          return [
            option(`hmark-${end}-mask`, port16, "VALUE", `Which bits of the ${name} go into the hash.`),
            option(`hmark-${end}`, port16, "VALUE", `Bits that are set in the ${name} before it goes into the hash.`),
          ];
        }),
        option("hmark-spi-mask", integer(0, max32), "VALUE", "Which bits of the SPI of ESP and AH go into the hash."),
        option("hmark-spi", integer(0, max32), "VALUE", "Bits that are set in the SPI before it goes into the hash."),
        option("hmark-proto-mask", port16, "VALUE", "Which bits of the protocol's number go into the hash."),
      ],
    },
  ),
];
