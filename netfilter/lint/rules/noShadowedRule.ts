import { mayChange } from "../../model/changes.js";
import { covers } from "../../model/compare.js";
import { endOf, liveRules } from "../../model/ending.js";
import type { Action, Chain, Condition, Rule } from "../../model/ruleset.js";
import { askedBy, ShadowIndex } from "../../model/shadow.js";
import { conditionsOf } from "../../model/walk.js";
import { isConditional, lineOf, mayEnd } from "../../model/written.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { moveBefore, removal, spoken, writtenRule } from "../ruleText.js";

/** Rules whose packets an earlier rule of the chain has decided about. */
export const noShadowedRule: Lint = {
  id: "noShadowedRule",
  severity: "warning",
  summary: "An earlier rule of the same chain takes every packet that a rule asks for.",
  doc: [
    "The first rule that matches and has a final verdict decides; later rules never see the packet. A rule for one host below a",
    "rule for its whole network never matches, and neither does a `log` for packets that were dropped a line before.",
    "",
    "Told where each condition of the earlier rule certainly holds for all packets of the later one: addresses and ports in",
    "ranges, interface names with wildcards, connection states, marks with masks, equal set names. Not told when something in",
    "between may change what is asked, such as a mark.",
    "",
    "Put the narrower rule first if it is meant as an exception, else remove it.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "iptables",
        text: [
          "*filter",
          ":FORWARD ACCEPT [0:0]",
          "-A FORWARD -s 198.51.100.0/24 -j ACCEPT",
          "-A FORWARD -s 198.51.100.7/32 -j DROP",
          "#<^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
          "COMMIT",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*filter",
          ":FORWARD ACCEPT [0:0]",
          "-A FORWARD -p udp -m udp --dport 67:69 -j DROP",
          '-A FORWARD -p udp -m udp --dport 69 -j LOG --log-prefix "tftp: "',
          "#<^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
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
          '    iifname "ppp*" drop',
          '    iifname "ppp0" tcp dport { 80, 443 } drop',
          "#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
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
          "*mangle",
          ":FORWARD ACCEPT [0:0]",
          "-A FORWARD -m mark --mark 0x1 -j ACCEPT",
          "-A FORWARD -s 198.51.100.7/32 -j MARK --set-xmark 0x1/0xffffffff",
          "-A FORWARD -s 198.51.100.7/32 -m mark --mark 0x1 -j DROP",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  const work = { left: 20_000 };
  for (const chain of ruleset.tables.flatMap(({ chains }) => chains)) yield* findIn(chain, text, work);
}

function* findIn(chain: Chain, text: string, work: { left: number }): Iterable<LintFinding> {
  const rules = liveRules(chain);
  if (!rules.slice(0, -1).some(takes)) return;
  const index = new ShadowIndex(text);
  const asked = new Map<Rule, readonly Condition[]>();
  for (const [place, rule] of rules.entries()) {
    if (!isConditional(rule)) continue;
    const written = askedBy(rule, text);
    const comparison = new Comparison(rule, asked);
    for (const from of index.candidates(written)) {
      const earlier = rules[from] as Rule;
      if (!endOf(earlier)) continue;
      if (work.left-- <= 0) return;
      if (!comparison.isCoveredBy(earlier)) continue;
      const passed = rules.slice(from, place);
      if (conditionsOf(earlier).some((condition) => mayChange(passed, condition))) continue;
      if (writtenRule(rule, text) !== writtenRule(earlier, text)) yield describe(rule, earlier, text);
      break;
    }
    comparison.keep();
    if (place < rules.length - 1 && takes(rule)) index.add(place, written);
  }
}

/** By rule, the earlier ones that do not cover it, as far as they were compared when it was last looked at. */
const uncovering = new WeakMap<Rule, readonly Rule[]>();

/** Compares a rule with earlier ones, but not twice with one that stood before it in an earlier version of the text too. */
class Comparison {
  private readonly known: readonly Rule[];
  private readonly apart: Rule[] = [];

  constructor(
    private readonly rule: Rule,
    /** What the rules of the chain ask, as far as it was needed. */
    private readonly asked: Map<Rule, readonly Condition[]>,
  ) {
    this.known = (rule.isOld && uncovering.get(rule)) || [];
  }

  isCoveredBy(earlier: Rule): boolean {
    const covered = !this.known.includes(earlier) && covers(this.askedBy(earlier), this.askedBy(this.rule));
    if (!covered) this.apart.push(earlier);
    return covered;
  }

  keep(): void {
    const { rule, apart, known } = this;
    const isKnown = apart.length === known.length && apart.every((earlier, place) => earlier === known[place]);
    if (rule.isOld && !isKnown) uncovering.set(rule, apart);
  }

  private askedBy(rule: Rule): readonly Condition[] {
    let asked = this.asked.get(rule);
    if (!asked) {
      asked = conditionsOf(rule);
      this.asked.set(rule, asked);
    }
    return asked;
  }
}

/** Whether later rules may miss packets by this one. Asking closer costs little in iptables only. */
function takes(rule: Rule): boolean {
  return mayEnd(rule) && (lineOf(rule) === undefined || endOf(rule) !== undefined);
}

function describe(rule: Rule, earlier: Rule, text: string): LintFinding {
  const [end, taken] = [endOf(rule), endOf(earlier) as Action];
  const said = spoken(taken, text);
  const same = end !== undefined && spoken(end, text) === said;
  const what = end ? `this \`${spoken(end, text)}\` never happens` : "it does nothing";
  return {
    span: rule.node,
    message: same
      ? `This rule never matches: an earlier one takes all of its packets and decides the same (\`${said}\`). Remove it.`
      : `This rule never matches: an earlier one takes all of its packets (\`${said}\`), so ${what}. ` +
        "Put it before that one if it is meant, else remove it.",
    related: [{ span: earlier.node, message: "takes these packets" }],
    tag: "unnecessary",
    fixes: same
      ? removal(rule, text, "Remove this rule, which never matches")
      : moveBefore(rule, earlier, text, "Put this rule first"),
  };
}
