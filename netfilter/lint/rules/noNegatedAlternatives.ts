import { exhausts } from "../../model/compare.js";
import { endOf, liveRules } from "../../model/ending.js";
import { placesWith } from "../../model/glance.js";
import type { Condition, Rule } from "../../model/ruleset.js";
import { conditionsOf, sameCondition } from "../../model/walk.js";
import { traits } from "../../syntax/traits.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { spoken } from "../ruleText.js";

/** "Not A" and "not B" in two rules with one verdict are everything. */
export const noNegatedAlternatives: Lint = {
  id: "noNegatedAlternatives",
  severity: "warning",
  summary: "Two negated rules with the same verdict together match every packet.",
  doc: [
    "Rules are alternatives: a packet needs to match only one of them. What is not A matches the first of two negated rules,",
    "and A itself is not B and matches the second, so that together they take everything, A and B included.",
    "",
    "Told for two rules in a row with the same verdict that differ only in a negated condition on the same field, when no value",
    "can fail both.",
    "",
    "Name all exceptions in one condition: `ip saddr != { A, B }`; in iptables, give A and B rules of their own (`-s A -j RETURN`)",
    "before one rule without the negation.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "iptables",
        text: [
          "*filter",
          ":FORWARD ACCEPT [0:0]",
          "-A FORWARD ! -s 192.0.2.1/32 -j DROP",
          "-A FORWARD ! -s 192.0.2.2/32 -j DROP",
          "#          ^^^^^^^^^^^^^^^^^",
          "COMMIT",
          "",
        ].join("\n"),
      },
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain forward {",
          "    type filter hook forward priority filter; policy accept;",
          "    tcp dport != 22 drop",
          "    tcp dport != 80 drop",
          "#   ^^^^^^^^^^^^^^^",
          "  }",
          "}",
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
          "    tcp dport != { 22, 80 } drop",
          "    iifname != lan0 oifname lan0 drop",
          "    iifname != lan1 oifname lan1 drop",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  for (const chain of ruleset.tables.flatMap(({ chains }) => chains)) {
    const rules = liveRules(chain);
    let before: number | undefined;
    for (const place of placesWith(chain, { wanted: traits.ends | traits.negates })) {
      if (place >= rules.length) break;
      const rule = rules[place] as Rule;
      const pair =
        before !== undefined && before === place - 1 ? exhaustingPair(rules[before] as Rule, rule, text) : undefined;
      if (pair) yield describe(pair, rule, text);
      before = place;
    }
  }
}

/** The two negations where the rules agree in all else. */
function exhaustingPair(first: Rule, second: Rule, text: string): readonly [Condition, Condition] | undefined {
  const [one, other] = [endOf(first), endOf(second)];
  if (!one || !other || spoken(one, text) !== spoken(other, text)) return undefined;
  if (first.actions.some(({ do: deed }) => deed === "setMark")) return undefined;
  const [asked, askedNext] = [conditionsOf(first), conditionsOf(second)];
  const differing = asked.filter((condition) => !askedNext.some((twin) => sameCondition(condition, twin)));
  const differingNext = askedNext.filter((condition) => !asked.some((twin) => sameCondition(condition, twin)));
  const [a, b] = [differing[0], differingNext[0]];
  if (!a || !b || differing.length > 1 || differingNext.length > 1) return undefined;
  return isNegated(a) && isNegated(b) && exhausts(a, b) ? [a, b] : undefined;
}

function isNegated({ op }: Condition): boolean {
  return op === "!=" || op === "unset";
}

function describe([first, second]: readonly [Condition, Condition], rule: Rule, text: string): LintFinding {
  const said = ({ start, end }: Condition) => `\`${text.slice(start, end)}\``;
  const end = endOf(rule);
  return {
    span: second,
    message:
      `Together with the rule above this one leaves nothing out: a packet that fails ${said(first)} passes ${said(second)}, ` +
      `so all of them get \`${end ? spoken(end, text) : ""}\`. Name all exceptions in one condition.`,
    related: [{ span: first, message: "takes all others" }],
  };
}
