import { liveRules, unconditionalEnd } from "../../model/ending.js";
import type { Action, Chain, Rule } from "../../model/ruleset.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { removal, spoken } from "../ruleText.js";

/** Rules behind a rule that every packet leaves the chain by. */
export const noUnreachableRule: Lint = {
  id: "noUnreachableRule",
  severity: "warning",
  summary: "No packet gets to a rule behind an unconditional verdict, goto, or jump to a chain that never comes back.",
  doc: [
    "A chain is walked from its first rule to its last. A rule without any condition whose verdict ends the walk (`accept`,",
    "`drop`, `reject`, `return`, a translation), a `goto`, or a `jump` into a chain in which every packet gets such a verdict",
    "takes all packets, so that what stands below in the same chain is never asked.",
    "",
    "Told for each run of rules that cannot be reached. A jump counts only where every way through the called chain ends.",
    "Only information where they say the same once more, as a second `return` does.",
    "",
    "Move the rule up, give the earlier one a condition, or remove what never runs.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "iptables",
        text: [
          "*filter",
          ":FORWARD ACCEPT [0:0]",
          "-A FORWARD -i lan0 -j ACCEPT",
          "-A FORWARD -j DROP",
          "-A FORWARD -p tcp -m tcp --dport 22 -j ACCEPT",
          "#<^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
          "COMMIT",
          "",
        ].join("\n"),
      },
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain refuse {",
          "    meta l4proto tcp reject with tcp reset",
          "    reject",
          "  }",
          "  chain forward {",
          "    type filter hook forward priority filter; policy accept;",
          "    iifname lan0 accept",
          "    jump refuse",
          "    tcp dport 22 accept",
          "#   ^^^^^^^^^^^^^^^^^^^",
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
          "  chain guests {",
          "    ip daddr 192.0.2.0/24 return",
          "    drop",
          "  }",
          "  chain forward {",
          "    type filter hook forward priority filter; policy accept;",
          "    jump guests",
          "    tcp dport 22 accept",
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
    const last = liveRules(chain).at(-1);
    const dead = chain.rules.slice(liveRules(chain).length);
    const end = dead.length > 0 && last ? unconditionalEnd(last) : undefined;
    if (!end || !last) continue;
    for (const run of runsOf(dead, text)) yield describe(run, last, end, chain, text);
  }
}

/** Rules with nothing but blanks and comments between them belong together. */
function runsOf(rules: readonly Rule[], text: string): Rule[][] {
  const runs: Rule[][] = [];
  for (const rule of rules) {
    const before = runs.at(-1)?.at(-1);
    if (
      before &&
      before.node.end <= rule.node.start &&
      /^([\s;]|#.*|\[\d+:\d+\])*$/.test(text.slice(before.node.end, rule.node.start))
    )
      runs.at(-1)?.push(rule);
    else runs.push([rule]);
  }
  return runs;
}

function describe(run: readonly Rule[], last: Rule, end: Action, chain: Chain, text: string): LintFinding {
  const [first] = run as readonly [Rule];
  const one = run.length === 1;
  const subject = one ? "this rule" : `these ${run.length} rules`;
  const name = chain.name === "" ? "this chain" : `chain \`${chain.name}\``;
  const it = one ? "it" : "them";
  const same = run.every((rule) => isSameEnd(unconditionalEnd(rule), end, text));
  return {
    span: { start: first.node.start, end: (run.at(-1) as Rule).node.end },
    ...(same && { severity: "information" as const }),
    message:
      `No packet gets to ${subject}: \`${spoken(end, text)}\` above has no condition and ${whatHappens(end)}` +
      (same ? `, which is all that ${subject} could do. Remove ${it}.` : `. ${wayOut(it, name)}`),
    related: [{ span: last.node, message: "every packet that gets here leaves the chain" }],
    tag: "unnecessary",
    ...(one && { fixes: removal(first, text, "Remove this rule, which never runs") }),
  };
}

function isSameEnd(one: Action | undefined, other: Action, text: string): boolean {
  return one !== undefined && spoken(one, text) === spoken(other, text);
}

function wayOut(it: string, name: string): string {
  return `Move ${it} up in ${name}, or give the earlier rule a condition.`;
}

function whatHappens(end: Action): string {
  if (end.do === "jump") return "no way through that chain comes back";
  if (end.do === "goto") return "does not come back to this chain";
  if (end.do === "verdict" && end.verdict === "return") return "sends every packet back";
  return "ends the walk for every packet";
}
