import { type Base, baseChainsOf } from "../../model/bases.js";
import { failsState, passesState } from "../../model/connectionState.js";
import { type Decision, decisionsOf } from "../../model/decisions.js";
import type { Condition } from "../../model/ruleset.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** A drop of invalid packets behind rules that have accepted some of them. */
export const noLateInvalidDrop: Lint = {
  id: "noLateInvalidDrop",
  severity: "information",
  summary: "Invalid packets are dropped only after a rule for a service has accepted those that are for it.",
  doc: [
    "`ct state invalid drop` throws away what conntrack cannot make out: answers to nothing, packets from the middle of a",
    "connection that is forgotten, forged ones. A rule such as `tcp dport 22 accept` does not ask for the state, so where it",
    "stands in front, invalid packets to this port have passed before they are looked for.",
    "",
    "Told of a rule at the hooks input and forward that drops all invalid packets and no others, when a rule before it is",
    "certain to accept some of them: one that accepts a port and asks for nothing but addresses and interfaces besides.",
    "",
    "Put the drop in front of the rules for services, or let these ask for `ct state new`.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain forward {",
          "    type filter hook forward priority filter; policy accept;",
          "    ct state established,related accept",
          "    ip daddr 192.0.2.7 tcp dport 443 accept",
          "    ct state invalid drop",
          "    #                ^^^^",
          '    iifname "wan0" drop',
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
          "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
          "-A INPUT -m conntrack --ctstate INVALID -j DROP",
          "#                                       ^^^^^^^",
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
          "  chain forward {",
          "    type filter hook forward priority filter; policy accept;",
          '    iifname "lan0" accept',
          "    tcp dport 443 ct state new accept",
          "    ct state invalid drop",
          "    tcp dport 80 accept",
          '    iifname "wan0" drop',
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

const hooks: ReadonlySet<string> = new Set(["input", "forward"]);

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  if (ruleset.incomplete || !/invalid/i.test(text)) return;
  for (const chain of baseChainsOf(ruleset)) {
    const finding = chain.base.type === "filter" && hooks.has(chain.base.hook) ? findIn(chain) : undefined;
    if (finding) yield finding;
  }
}

/** Looks no further than the first rule that drops all invalid packets, or all packets. */
function findIn(chain: Base): LintFinding | undefined {
  let accepted: Decision | undefined;
  for (const decision of decisionsOf(chain)) {
    const { verdict, conditions } = decision;
    if (verdict === "drop" && conditions.every(isMetByInvalid))
      return accepted && conditions.some(isForInvalid) ? describe(decision, accepted) : undefined;
    if (verdict === "accept" && conditions.some(asksForPort) && conditions.every(saysWhere)) accepted ??= decision;
  }
  return undefined;
}

function isMetByInvalid(asked: Condition): boolean {
  return asked.field === "ct state" && passesState(asked, "invalid");
}

/** Whether a rule that asks this leaves the rest to the rules behind it: with `new` in the list it would be the last word. */
function isForInvalid(asked: Condition): boolean {
  return failsState(asked, "new") && failsState(asked, "established") && failsState(asked, "related");
}

function asksForPort({ field, op }: Condition): boolean {
  return /^(tcp|udp|th) dport$/.test(field) && op === "==";
}

/** Whether a condition asks where packets come from and go to, so that invalid ones pass it as well. */
function saysWhere({ field, values }: Condition): boolean {
  return whereFields.test(field) && (values.kind === "ranges" || values.kind === "names");
}

const whereFields =
  /^(meta (nfproto|l4proto|protocol|[io]if(name)?)|ip protocol|ip6 nexthdr|ip6? [sd]addr|(tcp|udp|th) dport)$/;

function describe({ action: { start, end } }: Decision, { action }: Decision): LintFinding {
  return {
    span: { start, end },
    message:
      "Some of the invalid packets never get here: a rule above accepts what is for its port, whatever the state. " +
      "Put this rule in front of it, or let that one ask for `ct state new`.",
    related: [{ span: { start: action.start, end: action.end }, message: "invalid packets are accepted here too" }],
  };
}
