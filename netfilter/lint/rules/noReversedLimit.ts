import { covers, excludes } from "../../model/compare.js";
import { placesWith } from "../../model/glance.js";
import type { Action, Chain, Condition, Rule } from "../../model/ruleset.js";
import { conditionsOf } from "../../model/walk.js";
import { traits } from "../../syntax/traits.js";
import type { Related } from "../../text/finding.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** A rate limit that stops the trickle and lets the flood through. */
export const noReversedLimit: Lint = {
  id: "noReversedLimit",
  severity: "warning",
  summary: "A rule drops packets up to a rate and lets all that are beyond it through.",
  doc: [
    "A limit matches as long as the rate is *not* reached. `limit rate 10/second drop` therefore drops the first ten packets of",
    "a second, and those of a flood go on to the next rules. Where these accept them, the limit does the opposite of what a",
    "limit is for.",
    "",
    "Told when it is certain that the packets beyond the limit are accepted: by a later rule of the chain that asks for no",
    "more, or by the policy, with nothing in between that could drop them.",
    "",
    "Accept up to the limit and drop the rest, or turn it round: `limit rate over 10/second drop`, and with iptables",
    "`-m hashlimit --hashlimit-above` or `-m limit ... -j ACCEPT` followed by `-j DROP`.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          "    icmp type echo-request limit rate 10/second drop",
          "    #                      ^^^^^^^^^^^^^^^^^^^^",
          "    icmp type echo-request accept",
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
          "-A INPUT -p icmp -m icmp --icmp-type 8 -m limit --limit 10/sec -j DROP",
          "#                                      ^^^^^^^^^^^^^^^^^^^^^^^",
          "-A INPUT -p icmp -j ACCEPT",
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
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          "    icmp type echo-request limit rate over 10/second drop",
          "    icmp type echo-request accept",
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
          "-A INPUT -p tcp -m tcp --dport 113 -m limit --limit 10/sec -j REJECT --reject-with tcp-reset",
          "-A INPUT -p tcp -m tcp --dport 113 -j DROP",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  needsWhole: true,
  find,
};

/** How many rules are looked at behind limits: the time would grow with the product of both. */
const patience = 4000;

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  if (!text.includes("limit") || ruleset.incomplete) return;
  let budget = patience;
  for (const chain of ruleset.tables.flatMap(({ chains }) => chains)) {
    for (const index of placesWith(chain, { wanted: traits.ends | traits.limits })) {
      const rule = chain.rules[index] as Rule;
      if (!rule.actions.some(isDrop)) continue;
      const conditions = conditionsOf(rule);
      const limit = conditions.find((condition) => isLimit(condition, text));
      if (!limit) continue;
      budget -= chain.rules.length - index;
      if (budget < 0) return;
      const others = conditions.filter((condition) => condition !== limit);
      const accepted = acceptedAfter(chain, index, others);
      if (accepted) yield describe(limit, accepted, ruleset.language === "nftables", text);
    }
  }
}

function isDrop(action: Action): boolean {
  return action.do === "verdict" && (action.verdict === "drop" || action.verdict === "reject");
}

/** A limit that matches below its rate. Named ones, and those that are counted apart for each source, may go over it. */
function isLimit({ field, start, end }: Condition, text: string): boolean {
  if (field !== "limit") return false;
  const written = text.slice(start, end);
  return !/\b(over|name)\b/.test(written) && !written.includes("!");
}

/** What accepts, for certain, the packets that pass `conditions` and come past the rule at `index`. */
function acceptedAfter(chain: Chain, index: number, conditions: readonly Condition[]): Related | undefined {
  for (const rule of chain.rules.slice(index + 1)) {
    const asked = conditionsOf(rule);
    if (asked.some((one) => conditions.some((known) => excludes(one, known)))) continue;
    const certain = covers(asked, conditions);
    for (const action of rule.actions) {
      if (isHarmless(action)) continue;
      if (action.do !== "verdict" || action.verdict !== "accept") return undefined;
      if (certain)
        return { span: { start: action.start, end: action.end }, message: "what is beyond the limit is accepted here" };
    }
  }
  const { base } = chain;
  if (base?.policy !== "accept") return undefined;
  const { start, end } = base.policySpan ?? chain.nameSpan;
  return { span: { start, end }, message: "what is beyond the limit is accepted by this chain's policy" };
}

/** Does not end a packet's way. */
function isHarmless(action: Action): boolean {
  return action.do === "setMark" || (action.do === "other" && action.effect === "inert");
}

function describe({ start, end }: Condition, accepted: Related, nft: boolean, text: string): LintFinding {
  const rate = nft ? text.indexOf("rate", start) : -1;
  const insert = { start: rate + 4, end: rate + 4 };
  return {
    span: { start, end },
    message:
      "This limit matches while the rate is not reached, so that packets are dropped up to it and those beyond it, the " +
      `flood, are accepted. ${nft ? "Write `limit rate over`" : "Accept up to the limit and drop the rest"}.`,
    related: [accepted],
    ...(rate !== -1 &&
      rate < end && {
        fixes: [{ title: "Drop what is over the limit", edits: [{ span: insert, text: " over" }], preferred: true }],
      }),
  };
}
