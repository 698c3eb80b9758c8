import { baseChainsOf } from "../../model/bases.js";
import type { Action, Condition, Rule } from "../../model/ruleset.js";
import { conditionsOf } from "../../model/walk.js";
import { isConditional } from "../../model/written.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** A masquerade for everything that leaves, by whatever interface. */
export const useMasqueradeInterface: Lint = {
  id: "useMasqueradeInterface",
  severity: "warning",
  summary:
    "A masquerade without any condition hides the sender of every connection, also on the inside and on loopback.",
  doc: [
    "A masquerade that asks for nothing translates every connection that leaves by any interface: not only from the inside",
    "to the line, but also what is forwarded to the inside (servers then see the router as the client of every visitor) and",
    "what programs of this machine say to each other: a connection from 127.0.0.1 to 127.0.0.1 arrives with the sender of",
    "another interface, and whoever lets only 127.0.0.1 in refuses it.",
    "",
    "Told when the rule stands in a base chain and neither it nor a rule before it chooses between connections.",
    "",
    "Ask for the outgoing line (`-o wan0`, `oifname wan0`), or for the source network that has to be hidden.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table ip nat {",
          "  chain post {",
          "    type nat hook postrouting priority srcnat; policy accept;",
          "    masquerade",
          "#   ^^^^^^^^^^",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*nat",
          ":POSTROUTING ACCEPT [0:0]",
          "-A POSTROUTING -j MASQUERADE",
          "#              ^^^^^^^^^^^^^",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
    good: [
      {
        language: "nftables",
        text: [
          "table ip nat {",
          "  chain post {",
          "    type nat hook postrouting priority srcnat; policy accept;",
          '    oifname "wan0" masquerade',
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: ["*nat", ":POSTROUTING ACCEPT [0:0]", "-A POSTROUTING -s 10.0.0.0/8 -j MASQUERADE", "COMMIT", ""].join(
          "\n",
        ),
      },
    ],
  },
  needsWhole: true,
  find,
};

function* find({ ruleset }: LintContext): Iterable<LintFinding> {
  for (const { base, table, rules } of baseChainsOf(ruleset)) {
    if (base.type !== "nat" || base.hook !== "postrouting") continue;
    const first = rules.findIndex((rule) => rule.actions.some(choosesOrEnds));
    const rule = rules[first];
    const action = rule?.actions.find((done) => done.do === "nat" && done.type === "masquerade");
    if (!rule || !action || !asksNothing(rule)) continue;
    const onlyIpv6 = table.family === "ip6" || conditionsOf(rule).some(isIpv6);
    yield describe(action, ruleset.language === "nftables" ? "oifname" : "-o", onlyIpv6);
  }
}

/** Whether an action may keep some connections from what stands behind it. */
function choosesOrEnds(action: Action): boolean {
  return action.do !== "setMark" && action.do !== "notrack" && !(action.do === "other" && action.effect === "inert");
}

function asksNothing(rule: Rule): boolean {
  if (!isConditional(rule)) return true;
  return conditionsOf(rule).every(({ field, op }) => field === "meta nfproto" && op === "==");
}

const ipv6 = 10n;

function isIpv6({ values }: Condition): boolean {
  return values.kind === "ranges" && values.ranges.every(({ from, to }) => from === ipv6 && to === ipv6);
}

/** IPv6 keeps the sender of connections over loopback. */
function describe(span: Action, word: string, onlyIpv6: boolean): LintFinding {
  const inside =
    "This masquerades every connection by every interface: what is forwarded to the inside as well, where servers then see " +
    "this machine instead of the client";
  const loopback = ", and even connections over loopback, which no longer come from 127.0.0.1";
  return {
    span,
    message: `${inside}${onlyIpv6 ? "" : loopback}. Ask for the outgoing interface (\`${word}\`) or for the source network.`,
  };
}
