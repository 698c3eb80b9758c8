import type { Extension } from "../extension.js";
import { match, option, rangeTo, u8, u16, upTo } from "./define.js";

const text = match("string", {
  forms: [
    "-m string --algo bm|kmp [!] --string text [options]",
    "-m string --algo bm|kmp [!] --hex-string bytes [options]",
  ],
  doc: "Searches the packet for a string of bytes. It sees one packet at a time: a word that is split between two segments, compressed or encrypted slips through, so it is no way to filter what people do on the web.",
  options: [
    option(
      "algo",
      "--algo bm|kmp",
      [
        {
          type: "word",
          words: {
            bm: "Boyer-Moore: skips ahead, faster for longer strings, but may miss one that lies across two memory pieces of the packet.",
            kmp: "Knuth-Morris-Pratt: looks at each byte once and finds strings across memory pieces too.",
          },
        },
      ],
      "How to search. The kernel loads the module `ts_bm` or `ts_kmp` for it.",
    ),
    option(
      "string",
      "[!] --string text",
      [{ type: "text", max: 128 }],
      "Up to 128 bytes to find, taken as they are. `|` has no meaning here.",
    ),
    option(
      "hex-string",
      "[!] --hex-string bytes",
      [
        {
          type: "pattern",
          pattern: /^(?:[^|\\]|\\.?|\|(?:[\da-f]{2} ?)+\|)+$/is,
          what: "text with bytes in hexadecimal between bars: |0d 0a|Host",
        },
      ],
      "As `--string`, with bytes in hexadecimal between bars: `|0d 0a|Host`. A bar that stays open or half a byte is refused.",
    ),
    option(
      "from",
      "--from offset",
      [upTo(u16)],
      "Where to begin, in bytes from the start of the **IP header**, which itself takes 20 of them or more.",
      { lessThan: { option: "to", orEqual: true } },
    ),
    option("to", "--to offset", [upTo(u16)], "Where to end. Not below `--from`. Smaller spans are faster."),
    option("icase", "--icase", [], "Capital and small ASCII letters are alike."),
  ],
  needs: [["algo"], ["string", "hex-string"]],
  excludes: [["string", "hex-string"]],
});

const length = match("length", {
  forms: ["-m length [!] --length length[:length]"],
  doc: "Compares the length of the IP packet: header and everything behind it (for IPv6 the 40 bytes of its header too), without the Ethernet header. With receive offload one packet can be many segments joined and far above the MTU.",
  options: [
    option(
      "length",
      "[!] --length length[:length]",
      [rangeTo(u16)],
      "The length in bytes, ends included. A reversed range is taken before 1.8.13 and never matches.",
    ),
  ],
  needs: [["length"]],
});

const tcpmss = match("tcpmss", {
  forms: ["-p tcp -m tcpmss [!] --mss value[:value]"],
  doc: "Compares the MSS option: the largest segment that one end is ready to take. Only SYN and SYN,ACK carry it; a segment without the option matches the negated form alone. Goes with `-j TCPMSS`, which changes it.",
  protocols: ["tcp"],
  options: [
    option(
      "mss",
      "[!] --mss value[:value]",
      [rangeTo(u16, { ordered: true })],
      "The offered MSS in bytes: 1460 for plain Ethernet with IPv4.",
    ),
  ],
  needs: [["mss"]],
});

const ttl = match("ttl", {
  forms: ["-m ttl [!] --ttl-eq value | --ttl-lt value | --ttl-gt value"],
  doc: "Compares the TTL of the IPv4 header. In FORWARD and after it the router has taken its 1 off already; in PREROUTING and INPUT it has not. `-m hl` does it for IPv6.",
  families: ["ipv4"],
  options: [
    option(
      "ttl-eq ttl",
      "[!] --ttl-eq value",
      [upTo(u8)],
      "Equals the value: 255 proves a sender on the same link, as every router takes 1 off.",
    ),
    option("ttl-lt", "--ttl-lt value", [upTo(u8)], "Below the value: traceroute begins with 1, 2, 3."),
    option("ttl-gt", "--ttl-gt value", [upTo(u8)], "Above the value. Most systems send with 64, 128 or 255."),
  ],
  needs: [["ttl-eq", "ttl-lt", "ttl-gt"]],
  excludes: [["ttl-eq", "ttl-lt", "ttl-gt"]],
});

