import { implies } from "../../model/compare.js";
import { type Decision, decisionsOf, droppingBases, known, knownNot, mayAccept } from "../../model/decisions.js";
import type { Chain } from "../../model/ruleset.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** `new` among the states that are let in, and the firewall is open. */
export const noUnfilteredNew: Lint = {
  id: "noUnfilteredNew",
  severity: "warning",
  summary: "An input chain that drops by policy accepts every new connection before its rules for single services.",
  doc: [
    "`ct state established,related accept` lets in what belongs to connections that were allowed before. With `new` among the",
    "states it lets in everything else too: all that is left to the rules behind it, and to the policy, are packets of which",
    "conntrack makes nothing.",
    "",
    "Told of a rule that asks for nothing but states, `new` among them, in an input chain with policy drop, when a rule behind it",
    "accepts new connections: that one shows that not all of them were meant.",
    "",
    "Take `new` out of the list.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain input {",
          "    type filter hook input priority filter; policy drop;",
          "    ct state invalid drop",
          "    ct state established,related,new accept",
          "    #                                ^^^^^^",
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
          ":FORWARD DROP [0:0]",
          ":OUTPUT ACCEPT [0:0]",
          "-A INPUT -m conntrack --ctstate NEW,RELATED,ESTABLISHED -j ACCEPT",
          "#                                                       ^^^^^^^^^",
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
          "    meta l4proto { icmp, ipv6-icmp } accept",
          "    ip saddr 192.0.2.0/24 ct state new accept",
          "    tcp dport 22 ct state new accept",
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

const isNew = known("ct state", 8);

/** A new connection from elsewhere. */
const opening = [isNew, knownNot("meta iifname", "lo"), knownNot("meta iif", "lo"), known("meta l4proto", 6)];

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  if (!/state/.test(text)) return;
  for (const chain of droppingBases(ruleset, hooks)) {
    const finding = findIn(chain);
    if (finding) yield finding;
  }
}

function findIn(chain: Chain): LintFinding | undefined {
  let open: Decision | undefined;
  for (const decision of decisionsOf(chain)) {
    if (open && decision.verdict === "accept" && mayAccept(decision, opening)) return describe(open, decision);
    if (acceptsEveryNew(decision)) open ??= decision;
  }
  return undefined;
}

function acceptsEveryNew({ verdict, conditions }: Decision): boolean {
  return verdict === "accept" && conditions.length > 0 && conditions.every((asked) => implies(isNew, asked));
}

function describe({ action: { start, end } }: Decision, { action }: Decision): LintFinding {
  return {
    span: { start, end },
    message:
      "Every new connection is accepted here, whatever it asks for: the rules behind this one and the policy are left with " +
      "packets that conntrack cannot make out. Take `new` out of the states.",
    related: [{ span: { start: action.start, end: action.end }, message: "this accept is not needed any more" }],
  };
}
