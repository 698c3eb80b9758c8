import {
  decisionsOf,
  droppingBases,
  isClosed,
  known,
  knownName,
  mayAccept,
  type Probe,
} from "../../model/decisions.js";
import type { Chain } from "../../model/ruleset.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { isFilledByProgram } from "../ruleText.js";

/** A machine whose own programs cannot talk to each other. */
export const useLoopbackAccept: Lint = {
  id: "useLoopbackAccept",
  severity: "warning",
  summary: "An input chain that drops by policy does not accept what the machine sends to itself.",
  doc: [
    "What programs of one machine send to each other over 127.0.0.1, ::1 or its own addresses goes through output and then,",
    "as packets that came in by `lo`, through input. Where input drops by policy and no rule accepts them, a local name",
    "server, database or mail queue is not reached by the machine's own programs, which wait until they give up.",
    "",
    "Told when the chain accepts something, and when it is certain that no rule, map or chain could accept a new TCP",
    "connection from 127.0.0.1 or ::1 to a port from 32768 up; rules for single services are not taken for enough. Not told",
    "where the output is closed by policy too, for such a machine is shut in on purpose, nor where packets come to chains that",
    "programs such as ufw fill.",
    "",
    'Put `iif "lo" accept` (`-A INPUT -i lo -j ACCEPT`) in front.',
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain input {",
          "    type filter hook input priority filter; policy drop;",
          "    #                                       ^^^^^^^^^^^",
          "    ct state established,related accept",
          "    meta l4proto { icmp, ipv6-icmp } accept",
          "    tcp dport 22 accept",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*filter",
          ":INPUT DROP [0:0]",
          "#      ^^^^",
          ":FORWARD ACCEPT [0:0]",
          ":OUTPUT ACCEPT [0:0]",
          "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
          "-A INPUT -i eth0 -p tcp -m tcp --dport 22 -j ACCEPT",
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
          "    type filter hook input priority filter; policy drop;",
          "    ct state established,related accept",
          '    iif "lo" accept',
          "    meta l4proto { icmp, ipv6-icmp } accept",
          "    tcp dport 22 accept",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*filter",
          ":INPUT DROP [0:0]",
          ":FORWARD ACCEPT [0:0]",
          ":OUTPUT ACCEPT [0:0]",
          "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
          "-A INPUT ! -i eth0 -j ACCEPT",
          "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  needsWhole: true,
  find,
};

const hooks = new Set(["input"]);

const local = [
  knownName("meta iifname", "lo"),
  knownName("meta iif", "lo"),
  known("ct state", 8),
  known("meta l4proto", 6),
  known("ip protocol", 6),
  known("ip6 nexthdr", 6),
  known("tcp flags", 2),
  known("tcp dport", 32_768, 65_535),
];

/** A new connection from the machine to itself, over either version of IP. */
const overIpv4 = [...local, known("meta nfproto", 2), known("ip saddr", 0x7f00_0001), known("ip daddr", 0x7f00_0001)];
const overIpv6 = [...local, known("meta nfproto", 10), known("ip6 saddr", 1), known("ip6 daddr", 1)];

const connections: Readonly<Record<string, readonly Probe[]>> = {
  ip: [overIpv4],
  ip6: [overIpv6],
  inet: [overIpv4, overIpv6],
};

function* find({ ruleset }: LintContext): Iterable<LintFinding> {
  for (const chain of droppingBases(ruleset, hooks)) {
    if (isFilledByProgram(chain)) continue;
    if (isClosed(ruleset, "output", chain) || !isLoopbackDropped(chain)) continue;
    const { start, end } = chain.base?.policySpan ?? chain.nameSpan;
    yield {
      span: { start, end },
      message:
        "What no rule accepts is dropped here, and none accepts what comes in by `lo`: the machine's own programs " +
        "cannot reach each other, be it a local name server or a database. Accept everything from `lo` first.",
    };
  }
}

/** Whether the chain accepts something, and nothing of this. */
function isLoopbackDropped(chain: Chain): boolean {
  const packets = connections[chain.table.family] ?? [];
  let accepts = false;
  for (const decision of decisionsOf(chain)) {
    if (packets.some((packet) => mayAccept(decision, packet))) return false;
    accepts ||= decision.verdict === "accept";
  }
  return accepts;
}
