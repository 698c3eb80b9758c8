import {
  type Decision,
  decisionsOf,
  droppingBases,
  isClosed,
  known,
  knownNot,
  mayAccept,
} from "../../model/decisions.js";
import type { Chain } from "../../model/ruleset.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { isFilledByProgram } from "../ruleText.js";

/** A firewall that lets connections begin and drops what belongs to them. */
export const useEstablishedAccept: Lint = {
  id: "useEstablishedAccept",
  severity: "warning",
  summary: "A chain that drops by policy accepts new connections, but no packet that answers one.",
  doc: [
    "A connection has packets in both directions, and the policy of a chain meets all that no rule accepts. Where rules name",
    "the ports that may be asked, the answers to connections in the other direction come to other ports and are dropped: the",
    "machine cannot look up a name or fetch an update, and behind a router no answer gets back.",
    "",
    "Told for a chain with policy drop at the hooks input and forward when it accepts something, and when it is certain that",
    "no rule, map or chain could accept a packet of an established TCP connection to a port from 32768 up, from where",
    "connections are made. Not told of input where the output is closed by policy too, nor where packets come to chains that",
    "programs such as Docker and ufw fill.",
    "",
    "Put `ct state established,related accept` (`-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT`) in front.",
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
          '    iif "lo" accept',
          "    meta l4proto ipv6-icmp accept",
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
          "-A INPUT -i lo -j ACCEPT",
          "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
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
          "    meta l4proto ipv6-icmp accept",
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
          ":OUTPUT DROP [0:0]",
          "-A INPUT -i lo -j ACCEPT",
          "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
          "-A OUTPUT -o lo -j ACCEPT",
          "-A OUTPUT -p tcp -m tcp --sport 22 -j ACCEPT",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  needsWhole: true,
  find,
};

const hooks = new Set(["input", "forward"]);

const fromOutside = [knownNot("meta iifname", "lo"), knownNot("meta iif", "lo")];

/** A packet of a connection that this side began. */
const answer = [
  ...fromOutside,
  known("ct state", 2),
  known("meta l4proto", 6),
  known("ip protocol", 6),
  known("ip6 nexthdr", 6),
  known("tcp flags", 0x10),
  known("tcp dport", 32_768, 65_535),
];

/** A packet that begins a connection. */
const opening = [...fromOutside, known("ct state", 8), known("meta l4proto", 6)];

function* find({ ruleset }: LintContext): Iterable<LintFinding> {
  for (const chain of droppingBases(ruleset, hooks)) {
    if (isFilledByProgram(chain)) continue;
    if (chain.base?.hook === "input" && isClosed(ruleset, "output", chain)) continue;
    const accepted = openingAccept(chain);
    if (accepted) yield describe(chain, accepted);
  }
}

/** Where a chain that accepts no answer accepts new connections. */
function openingAccept(chain: Chain): Decision | undefined {
  let found: Decision | undefined;
  for (const decision of decisionsOf(chain)) {
    if (mayAccept(decision, answer)) return undefined;
    if (!found && decision.verdict === "accept" && mayAccept(decision, opening)) found = decision;
  }
  return found;
}

function describe(chain: Chain, { action }: Decision): LintFinding {
  const forwarded = chain.base?.hook === "forward";
  const lost = forwarded
    ? "no answer to a forwarded connection gets back"
    : "no answer to a connection that this machine makes gets in, be it a name's address or an update";
  const { start, end } = chain.base?.policySpan ?? chain.nameSpan;
  return {
    span: { start, end },
    message:
      `What no rule accepts is dropped here, and none accepts packets of established connections: ${lost}. ` +
      "Accept `established,related` before the other rules.",
    related: [{ span: { start: action.start, end: action.end }, message: "new connections are accepted here" }],
  };
}
