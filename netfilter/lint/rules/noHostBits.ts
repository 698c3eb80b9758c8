import { formatNetwork, maskLength, type Network, parseNetwork } from "../../packet/address.js";
import { tokenAt } from "../../syntax/tree.js";
import type { Span } from "../../text/span.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** An address that looks like one machine and stands for its whole network. */
export const noHostBits: Lint = {
  id: "noHostBits",
  severity: "warning",
  summary: "An address has bits set that its prefix length leaves out: the whole network is meant.",
  doc: [
    "A prefix length says how many leading bits of an address count. The tools clear all others without a word, so that",
    "`192.168.1.5/24` is the network `192.168.1.0/24` with its 256 addresses, and a listing shows it so. Whoever wrote the",
    "address of one machine has opened the rule to all of its neighbours; whoever meant the network has left a riddle.",
    "",
    "Not told of `127.0.0.1/8` and `::1/...`, where nobody means another machine.",
    "",
    "Write the network's own address, or leave the length out (`/32`, `/128`) for the one machine.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          "    ip saddr { 192.168.1.5/24, 10.0.0.0/8 } tcp dport 22 accept",
          "    #          ^^^^^^^^^^^^^^",
          "    tcp dport 22 drop",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*filter",
          ":INPUT ACCEPT [0:0]",
          ":FORWARD ACCEPT [0:0]",
          ":OUTPUT ACCEPT [0:0]",
          "-A INPUT -s 10.0.0.0/8,192.168.1.5/24 -p tcp -m tcp --dport 22 -j ACCEPT",
          "#                      ^^^^^^^^^^^^^^",
          "-A INPUT -p tcp -m tcp --dport 22 -j DROP",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
    good: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          "    # was 192.168.1.5/24",
          "    ip saddr { 192.168.1.5/32, 10.0.0.0/8, 127.0.0.1/8 } tcp dport 22 accept",
          "    tcp dport 22 drop",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

/** Leaves out, to be quick, what most networks are: whole addresses, and lengths of whole bytes before zeros; and marks. */
const slash = /\/(?!32\b|128\b)(?<!\.0\/(?=24\b)|\.0\.0\/(?=16\b)|\.0\.0\.0\/(?=8\b)|\b0x[\da-f]+\/(?=0x))\d/g;
const addressEnd = /[\da-fA-F:.]+$/;
const maskStart = /^[\w.:]+/;

function* find({ text, tree, ruleset: { language } }: LintContext): Iterable<LintFinding> {
  for (const { index } of text.matchAll(slash)) {
    const [address] = addressEnd.exec(text.slice(Math.max(0, index - 50), index)) ?? [];
    const [mask] = maskStart.exec(text.slice(index + 1, index + 50)) ?? [];
    const read = address && parseNetwork(`${address}/${mask}`, language);
    if (!read || !hasHostBits(read) || tokenAt(tree.tokens, index - 1)?.role !== "address") continue;
    const span = { start: index - address.length, end: index + 1 + (mask as string).length };
    yield describe(span, address, read, formatNetwork(read));
  }
}

function hasHostBits(network: Network): boolean {
  const { value, mask } = network;
  return (value & mask) !== value && maskLength(network) !== undefined && !isLoopback(network);
}

function isLoopback({ family, value }: Network): boolean {
  return family === "ipv4" ? value >> 24n === 127n : value === 1n;
}

function describe(span: Span, host: string, { value }: Network, network: string): LintFinding {
  const looksLikeHost = (value & 0xffn) !== 0n;
  return {
    span,
    message:
      `The bits of \`${host}\` beyond the length are cleared in silence: this is all of \`${network}\`. ` +
      "Write the network's address, or correct the length.",
    fixes: [
      { title: `Change to \`${network}\``, edits: [{ span, text: network }], preferred: true },
      ...(looksLikeHost ? [{ title: `Change to the one address \`${host}\``, edits: [{ span, text: host }] }] : []),
    ],
  };
}
