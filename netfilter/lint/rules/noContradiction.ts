import { alwaysHolds, contradiction, neverHolds } from "../../model/compare.js";
import { allRulesWith } from "../../model/glance.js";
import type { Condition, Rule } from "../../model/ruleset.js";
import { traits } from "../../syntax/traits.js";
import type { Span } from "../../text/span.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** Rules that no packet can match, and negations that all of them pass. */
export const noContradiction: Lint = {
  id: "noContradiction",
  severity: "warning",
  summary:
    "A rule asks for what no packet has: two conditions exclude each other, or a value lies outside of its mask.",
  doc: [
    "All conditions of a rule must hold at once. Two ports, two addresses or two interfaces that differ make a rule that never",
    "matches; alternatives belong into one set or into several rules. A mark is compared after its mask was applied, so a value",
    "with bits outside of the mask is never seen. `ct state == established,related` compares with both bits at once, of which",
    "a packet has only one; the negation `ct state != established,related` therefore matches every packet.",
    "",
    "Told when no value of the field can pass, or, for a negation, when every value passes.",
    "",
    "Write alternatives as one condition: `tcp dport { 22, 80 }`, `-m multiport --dports 22,80`, `ct state established,related`.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "iptables",
        text: [
          "*filter",
          ":FORWARD ACCEPT [0:0]",
          "-A FORWARD -p tcp -m tcp --dport 22 -m multiport --dports 80,443 -j ACCEPT",
          "#                                                ^^^^^^^^^^^^^^^",
          "-A FORWARD -m mark --mark 0x100/0xff -j DROP",
          "#                  ^^^^^^^^^^^^^^^^^",
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
          "    ip saddr 192.0.2.1 ip saddr 192.0.2.2 accept",
          "#                      ^^^^^^^^^^^^^^^^^^",
          "    ct state != established,related drop",
          "#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
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
          "    ip saddr { 192.0.2.1, 192.0.2.2 } accept",
          "    ct state != { established, related } drop",
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
  for (const rule of allRulesWith(ruleset, { wanted: traits.doubts })) {
    if (rule.isOld && rule.memo.sound) continue;
    const problems = momentsOf(rule).flatMap((conditions) => problemOf(conditions, text) ?? []);
    if (problems.length === 0 && rule.isOld) rule.memo.sound = true;
    yield* problems;
  }
}

/** The conditions of a rule that ask at one moment: what is written in between may change the answer. */
function momentsOf({ parts }: Rule): Condition[][] {
  const moments: Condition[][] = [[]];
  for (const part of parts) {
    if (part.kind === "condition") moments.at(-1)?.push(part);
    else if (part.do === "setMark" || part.do === "notrack" || (part.do === "other" && part.effect === "unmodelled"))
      moments.push([]);
  }
  return moments;
}

function problemOf(conditions: readonly Condition[], text: string): LintFinding | undefined {
  const said = ({ start, end }: Span) => `\`${text.slice(start, end)}\``;
  for (const condition of conditions) {
    if (isReversed(condition)) return undefined;
    if (neverHolds(condition))
      return {
        span: condition,
        message: `No packet passes ${said(condition)}: ${reasonOf(condition)}. The rule never matches; ${wayOut(condition)}.`,
      };
    if (condition.op === "!=" && alwaysHolds(condition))
      return {
        span: condition,
        message: `Every packet passes ${said(condition)}: ${reasonOf(condition)}. To exclude these values, ${wayOut(condition)}.`,
      };
  }
  const pair = contradiction(conditions);
  if (!pair) return undefined;
  const [first, second] = pair;
  return {
    span: second,
    message:
      `No packet passes both ${said(first)} and ${said(second)}, so the rule never matches. ` +
      "All conditions of a rule must hold at once: write alternatives as one list, or as two rules.",
    related: [{ span: first, message: "excludes the other condition" }],
  };
}

/** A range that ends before it starts is told where it is written. */
function isReversed({ values }: Condition): boolean {
  return values.kind === "ranges" && values.ranges.some(({ from, to }) => from > to);
}

function reasonOf({ field, mask }: Condition): string {
  if (field === "ct state") return "it asks for several states at once, and a packet has exactly one";
  return mask === undefined
    ? "no value is left"
    : "the value has bits outside of its mask, which are always compared as 0";
}

function wayOut({ field, mask }: Condition): string {
  if (field === "ct state") return "write the states in braces";
  return mask === undefined ? "correct the range" : "correct the value or the mask";
}
