import type { Extension, Option, Value } from "../extension.js";
import { match, option, rangeTo, u8, u16, u32, upTo } from "./define.js";

const frag = match("frag", {
  forms: ["-m frag [[!] --fragid id[:id]] [[!] --fraglen length] [--fragres] [--fragfirst] [--fragmore|--fraglast]"],
  doc: "Looks for a fragment header. It finds one only before conntrack's defragmentation (priority -400 in PREROUTING and OUTPUT), that is not at all once conntrack or TPROXY is in use: then whole packets arrive everywhere.",
  families: ["ipv6"],
  options: [
    option("fragid", "[!] --fragid id[:id]", [rangeTo(u32)], "The number that all fragments of one packet share."),
    option(
      "fraglen",
      "[!] --fraglen length",
      [upTo(u32)],
      "Taken for the sake of old rules; the kernel does not compare it.",
    ),
    option("fragres", "--fragres", [], "The reserved fields of the header must be 0, as the standard asks."),
    option(
      "fragfirst",
      "--fragfirst",
      [],
      "The first fragment, the only one that holds the header behind (ports and flags).",
    ),
    option("fragmore", "--fragmore", [], "More fragments follow this one."),
    option("fraglast", "--fraglast", [], "No more fragments follow: the last one."),
  ],
  excludes: [["fragmore", "fraglast"]],
});

const optionList: Value = {
  type: "pattern",
  pattern: /^(?:(?:0x[\da-f]+|\d+)(?::(?:0x[\da-f]+|\d+))?(?:,(?!$)|$)){1,16}$/i,
  what: "up to 16 option types with commas between them, each with its length after a colon where wanted: 5:2,1",
};

/** Hop-by-hop and destination options have one format. */
function optionsHeader(word: "hbh" | "dst", what: string): Extension {
  return match(word, {
    forms: [`-m ${word} [[!] --${word}-len length] [--${word}-opts type[:length][,type[:length]...]]`],
    doc: what,
    families: ["ipv6"],
    options: [
      option(
        `${word}-len`,
        `[!] --${word}-len length`,
        [upTo(u32)],
        "The length of the whole header in bytes, a multiple of 8.",
      ),
      option(
        `${word}-opts`,
        `--${word}-opts type[:length][,type[:length]...]`,
        [optionList],
        "The header begins with options of these types (and lengths), in this order. Type 0 is one byte of padding, 1 several, 5 router alert.",
      ),
    ],
  });
}

const hbh = optionsHeader(
  "hbh",
  "Looks for the hop-by-hop options header, which every router on the way reads. Multicast listener reports carry a router alert in it; much else that comes with one is suspicious.",
);

const dst = optionsHeader(
  "dst",
  "Looks for the destination options header, which only the receiver reads. Mobile IPv6 puts the home address there.",
);

const rt = match("rt", {
  forms: [
    "-m rt [[!] --rt-type type] [[!] --rt-segsleft n[:n]] [[!] --rt-len length]",
    "-m rt --rt-type 0 [--rt-0-res] [--rt-0-addrs address[,address...] [--rt-0-not-strict]]",
  ],
  doc: "Looks for a routing header, by which the sender names places to pass. Type 0 is withdrawn because of its abuse, and Linux drops it where it is the next stop; 2 belongs to mobile IPv6, 4 to segment routing (`-m srh`).",
  families: ["ipv6"],
  options: [
    option(
      "rt-type",
      "[!] --rt-type type",
      [upTo(u32)],
      "The kind of routing header. Must stand before the `--rt-0-` options, which ask for type 0.",
    ),
    option(
      "rt-segsleft",
      "[!] --rt-segsleft n[:n]",
      [rangeTo(u32)],
      "How many stops are still ahead; 0 means that the packet is where it should be.",
    ),
    option("rt-len", "[!] --rt-len length", [upTo(u32)], "The length of the whole header in bytes."),
    option("rt-0-res", "--rt-0-res", [], "The reserved field must be 0. Only behind `--rt-type 0`.", {
      requires: ["rt-type"],
    }),
    option(
      "rt-0-addrs",
      "--rt-0-addrs address[,address...]",
      [{ type: "address", list: true }],
      "The stops of the header, up to 16. Only behind `--rt-type 0`.",
      { requires: ["rt-type"] },
    ),
    option(
      "rt-0-not-strict",
      "--rt-0-not-strict",
      [],
      "The addresses need only be among the stops, in their order. Without it they are the whole list.",
      { requires: ["rt-type", "rt-0-addrs"] },
    ),
  ],
});

const headers = {
  hop: "Hop-by-hop options (0).",
  "hop-by-hop": "Hop-by-hop options (0).",
  "0": "Hop-by-hop options.",
  dst: "Destination options (60).",
  "ipv6-opts": "Destination options (60).",
  "60": "Destination options.",
  route: "Routing header (43).",
  "ipv6-route": "Routing header (43).",
  "43": "Routing header.",
  frag: "Fragment header (44). Gone once conntrack has put the packet together.",
  "ipv6-frag": "Fragment header (44). Gone once conntrack has put the packet together.",
  "44": "Fragment header.",
  auth: "Authentication header of IPsec (51).",
  ah: "Authentication header of IPsec (51).",
  "51": "Authentication header of IPsec.",
  esp: "Encrypted payload of IPsec (50): nothing behind it can be read.",
  "50": "Encrypted payload of IPsec.",
  none: "Nothing follows (59).",
  "ipv6-nonxt": "Nothing follows (59).",
  "59": "Nothing follows.",
  prot: "Any transport protocol: TCP, UDP, ICMPv6 and so on.",
  protocol: "Any transport protocol: TCP, UDP, ICMPv6 and so on.",
};