const hl = match("hl", {
  forms: ["-m hl [!] --hl-eq value | --hl-lt value | --hl-gt value"],
  doc: "Compares the hop limit of the IPv6 header. In FORWARD and after it the router has taken its 1 off already. Neighbour discovery must come with 255, which the kernel checks by itself.",
  families: ["ipv6"],
  options: [
    option(
      "hl-eq hl",
      "[!] --hl-eq value",
      [upTo(u8)],
      "Equals the value: 255 proves a sender on the same link, as every router takes 1 off.",
    ),
    option("hl-lt", "--hl-lt value", [upTo(u8)], "Below the value: traceroute begins with 1, 2, 3."),
    option("hl-gt", "--hl-gt value", [upTo(u8)], "Above the value. Most systems send with 64 or 255."),
  ],
  needs: [["hl-eq", "hl-lt", "hl-gt"]],
  excludes: [["hl-eq", "hl-lt", "hl-gt"]],
});

const number = "(?:0x[\\da-f]+|\\d+)";
const spaced = (pattern: string) => `\\s*${pattern}\\s*`;
const location = `${spaced(number)}(?:(?:&|<<|>>|@)${spaced(number)})*`;
const valueRange = `${spaced(number)}(?::${spaced(number)})?`;
const u32Test = `${location}=${valueRange}(?:,${valueRange}){0,9}`;

const u32 = match("u32", {
  forms: ['-m u32 [!] --u32 "test [&& test...]"'],
  doc: "Reads any four bytes of the packet, counted from the start of the IP header, and compares them. It can follow header lengths by itself (`0>>22&0x3C@` jumps behind the IPv4 header). A test that reaches beyond the packet's end fails.",
  options: [
    option(
      "u32",
      "[!] --u32 location=value[:value][,value...][&&...]",
      [
        {
          type: "pattern",
          pattern: new RegExp(`^${u32Test}(?:&&${u32Test}){0,9}$`, "i"),
          what: "a u32 test such as 0>>22&0x3C@4>>24=0x1:0x5,7",
        },
      ],
      "A location is an offset to four bytes in network order, then steps: `&` masks, `<<` and `>>` shift, `@` goes on from the result as a new start. The result must be in one of the ranges. `&&` joins tests that must all hold: ten at the most, of ten ranges each.",
    ),
  ],
  needs: [["u32"]],
});

const bpf = match("bpf", {
  forms: ["-m bpf --bytecode program", "-m bpf --object-pinned path"],
  doc: "Runs a BPF program on the packet, from the start of the IP header, and matches if it returns anything but 0.",
  options: [
    option(
      "bytecode",
      "--bytecode program",
      [
        {
          type: "pattern",
          pattern: /^\s*0*(?:[1-9]|[1-5]\d|6[0-4])\s*,(?:\s*\d+\s+\d+\s+\d+\s+\d+[^,]*(?:,|$))+$/,
          what: 'classic BPF as "count,code jt jf k,...", which `nfbpf_compile` writes',
        },
      ],
      "A classic BPF program as numbers: how many instructions there are, then each one's four fields. `nfbpf_compile RAW 'expression'` writes it from tcpdump's language.",
    ),
    option(
      "object-pinned",
      "--object-pinned path",
      [{ type: "text" }],
      "An eBPF program of type socket filter, pinned in the BPF file system. It must be there when the rules are loaded.",
    ),
  ],
  needs: [["bytecode", "object-pinned"]],
  excludes: [["bytecode", "object-pinned"]],
});

const osf = match("osf", {
  forms: ["-p tcp -m osf [!] --genre name [--ttl level] [--log level]"],
  doc: "Guesses the sender's operating system from its SYN: window, MSS, options and their order, TTL. It needs `-p tcp` and fingerprints loaded by `nfnl_osf`; without them nothing matches. Anybody can pretend to be something else.",
  families: ["ipv4"],
  protocols: ["tcp"],
  hooks: ["PREROUTING", "INPUT", "FORWARD"],
  options: [
    option(
      "genre",
      "[!] --genre name",
      [{ type: "text", empty: true }],
      "The name in the fingerprint file: `Linux`, `Windows`, `FreeBSD`, `unknown`.",
    ),
    option(
      "ttl",
      "--ttl level",
      [upTo(2)],
      "How to treat the TTL: 0 must equal the fingerprint's (same network), 1 may be lower (the Internet), 2 does not matter.",
    ),
    option(
      "log",
      "--log level",
      [upTo(2)],
      "What goes to the kernel's log: 0 every signature that fits and unknown ones, 1 the first, 2 all known ones.",
    ),
  ],
  needs: [["genre"]],
});

/** Matches on the packet's headers and content beyond addresses and ports. */
export const contentMatches: readonly Extension[] = [text, length, tcpmss, ttl, hl, u32, bpf, osf];
