import type { Hook } from "../../facts/hooks.js";
import { type Base, baseChainsOf, chainsOnlyAt } from "../../model/bases.js";
import { covers } from "../../model/compare.js";
import { failsState } from "../../model/connectionState.js";
import type { Condition, Rule } from "../../model/ruleset.js";
import { isSteady, isUndisturbed } from "../../model/undisturbed.js";
import { conditionsOf } from "../../model/walk.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** A rule that waits for a state of packets which were taken out of conntrack. */
export const noUntrackedState: Lint = {
  id: "noUntrackedState",
  severity: "warning",
  summary: "A rule asks for the state of packets that a notrack rule took out of conntrack.",
  doc: [
    "A packet for which `notrack` ran belongs to no connection: its state is `untracked`, and neither `new` nor",
    "`established` nor `invalid` is ever true of it. A later rule that asks for such a state for exactly this traffic",
    "never matches, and a drop policy takes the packets.",
    "",
    "Told when all packets of the rule are certain to meet the notrack rule first, and nothing in the file translates",
    "addresses.",
    "",
    "Ask for `untracked`, or leave the state out.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet dns {",
          "  chain raw {",
          "    type filter hook prerouting priority raw; policy accept;",
          "    udp dport 53 notrack",
          "  }",
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          "    ct state new udp dport 53 accept",
          "#   ^^^^^^^^^^^^",
          "    udp dport 0-1023 drop",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*raw",
          ":PREROUTING ACCEPT [0:0]",
          "-A PREROUTING -p udp -m udp --dport 53 -j CT --notrack",
          "COMMIT",
          "*filter",
          ":INPUT ACCEPT [0:0]",
          "-A INPUT -p udp -m udp --dport 53 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT",
          "#                                              ^^^^^^^^^^^^^^^^^^^^^^^^^",
          "-A INPUT -p udp -m udp --dport 0:1023 -j DROP",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
    good: [
      {
        language: "nftables",
        text: [
          "table inet dns {",
          "  chain raw {",
          "    type filter hook prerouting priority raw; policy accept;",
          "    udp dport 53 notrack",
          "  }",
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          "    ct state new,untracked udp dport 53 accept",
          "    udp dport 0-1023 drop",
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

/** Fragments are put together at the one, conntrack looks packets up at the other. */
const [defragmentation, lookup] = [-400, -200];

const translation = /\b([ds]nat|masquerade|redirect|netmap)\b/i;

/** Where packets come to that ran through a hook's early chains. */
const next: Readonly<Partial<Record<Hook, readonly Hook[]>>> = {
  prerouting: ["input", "forward"],
  output: ["output"],
};

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  const raws = baseChainsOf(ruleset).filter(({ base, rules }) => isRaw(base.priority) && rules.length > 0);
  if (raws.length === 0 || !text.includes("state") || translation.test(text)) return;
  for (const raw of raws) {
    const untracking = raw.rules
      .filter((rule) => takesOut(rule, raw))
      .map((rule) => ({ rule, asks: conditionsOf(rule) }));
    if (untracking.length === 0) continue;
    for (const chain of chainsOnlyAt(ruleset, (base) => comesAfter(base, raw))) {
      for (const rule of chain.rules) {
        if (!text.slice(rule.node.start, rule.node.end).includes("state")) continue;
        const asked = conditionsOf(rule).find(neverUntracked);
        const cause = asked && untracking.find(({ asks }) => covers(asks, conditionsOf(rule)));
        if (asked && cause && !asksForLoopback(rule)) yield describe(asked, cause.rule, text);
      }
    }
  }
}

function isRaw(priority = 0): boolean {
  return defragmentation < priority && priority < lookup;
}

function takesOut(rule: Rule, raw: Base): boolean {
  if (!rule.actions.some(({ do: what }) => what === "notrack")) return false;
  const asks = conditionsOf(rule);
  return asks.every(isSteady) && isUndisturbed(rule, raw, asks);
}

function comesAfter({ base, table }: Base, raw: Base): boolean {
  if (!next[raw.base.hook]?.includes(base.hook) || base.type === "nat" || (base.priority ?? lookup) <= lookup)
    return false;
  return table.family === raw.table.family || (raw.table.family === "inet" && /^ip6?$/.test(table.family));
}

function neverUntracked(condition: Condition): boolean {
  return condition.field === "ct state" && failsState(condition, "untracked");
}

/** What comes in by loopback was tracked when it was sent. */
function asksForLoopback(rule: Rule): boolean {
  return conditionsOf(rule).some(({ field, op, values }) => {
    if (!/^meta iif/.test(field) || op !== "==") return false;
    return values.kind !== "names" || values.names.includes("lo");
  });
}

function describe(asked: Condition, cause: Rule, text: string): LintFinding {
  return {
    span: asked,
    message:
      `\`${text.slice(asked.start, asked.end)}\` never matches: a notrack rule takes these packets out of conntrack, so ` +
      "their state is untracked. Ask for untracked, or leave the state out.",
    related: [{ span: cause.node, message: "these packets are taken out of conntrack here" }],
  };
}