const ipv6header = match("ipv6header", {
  forms: ["-m ipv6header [!] --header header[,header...] [--soft]"],
  doc: "Asks which extension headers the packet has. Without `--soft` they must be just the listed ones, in whatever order, with the transport protocol (`prot`) counted too.",
  families: ["ipv6"],
  options: [
    option(
      "header",
      "[!] --header header[,header...]",
      [{ type: "word", words: headers, list: true, blanks: true }],
      "The headers by short name, long name or number.",
    ),
    option("soft", "--soft", [], "The listed headers must be there, and others may be."),
  ],
  needs: [["header"]],
});

const mobilityTypes = {
  "binding-refresh-request": "0: the peer asks the mobile node to renew its binding.",
  brr: "0, `binding-refresh-request`: please renew the binding.",
  "home-test-init": "1: begins the test of the home address.",
  hoti: "1, `home-test-init`: begins the test of the home address.",
  "careof-test-init": "2: begins the test of the present address.",
  coti: "2, `careof-test-init`: begins the test of the present address.",
  "home-test": "3: answers the test of the home address.",
  hot: "3, `home-test`: answers the test of the home address.",
  "careof-test": "4: answers the test of the present address.",
  cot: "4, `careof-test`: answers the test of the present address.",
  "binding-update": "5: the mobile node tells where it is now.",
  bu: "5, `binding-update`: the mobile node tells where it is now.",
  "binding-acknowledgement": "6: answers a binding update.",
  ba: "6, `binding-acknowledgement`: answers a binding update.",
  "binding-error": "7: something is wrong with the binding.",
  be: "7, `binding-error`: something is wrong with the binding.",
};

/** A name, whole or cut short, or a number. */
const mobilityType = `(?:${Object.keys(mobilityTypes)
  .map((name) => [...name].reduceRight((rest, letter) => `${letter}(?:${rest})?`))
  .join("|")}|0*(?:1?\\d?\\d|2[0-4]\\d|25[0-5])|0x0*[\\da-f]{1,2})`;

const mh = match("mh", {
  forms: ["-p mh [-m mh] [[!] --mh-type type[:type]]"],
  doc: "Looks at the messages of mobile IPv6 (protocol 135). Of all the names of that protocol only `-p mh` brings it in by itself.",
  families: ["ipv6"],
  protocols: ["ipv6-mh"],
  loadedBy: ["mh"],
  options: [
    option(
      "mh-type",
      "[!] --mh-type type[:type]",
      [
        {
          type: "pattern",
          pattern: new RegExp(`^${mobilityType}?(?::${mobilityType}?)?$`, "i"),
          what: `a mobility message by name (${Object.keys(mobilityTypes).join(", ")}), by number from 0 to 255, or two with a colon between them`,
        },
      ],
      `The kind of message. The names may be cut short:\n\n${Object.entries(mobilityTypes)
        .map(([name, text]) => `- \`${name}\`: ${text}`)
        .join("\n")}`,
    ),
  ],
});

/** Each of these fields can be compared in three ways; all that are given must hold. */
function compared(field: string, argument: string, what: string): readonly Option[] {
  return [
    option(`${field}-eq`, `[!] --${field}-eq ${argument}`, [upTo(u8)], `${what} equals the number.`),
    option(`${field}-gt`, `[!] --${field}-gt ${argument}`, [upTo(u8)], `${what} is greater than the number.`),
    option(`${field}-lt`, `[!] --${field}-lt ${argument}`, [upTo(u8)], `${what} is less than the number.`),
  ];
}

const srh = match("srh", {
  forms: ["-m srh [options]"],
  doc: "Looks for a segment routing header (routing type 4), in which the sender lists the segments that the packet is to pass, last one first. All given options must hold.",
  families: ["ipv6"],
  options: [
    option(
      "srh-next-hdr",
      "[!] --srh-next-hdr number",
      [upTo(u8)],
      "The number of the header behind it: 41 for a tunnelled IPv6 packet, 4 for IPv4.",
    ),
    ...compared("srh-hdr-len", "length", "The header's length in units of 8 bytes, the first 8 not counted,"),
    ...compared("srh-segs-left", "segments", "The number of segments still ahead"),
    ...compared("srh-last-entry", "index", "The index of the last element in the segment list"),
    option("srh-tag", "[!] --srh-tag tag", [upTo(u16)], "The tag, by which the sender can group packets."),
    option(
      "srh-psid",
      "[!] --srh-psid address[/mask]",
      [{ type: "address", prefix: true }],
      "The segment that the packet has just passed.",
    ),
    option(
      "srh-nsid",
      "[!] --srh-nsid address[/mask]",
      [{ type: "address", prefix: true }],
      "The segment that comes next on the path.",
    ),
    option(
      "srh-lsid",
      "[!] --srh-lsid address[/mask]",
      [{ type: "address", prefix: true }],
      "The last segment, where the packet leaves the path.",
    ),
  ],
});

const eui64 = match("eui64", {
  forms: ["-m eui64"],
  doc: "Matches if the lower half of the source address was made from the MAC address in the frame: a host on the same link with neither privacy addresses nor a manual one. Not for packets of this host or on their way out.",
  families: ["ipv6"],
  hooks: ["PREROUTING", "INPUT", "FORWARD"],
  options: [],
});

/** Matches on IPv6's extension headers and addresses. */
export const ipv6Matches: readonly Extension[] = [frag, hbh, dst, rt, ipv6header, mh, srh, eui64];
