import { type Base, chainsOnlyAt } from "../../model/bases.js";
import type { Chain, Rule } from "../../model/ruleset.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** A notrack that comes after conntrack. */
export const noIgnoredNotrack: Lint = {
  id: "noIgnoredNotrack",
  severity: "warning",
  summary: "A notrack in a chain that runs after conntrack's lookup does nothing.",
  doc: [
    "`notrack` keeps conntrack from looking a packet up. Conntrack does so at priority -200 of prerouting and output, so the",
    "statement works only in a chain that runs earlier there. In any later chain the packet has its connection already and",
    "the kernel ignores the statement without a word.",
    "",
    "Put it into a chain of its own: `type filter hook prerouting priority raw` for packets that come in,",
    "`type filter hook output priority raw` for packets made here.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet dns {",
          "  chain pre {",
          "    type filter hook prerouting priority mangle; policy accept;",
          "    udp dport 53 notrack",
          "    #            ^^^^^^^",
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
          "table inet dns {",
          "  chain pre {",
          "    type filter hook prerouting priority raw; policy accept;",
          "    udp dport 53 notrack",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

const lookup = -200;

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  // iptables refuses it outside of the raw table.
  if (ruleset.language !== "nftables" || !text.includes("notrack")) return;
  for (const chain of chainsOnlyAt(ruleset, runsLate)) {
    for (const rule of chain.rules) yield* findIn(rule, chain);
  }
}

function runsLate({ base, table }: Base): boolean {
  if (table.family !== "ip" && table.family !== "ip6" && table.family !== "inet") return false;
  if (base.hook === "prerouting" || base.hook === "output") return (base.priority ?? lookup) > lookup;
  return base.hook !== "ingress";
}

function* findIn({ actions }: Rule, chain: Chain): Iterable<LintFinding> {
  for (const action of actions) {
    if (action.do !== "notrack") continue;
    yield {
      span: action,
      message:
        `This does nothing: conntrack looks packets up at priority ${lookup} of prerouting and output, and \`${chain.name}\` ` +
        "runs later. Move the rule to a chain with `hook prerouting priority raw` (or `hook output` for packets made here).",
      related: [{ span: chain.nameSpan, message: `\`${chain.name}\` runs after the lookup` }],
    };
  }
}
