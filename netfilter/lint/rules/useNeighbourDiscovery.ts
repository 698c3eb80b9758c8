import { type Decision, decisionsOf, droppingBases, known, knownNot, mayAccept } from "../../model/decisions.js";
import type { Chain } from "../../model/ruleset.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { isFilledByProgram } from "../ruleText.js";

/** IPv6 that is allowed and yet dead, because nobody may ask for the machine's address. */
export const useNeighbourDiscovery: Lint = {
  id: "useNeighbourDiscovery",
  severity: "warning",
  summary:
    "An input chain that drops by policy accepts IPv6 but not the ICMPv6 messages without which it does not work.",
  doc: [
    "IPv6 has no ARP: a machine finds its neighbours, the router among them, by ICMPv6 neighbour solicitations (type 135) and",
    "advertisements (type 136), which go through input like any packet. Conntrack never takes them for established. Where",
    "they are dropped, nobody on the link can send the machine a packet, and it can send to nobody.",
    "",
    "Told when the chain accepts new connections over IPv6 and it is certain that no rule, map or chain could accept one of",
    "the two types: `ct state new` does not, as conntrack leaves them untracked. Not told where packets come to chains that",
    "programs such as ufw fill.",
    "",
    "Accept `icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert }`, or all of ICMPv6. Where no IPv6 is",
    "wanted, say so: `meta nfproto ipv6 drop`.",
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
          '    iif "lo" accept',
          "    ip protocol icmp accept",
          "    tcp dport 22 accept",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "ip6tables",
        text: [
          "*filter",
          ":INPUT DROP [0:0]",
          "#      ^^^^",
          ":FORWARD ACCEPT [0:0]",
          ":OUTPUT ACCEPT [0:0]",
          "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
          "-A INPUT -i lo -j ACCEPT",
          "-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT",
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
          "    ip protocol icmp accept",
          "    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept",
          "    tcp dport 22 accept",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain input {",
          "    type filter hook input priority filter; policy drop;",
          "    ct state established,related accept",
          '    iif "lo" accept',
          "    meta nfproto ipv4 tcp dport 22 accept",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
    ],
  },
  needsWhole: true,
  find,
};

const hooks = new Set(["input"]);

const fromAfar = [knownNot("meta iifname", "lo"), knownNot("meta iif", "lo"), known("meta nfproto", 10)];

/** A new connection over IPv6. */
const opening = [...fromAfar, known("ct state", 8)];

const neighbour = [
  ...fromAfar,
  known("ct state", 64),
  known("meta l4proto", 58),
  known("ip6 nexthdr", 58),
  known("ip6 hoplimit", 255),
];
const messages = [
  { name: "solicitations (type 135)", packet: [...neighbour, known("icmpv6 type", 135)] },
  { name: "advertisements (type 136)", packet: [...neighbour, known("icmpv6 type", 136)] },
];

function* find({ ruleset }: LintContext): Iterable<LintFinding> {
  for (const chain of droppingBases(ruleset, hooks)) {
    if (isFilledByProgram(chain)) continue;
    if (chain.table.family === "ip") continue;
    let accepted: Decision | undefined;
    let missing = messages;
    for (const decision of decisionsOf(chain)) {
      if (decision.verdict === "accept" && mayAccept(decision, opening)) accepted ??= decision;
      missing = missing.filter(({ packet }) => !mayAccept(decision, packet));
      if (missing.length === 0) break;
    }
    if (accepted && missing.length > 0) yield describe(chain, accepted, missing.map(({ name }) => name).join(" and "));
  }
}

function describe(chain: Chain, { action }: Decision, missing: string): LintFinding {
  const { start, end } = chain.base?.policySpan ?? chain.nameSpan;
  return {
    span: { start, end },
    message:
      `What no rule accepts is dropped here, and none accepts ICMPv6 neighbour ${missing}, by which IPv6 finds machines ` +
      "on the link: nothing else gets through over IPv6 either. Accept types 135 and 136, or drop IPv6 openly.",
    related: [{ span: { start: action.start, end: action.end }, message: "this is accepted over IPv6 too" }],
  };
}
