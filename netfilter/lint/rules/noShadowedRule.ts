import { mayChange } from "../../model/changes.js";
import { covers } from "../../model/compare.js";
import { endOf, ends, liveRules } from "../../model/ending.js";
import { placesWith, placeWith } from "../../model/glance.js";
import type { Action, Chain, Condition, Rule } from "../../model/ruleset.js";
import { askedBy, ShadowIndex } from "../../model/shadow.js";
import { conditionsOf } from "../../model/walk.js";
import { areApart, lineOf, mayEnd } from "../../model/written.js";
import { traits } from "../../syntax/traits.js";
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
    "between may change what is asked, such as a mark. Only information where both decide the same.",
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

function findIn(chain: Chain, text: string, work: { left: number }): LintFinding[] {
  const found: LintFinding[] = [];
  const rules = liveRules(chain);
  const last = rules.length - 1;
  if (!takesBefore(chain, last)) return found;
  const index = new ShadowIndex(text);
  const conditions = new Conditions();
  for (
    let place = placeWith(chain, asking);
    place !== -1 && place <= last;
    place = placeWith(chain, asking, place + 1)
  ) {
    const rule = rules[place] as Rule;
    const asked = askedBy(rule, text);
    const candidates = index.candidates(asked);
    if (candidates.length > 0) {
      const earlier = shadowOf({ rule, place, rules, conditions }, candidates, work);
      if (work.left < 0) return found;
      if (earlier && writtenRule(rule, text) !== writtenRule(earlier, text)) found.push(describe(rule, earlier, text));
    }
    if (place < last && takes(rule)) index.add(place, asked);
  }
  return found;
}

const asking = { wanted: traits.asks };

function takesBefore(chain: Chain, last: number): boolean {
  for (const place of placesWith(chain, { wanted: traits.ends }))
    if (place < last && takes(chain.rules[place] as Rule)) return true;
  return false;
}

/** A rule that others before it may cover. */
interface Later {
  readonly rule: Rule;
  readonly place: number;
  /** Those of its chain. */
  readonly rules: readonly Rule[];
  readonly conditions: Conditions;
}

/** What the rules of a chain ask, as far as it was needed. */
class Conditions {
  private readonly known = new Map<Rule, readonly Condition[]>();

  of(rule: Rule): readonly Condition[] {
    let found = this.known.get(rule);
    if (!found) {
      found = conditionsOf(rule);
      this.known.set(rule, found);
    }
    return found;
  }
}

/** The first of the candidates that takes all packets of a rule, nothing between them changing what is asked. */
function shadowOf(later: Later, candidates: readonly number[], work: { left: number }): Rule | undefined {
  const { place, rules, conditions } = later;
  const comparison = new Comparison(later);
  for (const from of candidates) {
    const earlier = rules[from] as Rule;
    if (!ends(earlier)) continue;
    if (work.left-- <= 0) return undefined;
    if (!comparison.isCoveredBy(earlier)) continue;
    const passed = rules.slice(from, place);
    if (conditions.of(earlier).some((condition) => mayChange(passed, condition))) continue;
    comparison.keep();
    return earlier;
  }
  comparison.keep();
  return undefined;
}

/** Compares a rule with earlier ones, but not twice with one that stood before it in an earlier version of the text too. */
class Comparison {
  private readonly known: readonly Rule[];
  private readonly apart: Rule[] = [];

  constructor(private readonly later: Later) {
    const { rule } = later;
    this.known = rule.isOld ? rule.memo.apart : [];
  }

  isCoveredBy(earlier: Rule): boolean {
    const { rule, conditions } = this.later;
    const told = this.known.includes(earlier) || areApart(earlier, rule);
    const covered = !told && covers(conditions.of(earlier), conditions.of(rule));
    if (!covered) this.apart.push(earlier);
    return covered;
  }

  keep(): void {
    const { rule } = this.later;
    if (rule.isOld) rule.memo.apart = this.apart;
  }
}

/** Whether later rules may miss packets by this one. Asking closer costs little in iptables only. */
function takes(rule: Rule): boolean {
  return lineOf(rule) ? ends(rule) : mayEnd(rule);
}

function describe(rule: Rule, earlier: Rule, text: string): LintFinding {
  const [end, taken] = [endOf(rule), endOf(earlier) as Action];
  const said = spoken(taken, text);
  const never = "This rule never matches: an earlier one";
  const common = {
    span: rule.node,
    related: [{ span: earlier.node, message: "takes these packets" }],
    tag: "unnecessary" as const,
  };
  const remove = () => removal(rule, text, "Remove this rule, which never matches");
  if (end && spoken(end, text) === said) {
    const message = `${never} takes all of its packets and decides the same (\`${said}\`). Remove it.`;
    return { ...common, severity: "information", message, fixes: remove() };
  }
  const what = end ? `this \`${spoken(end, text)}\` never happens` : "it does nothing";
  if (end && covers(conditionsOf(rule), conditionsOf(earlier))) {
    const message = `${never} is for the same packets (\`${said}\`), so ${what}. Remove the one that is not meant.`;
    return { ...common, message, fixes: remove() };
  }
  return {
    ...common,
    message:
      `${never} takes all of its packets (\`${said}\`), so ${what}. ` +
      "Put it before that one if it is meant, else remove it.",
    fixes: moveBefore(rule, earlier, text, "Put this rule first"),
  };
}
