import { placesWith } from "../../model/glance.js";
import { looksOnly } from "../../model/repeat.js";
import type { Rule } from "../../model/ruleset.js";
import { lineOf } from "../../model/written.js";
import { traits } from "../../syntax/traits.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** Rules that only ask. */
export const useVerdict: Lint = {
  id: "useVerdict",
  severity: "information",
  summary: "A rule without a verdict or any other statement decides nothing.",
  doc: [
    "Conditions alone change nothing: the packet goes on to the next rule whether they hold or not. In iptables such a rule",
    "still counts the packets that match; in nftables not even that, unless it says `counter`.",
    "",
    "Told for rules that only look at the packet. Not told for iptables rules with a comment, for several in a row (which is how",
    "accounting is done), and for matches that do something themselves, such as `recent --set`.",
    "",
    "Add the verdict (`-j ACCEPT`, `accept`), or a comment that says what is counted.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "iptables",
        text: [
          "*filter",
          ":FORWARD ACCEPT [0:0]",
          "-A FORWARD -p tcp -m tcp --dport 22",
          "#<^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
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
          "    tcp dport 22",
          "#   ^^^^^^^^^^^^",
          "  }",
          "}",
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
          '-A FORWARD -p tcp -m tcp --dport 22 -m comment --comment "counts ssh"',
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
          "    tcp dport 22 counter",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

function* find({ ruleset }: LintContext): Iterable<LintFinding> {
  for (const chain of ruleset.tables.flatMap(({ chains }) => chains)) {
    for (const index of placesWith(chain, { wanted: traits.asks, refused: traits.acts })) {
      const rule = chain.rules[index] as Rule;
      if (!onlyAsks(rule)) continue;
      const line = lineOf(rule);
      const neighbours = [chain.rules[index - 1], chain.rules[index + 1]];
      if (line && (rule.comment !== undefined || neighbours.some((other) => other && onlyAsks(other)))) continue;
      yield {
        span: rule.node,
        message:
          `This rule decides nothing: it has conditions but no verdict, so packets go on ${line ? "and are only counted" : "as if it were not there"}. ` +
          (line
            ? "Add `-j` with a target, or a comment that says what it counts."
            : "Add a verdict, or `counter` to count them."),
      };
    }
  }
}

/** In nftables a rule that counts, or remembers what it meets, says so in a statement. */
function onlyAsks(rule: Rule): boolean {
  const { asks, acts } = traits;
  return (rule.traits & (asks | acts)) === asks && (!lineOf(rule) || looksOnly(rule));
}
