import type { Hook } from "../../facts/hooks.js";
import { isOnlyAt } from "../../model/bases.js";
import { allRulesWith } from "../../model/glance.js";
import type { Chain, Condition, Rule, Ruleset } from "../../model/ruleset.js";
import { conditionsOf } from "../../model/walk.js";
import { traits } from "../../syntax/traits.js";
import type { Fix } from "../../text/finding.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** Asking for an interface that the kernel does not know at that hook. */
export const noImpossibleInterface: Lint = {
  id: "noImpossibleInterface",
  severity: "warning",
  summary: "A rule asks for an interface that a packet cannot have at this hook, so it never matches.",
  doc: [
    "Before routing nobody knows by which interface a packet will leave, and a packet for this machine itself leaves by",
    "none: at ingress, prerouting and input there is no `oif` or `oifname`. A packet made here came in by none: at output",
    "there is no `iif` or `iifname`, and egress has forgotten them. The kernel compares with nothing then: `oifname lan0`",
    "never matches, and `oifname != lan0` matches every packet (none on old kernels). Postrouting knows both interfaces of",
    "forwarded packets.",
    "",
    "Told for base chains and for chains that are reached from such hooks only. iptables refuses `-o` and `-i` in the",
    "wrong built-in chain by itself, but says nothing in a user chain.",
    "",
    "Ask for the other direction, or move the rule to forward or postrouting, where both are known.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          '    oifname "lan0" tcp dport 53 reject',
          "#   ^^^^^^^^^^^^^^",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain output {",
          "    type filter hook output priority filter; policy accept;",
          '    iifname "lan0" tcp dport 25 reject',
          "#   ^^^^^^^^^^^^^^",
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
          ":mail - [0:0]",
          "-A INPUT -p tcp -m tcp --dport 25 -j mail",
          "-A mail -o lan0 -j REJECT",
          "#       ^^^^^^^",
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
          '    iifname "lan0" tcp dport 53 reject',
          "  }",
          "  chain postrouting {",
          "    type filter hook postrouting priority filter; policy accept;",
          '    iifname "lan0" oifname "wan0" tcp dport 25 drop',
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
          ":mail - [0:0]",
          "-A INPUT -p tcp -m tcp --dport 25 -j mail",
          "-A FORWARD -p tcp -m tcp --dport 25 -j mail",
          "-A mail -o lan0 -j REJECT",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  needsWhole: true,
  find,
};

interface Unknown {
  readonly side: "oif" | "iif";
  readonly hooks: readonly Hook[];
  readonly why: string;
  readonly instead: string;
}

const unknowns: readonly Unknown[] = [
  {
    side: "oif",
    hooks: ["ingress", "prerouting"],
    why: "the kernel has not decided yet by which interface the packet will leave",
    instead: "Ask for the interface it came in by, or do this in forward or postrouting.",
  },
  {
    side: "oif",
    hooks: ["input"],
    why: "the packet is for this machine and leaves by no interface",
    instead: "Ask for the interface it came in by, or do this in forward.",
  },
  {
    side: "iif",
    hooks: ["output"],
    why: "the packet is sent by this machine itself and came in by no interface",
    instead: "Ask for the interface it leaves by, or do this in input, forward or postrouting.",
  },
  {
    side: "iif",
    hooks: ["egress"],
    why: "the kernel no longer knows by which interface the packet came in",
    instead: "Ask for the interface it leaves by, or do this in forward or postrouting.",
  },
];

function* find(context: LintContext): Iterable<LintFinding> {
  const { text, ruleset } = context;
  for (const unknown of unknowns) {
    const written = ruleset.language === "iptables" ? (unknown.side === "oif" ? "-o" : "-i") : unknown.side;
    if (!text.includes(written)) continue;
    const wanted = traits[unknown.side === "oif" ? "output" : "input"];
    const rules = allRulesWith(ruleset, { wanted });
    const chains = new Set(
      [...new Set(rules.map(({ chain }) => chain))].filter((chain) => fits(chain, unknown, ruleset)),
    );
    for (const rule of rules) if (chains.has(rule.chain)) yield* findIn(rule, unknown, context);
  }
}

/** Whether packets come to a chain from such hooks only. Where a built-in chain refuses an interface, the tool says so. */
function fits(chain: Chain, { hooks }: Unknown, ruleset: Ruleset): boolean {
  return !chain.builtin && isOnlyAt(chain, ruleset, ({ base }) => hooks.includes(base.hook));
}

function* findIn(rule: Rule, unknown: Unknown, context: LintContext): Iterable<LintFinding> {
  const asked = conditionsOf(rule).find((condition) => asksFor(unknown.side, condition));
  if (asked) yield describe(asked, unknown, context);
}

function asksFor(side: Unknown["side"], { field, op, values }: Condition): boolean {
  if (field !== `meta ${side}` && field !== `meta ${side}name`) return false;
  if (op !== "==" && op !== "!=") return false;
  if (values.kind === "names") return values.names.every((name) => name !== "" && name !== "*");
  return values.kind === "ranges" ? values.ranges.every(({ from }) => from > 0n) : values.kind === "set";
}

function describe(asked: Condition, { why, instead }: Unknown, context: LintContext): LintFinding {
  const { text, ruleset } = context;
  const written = text.slice(asked.start, asked.end);
  const effect = asked.op === "==" ? "never matches" : "tells nothing";
  return {
    span: asked,
    message: `\`${written}\` ${effect} here: ${why}. ${instead}`,
    ...(ruleset.language === "nftables" && { fixes: otherDirection(asked, written) }),
  };
}

function otherDirection(asked: Condition, written: string): Fix[] {
  const [whole, meta = "", side = "", rest = ""] = /^(meta\s+)?([io])if(name)?\b/.exec(written) ?? [];
  if (whole === undefined) return [];
  const word = `${side === "o" ? "i" : "o"}if${rest}`;
  const span = { start: asked.start, end: asked.start + whole.length };
  return [{ title: `Ask for \`${word}\` instead`, edits: [{ span, text: meta + word }] }];
}
