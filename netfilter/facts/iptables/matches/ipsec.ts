import type { Extension } from "../extension.js";
import { match, option, rangeTo, u32, upTo } from "./define.js";

const spi =
  "The security parameters index, which names one direction of one IPsec connection on the receiver. Ends are included, and an end left out is 0 or 4294967295.";

const ah4 = match("ah", {
  forms: ["-p ah [-m ah] [[!] --ahspi spi[:spi]]"],
  doc: "Looks at the authentication header of IPsec (protocol 51). `-p ah` brings it in by itself. It sees the packet as it came off the wire, before IPsec has checked it.",
  families: ["ipv4"],
  protocols: ["ah"],
  options: [option("ahspi", "[!] --ahspi spi[:spi]", [rangeTo(u32)], spi)],
});

const ah6 = match("ah", {
  forms: ["-m ah [[!] --ahspi spi[:spi]] [[!] --ahlen length] [--ahres]"],
  doc: "Looks for the authentication header of IPsec among the extension headers of the packet, so it needs no `-p`. It sees the packet as it came off the wire, before IPsec has checked it.",
  families: ["ipv6"],
  options: [
    option("ahspi", "[!] --ahspi spi[:spi]", [rangeTo(u32)], spi),
    option("ahlen", "[!] --ahlen length", [upTo(u32)], "The length of the whole header in bytes; 0 compares nothing."),
    option("ahres", "--ahres", [], "The reserved field must be 0, as the standard asks."),
  ],
});

const esp = match("esp", {
  forms: ["-p esp [-m esp] [[!] --espspi spi[:spi]]"],
  doc: "Looks at the encrypted payload header of IPsec (protocol 50), that is at the tunnel's outer packet: what is inside cannot be seen here. `-p esp` brings it in by itself. ESP inside of UDP (port 4500, NAT traversal) is UDP to it.",
  protocols: ["esp"],
  options: [option("espspi", "[!] --espspi spi[:spi]", [rangeTo(u32)], spi)],
});

const ipcomp = match("ipcomp", {
  forms: ["-p ipcomp [-m ipcomp] [[!] --ipcompspi spi[:spi]]"],
  doc: "Looks at the header of IP payload compression (protocol 108), which some IPsec setups put around packets. `-p ipcomp` brings it in by itself.",
  protocols: ["ipcomp"],
  options: [
    option(
      "ipcompspi",
      "[!] --ipcompspi spi[:spi]",
      [rangeTo(u32)],
      "The compression parameters index, 16 bits in the packet though the tools take 32. Ends are included.",
    ),
    option(
      "compres",
      "--compres",
      [],
      "The reserved field must be 0. The tools take it, though their help leaves it out.",
    ),
  ],
});

const element = { repeatable: true } as const;

const policy = match("policy", {
  forms: [
    "-m policy --dir in|out --pol none|ipsec",
    "-m policy --dir in|out --pol ipsec [--strict] [--reqid id] [--spi spi] [--proto protocol] [--mode mode [--tunnel-src address] [--tunnel-dst address]] [--next ...]",
  ],
  doc: "Asks what IPsec has done with the packet (`in`) or is going to do (`out`). The decrypted packet runs through the hooks with the interface of the encrypted one, so this is how to tell traffic from the tunnel from the same addresses in clear text. Before SNAT or MASQUERADE, `--dir out --pol none` keeps tunnel traffic out.",
  narrows: [
    { option: "dir", value: "in", hooks: ["PREROUTING", "INPUT", "FORWARD"] },
    { option: "dir", value: "out", hooks: ["FORWARD", "OUTPUT", "POSTROUTING"] },
  ],
  options: [
    option(
      "dir",
      "--dir in|out",
      [
        {
          type: "word",
          words: {
            in: "What was taken off the packet on its way in. Not in OUTPUT or POSTROUTING.",
            out: "What the packet will be put into on its way out. Not in PREROUTING or INPUT.",
          },
        },
      ],
      "Which way to look. The kernel refuses a direction that the hook cannot know.",
    ),
    option(
      "pol",
      "--pol none|ipsec",
      [
        {
          type: "word",
          words: {
            none: "No IPsec at all: clear text.",
            ipsec: "Some IPsec. With the options below, such as they describe.",
          },
        },
      ],
      "Whether IPsec is at work on the packet at all, in the direction of `--dir`.",
    ),
    option(
      "strict",
      "--strict",
      [],
      "The described elements must be the whole policy, in order. Without it one element that fits, at any place, is enough.",
    ),
    option(
      "reqid",
      "[!] --reqid id",
      [upTo(u32)],
      "The request id that the keying daemon gave the policy, as `ip xfrm policy` shows it.",
      element,
    ),
    option(
      "spi",
      "[!] --spi spi",
      [upTo(u32)],
      "The security parameters index. It changes whenever keys are renewed, so it is of little use in lasting rules.",
      element,
    ),
    option(
      "proto",
      "[!] --proto ah|esp|ipcomp",
      [
        {
          type: "word",
          words: {
            esp: "Encrypted, as nearly always.",
            ah: "Authenticated only.",
            ipcomp: "Compressed.",
            "50": "ESP: encrypted.",
            "51": "AH: authenticated only.",
            "108": "IPComp: compressed.",
          },
        },
      ],
      "What kind of transformation the element is, by name or by its protocol number.",
      element,
    ),
    option(
      "mode",
      "[!] --mode tunnel|transport",
      [
        {
          type: "word",
          words: {
            tunnel: "The whole packet is put into another one between two gateways.",
            transport: "The payload between the two ends is protected, the IP header stays.",
          },
        },
      ],
      "How the packet is wrapped for its way to the other end.",
      element,
    ),
    option(
      "tunnel-src",
      "[!] --tunnel-src address[/mask]",
      [{ type: "address", prefix: true }],
      "The outer packet's source. Only with `--mode tunnel` of the same element.",
      { repeatable: true, requires: ["mode"] },
    ),
    option(
      "tunnel-dst",
      "[!] --tunnel-dst address[/mask]",
      [{ type: "address", prefix: true }],
      "The outer packet's destination. Only with `--mode tunnel` of the same element.",
      { repeatable: true, requires: ["mode"] },
    ),
    option("next", "--next", [], "Begins the next element, four at the most. Only with `--strict`.", {
      repeatable: true,
      requires: ["strict"],
    }),
  ],
  needs: [["dir"]],
});

/** Matches on IPsec: its headers, and what it does with a packet. */
export const ipsecMatches: readonly Extension[] = [ah4, ah6, esp, ipcomp, policy];
