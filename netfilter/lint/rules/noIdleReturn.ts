import { endOf, liveRules } from "../../model/ending.js";
import type { Chain, Rule } from "../../model/ruleset.js";
import { isConditional, mayEnd } from "../../model/written.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { isOfProgram, removal } from "../ruleText.js";

/** A return where the chain ends anyway. */
export const noIdleReturn: Lint = {
  id: "noIdleReturn",
  severity: "information",
  summary: "A return as a chain's last rule changes nothing; in a base chain it means the policy.",
  doc: [
    "A packet that reaches the end of a chain goes back to where the chain was called, which is what `return` does. In a base",
    "chain there is no caller: the policy decides, for packets that return and for those that reach the end. So a return in the",
    "last rule only counts, and a return in a base chain with policy drop does not let a packet through.",
    "",
    "Told for the last rule of a chain, in others than base chains only as a hint. Not told where it is the only rule and has no",
    "condition, which keeps the place for others, nor in chains of programs that write it out of habit.",
    "",
    "Remove the rule, or write the verdict that is meant.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain forward {",
          "    type filter hook forward priority filter; policy accept;",
          "    tcp dport 22 return",
          "#   ^^^^^^^^^^^^^^^^^^^",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*filter",
          ":FORWARD ACCEPT [0:0]",
          ":guests - [0:0]",
          "-A FORWARD -i guest0 -j guests",
          "-A guests -d 192.0.2.0/24 -j DROP",
          "-A guests -j RETURN",
          "#<^^^^^^^^^^^^^^^^^",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
    good: [
      {
        language: "iptables",
        text: [
          "*filter",
          ":FORWARD ACCEPT [0:0]",
          ":guests - [0:0]",
          "-A FORWARD -i guest0 -j guests",
          "-A guests -d 192.0.2.9/32 -j RETURN",
          "-A guests -d 192.0.2.0/24 -j DROP",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  needsWhole: true,
  find,
};

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  for (const chain of ruleset.tables.flatMap(({ chains }) => chains)) {
    const last = chain.rules.at(-1);
    if (!last || !mayEnd(last) || isPlaceholder(chain) || last.actions.length > 1) continue;
    if (liveRules(chain).length < chain.rules.length) continue;
    const end = endOf(last);
    if (end?.do !== "verdict" || end.verdict !== "return") continue;
    yield {
      span: last.node,
      message: messageFor(chain, last),
      ...(!chain.base && { severity: "hint" as const }),
      tag: "unnecessary",
      fixes: removal(last, text, "Remove this return"),
    };
  }
}

/** A chain with nothing in it but a return is kept for rules to come. */
function isPlaceholder(chain: Chain): boolean {
  const [only, next] = chain.rules;
  return isOfProgram(chain) || (only !== undefined && !next && !isConditional(only));
}

function messageFor({ base }: Chain, rule: Rule): string {
  if (!base)
    return "The chain ends here, so packets return with or without this rule. Remove it, or write the verdict that is meant.";
  const all = isConditional(rule)
    ? "for these packets as for all others that get here"
    : "as it would without this rule";
  return `A base chain has no caller to return to: the policy decides, ${base.policy}, ${all}. Write the verdict that is meant, or remove the rule.`;
}
