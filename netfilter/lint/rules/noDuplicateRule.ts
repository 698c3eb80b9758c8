import { endOf, liveRules } from "../../model/ending.js";
import { repeats } from "../../model/repeat.js";
import type { Rule } from "../../model/ruleset.js";
import { lineOf, statementsOf } from "../../model/written.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { digestOf, removal, writtenRule } from "../ruleText.js";

/** The same rule twice in one chain. */
export const noDuplicateRule: Lint = {
  id: "noDuplicateRule",
  severity: "warning",
  summary: "The same rule stands in the same chain twice, and the second one adds nothing.",
  doc: [
    "A rule that decides (`accept`, `drop` ...) leaves no packet for its copy further down. One that does not decide does the",
    "same thing twice: it logs each packet twice or goes through the same chain once more. Mostly it was added twice, by hand",
    "or by a script that does not look first.",
    "",
    "Told for rules that are written alike in the same chain, counters aside. Not told where the second look may",
    "give another answer: a limit, `recent`, `statistic`, or something in between that changes what the rule asks for.",
    "Only information where the first one decides, as the copy then does no harm.",
    "",
    "Remove one of them.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain forward {",
          "    type filter hook forward priority filter; policy accept;",
          '    iifname lan0 log prefix "lan: "',
          '    iifname lan0 log prefix "lan: "',
          "#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
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
          "-A FORWARD -i lan0 -j ACCEPT",
          "-A FORWARD -p tcp -m tcp --dport 22 -j ACCEPT",
          "-A FORWARD -i lan0 -j ACCEPT",
          "#<^^^^^^^^^^^^^^^^^^^^^^^^^^",
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
          "-A FORWARD -m limit --limit 5/min -j LOG",
          "-A FORWARD -i lan0 -j ACCEPT",
          "-A FORWARD -m limit --limit 5/min -j LOG",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

function find({ text, ruleset }: LintContext): LintFinding[] {
  return ruleset.tables.flatMap(({ chains }) => chains.flatMap((chain) => findIn(liveRules(chain), text)));
}

function findIn(rules: readonly Rule[], text: string): readonly LintFinding[] {
  if (rules.length < 2) return none;
  const found: LintFinding[] = [];
  const twins = new FirstTwins(rules, text);
  for (let index = 0; index < rules.length; index++) {
    const before = twins.before(index);
    if (before === undefined) continue;
    const [first, rule] = [rules[before] as Rule, rules[index] as Rule];
    if (doesMoreThanCount(rule) && repeats(rule, first, rules.slice(before + 1, index)))
      found.push(describe(rule, first, text));
  }
  return found;
}

const none: readonly never[] = [];

/** Finds the first of a chain's rules that says the same as a later one; to be asked of them in order. */
class FirstTwins {
  private readonly byDigest = new Map<number, number>();
  /** Those whose digest another rule before them has by chance. */
  private readonly byWords = new Map<string, number>();

  constructor(
    private readonly rules: readonly Rule[],
    private readonly text: string,
  ) {}

  before(place: number): number | undefined {
    const rule = this.rules[place] as Rule;
    const digest = digestOf(rule, this.text);
    const first = this.byDigest.get(digest);
    if (first === undefined) {
      this.byDigest.set(digest, place);
      return undefined;
    }
    const words = writtenRule(rule, this.text);
    if (writtenRule(this.rules[first] as Rule, this.text) === words) return first;
    const other = this.byWords.get(words);
    if (other === undefined) this.byWords.set(words, place);
    return other;
  }
}

/** Two counters may be read by two programs. */
function doesMoreThanCount(rule: Rule): boolean {
  const line = lineOf(rule);
  return line
    ? line.main.jump !== undefined
    : statementsOf(rule).some(({ kind }) => kind !== "match" && kind !== "counter");
}

function describe(rule: Rule, first: Rule, text: string): LintFinding {
  const decides = endOf(rule) !== undefined;
  const effect = decides
    ? "has decided about all of these packets, so this one never matches"
    : "has just done the same to these packets";
  return {
    ...(decides && { severity: "information" as const }),
    span: rule.node,
    message: `The same rule stands further up in this chain and ${effect}. Remove one of them.`,
    related: [{ span: first.node, message: "the same rule" }],
    fixes: removal(rule, text, "Remove this copy"),
    tag: "unnecessary",
  };
}
