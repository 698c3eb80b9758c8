import type { Condition, Rule, Table } from "../../model/ruleset.js";
import { conditionsOf } from "../../model/walk.js";
import type { Span } from "../../text/span.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** A rule for both versions of IP that asks for a field of one of them. */
export const noFamilyGap: Lint = {
  id: "noFamilyGap",
  severity: "information",
  summary: "`ip protocol` in a table for both versions of IP leaves IPv6 out.",
  doc: [
    "In a table of family inet every `ip ...` match first asks whether the packet is IPv4 at all. A rule with",
    "`ip protocol tcp tcp dport 22 accept` thus does nothing for IPv6, although nothing else in it has to do with a version:",
    "IPv6 packets go on to the next rules and the policy.",
    "",
    "Told of a rule in a base chain of family inet that asks by `ip protocol` for TCP, UDP or another protocol of both",
    "versions, and for nothing else of IPv4, when no rule of its table asks for addresses or protocols of IPv6, or for the",
    "version itself.",
    "",
    "Write `meta l4proto tcp`; before `tcp dport` not even that is needed.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          "    tcp dport 23 ip protocol tcp drop",
          "    #            ^^^^^^^^^^^",
          "  }",
          "}",
          "",
        ]
          .join("\n")
          .replace("    # ^^^^^^^^^^^", "    #^^^^^^^^^^"),
      },
    ],
    good: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          "    meta l4proto tcp tcp dport 23 drop",
          "    ip protocol icmp accept",
          "    ip saddr 192.0.2.1 ip protocol tcp drop",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

/** Protocols that are the same over both versions: TCP, UDP, DCCP, SCTP, UDP-Lite. */
const shared = new Set([6n, 17n, 33n, 132n, 136n]);

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  if (!text.includes("ip protocol") || ruleset.incomplete) return;
  for (const table of ruleset.tables) {
    if (table.family !== "inet" || knowsVersions(text, table.blocks)) continue;
    for (const rule of table.chains.flatMap(({ base, rules }) => (base ? rules : []))) {
      const asked = text.slice(rule.start, rule.end).includes("ip protocol") && protocolAsked(rule, text);
      if (asked) yield describe(asked, text);
    }
  }
}

const ofVersions = /\bip6\s+(saddr|daddr|nexthdr\s+(?!icmpv6|ipv6-icmp|58))|\bnfproto\b|\bmeta\s+protocol\b/;

/** Whether some rule has IPv6 in mind, so that the one at hand may have a twin. */
function knowsVersions(text: string, blocks: Table["blocks"]): boolean {
  return blocks.some(({ start, end }) => ofVersions.test(text.slice(start, end)));
}

function protocolAsked(rule: Rule, text: string): Condition | undefined {
  const asked = conditionsOf(rule).find(({ field }) => field === "ip protocol");
  if (asked?.values.kind !== "ranges" || asked.op !== "==") return undefined;
  if (!asked.values.ranges.every(({ from, to }) => from === to && shared.has(from))) return undefined;
  const rest = text.slice(rule.start, asked.start) + text.slice(asked.end, rule.end);
  return /\b(ip|icmp|igmp|arp|fib|rt|[sd]nat)\s|@nh/.test(rest) ? undefined : asked;
}

function describe({ start, end }: Span, text: string): LintFinding {
  const words = /^ip\s+protocol/.exec(text.slice(start, end))?.[0] ?? "";
  const span = { start, end: start + words.length };
  return {
    span,
    message:
      "`ip protocol` asks for IPv4 first, so that this rule of an inet table does nothing for IPv6. Write `meta l4proto`.",
    fixes: [{ title: "Change to `meta l4proto`", edits: [{ span, text: "meta l4proto" }], preferred: true }],
  };
}
