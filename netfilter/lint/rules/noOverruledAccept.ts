import { type Base, baseChainsOf, basesIn, chainsOnlyAt } from "../../model/bases.js";
import { inState } from "../../model/connectionState.js";
import { decisionsOf } from "../../model/decisions.js";
import type { Action, Condition, Rule } from "../../model/ruleset.js";
import { isSteady, mayMeet } from "../../model/undisturbed.js";
import { conditionsOf } from "../../model/walk.js";
import { isPlainFilter } from "../plainFilter.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { isFilledByProgram } from "../ruleText.js";

/** An accept that only ends its own base chain, and is undone by the next one. */
export const noOverruledAccept: Lint = {
  id: "noOverruledAccept",
  severity: "warning",
  summary: "An accept in one base chain does not help: a later base chain of the same hook drops the same packets.",
  doc: [
    "Accept ends the walk through one base chain only. Where several base chains stand at a hook, the packet goes on to the",
    "next one, and a drop in any of them is final. So an accept in an early chain lets in nothing that a later chain's rules",
    "or its policy drop.",
    "",
    "Told when the later chain's policy is drop and none of its rules can accept such packets: those of new connections from",
    "elsewhere, unless the accept asks for others itself. Not told where that chain leads to others that programs fill.",
    "",
    "Accept the packets in the later chain, or keep all decisions of a hook in one base chain.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet services {",
          "  chain input {",
          "    type filter hook input priority -10; policy accept;",
          "    tcp dport 22 accept",
          "    #            ^^^^^^",
          "  }",
          "}",
          "table inet firewall {",
          "  chain input {",
          "    type filter hook input priority filter; policy drop;",
          "    iif lo accept",
          "    ct state established,related accept",
          "    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept",
          "    udp dport 53 accept",
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
          "table inet services {",
          "  chain input {",
          "    type filter hook input priority -10; policy accept;",
          "    tcp dport 22 accept",
          "  }",
          "}",
          "table inet firewall {",
          "  chain input {",
          "    type filter hook input priority filter; policy drop;",
          "    iif lo accept",
          "    ct state established,related accept",
          "    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept",
          "    tcp dport { 22, 80 } accept",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
    ],
  },
  needsWhole: true,
  find,
};

function* find({ ruleset }: LintContext): Iterable<LintFinding> {
  if (ruleset.incomplete) return;
  const bases = baseChainsOf(ruleset);
  const translated = new Set(bases.filter(({ base }) => base.type === "nat").map(({ base }) => base.hook));
  const filters = bases.filter(
    ({ base }) => base.type === "filter" && base.priority !== undefined && !translated.has(base.hook),
  );
  const dropping = filters.filter((chain) => chain.base.policy === "drop" && !isFilledByProgram(chain));
  if (dropping.length === 0) return;
  const early = new Set(
    filters.filter((base) => dropping.some((later) => follows(later, base)) && isPlainFilter(base)),
  );
  if (early.size === 0) return;
  for (const chain of chainsOnlyAt(ruleset, (base) => early.has(base))) {
    const callers = basesIn(ruleset)(chain);
    const laters = dropping.filter((later) => callers.every((base) => follows(later, base)) && isPlainFilter(later));
    if (laters.length > 0) for (const rule of chain.rules) yield* findIn(rule, laters);
  }
}

/** Whether what `first` accepts is certain to come to `later` next. */
function follows(later: Base, first: Base): boolean {
  if (later.base.hook !== first.base.hook || later.base.devices.length > 0) return false;
  if ((later.base.priority ?? 0) <= (first.base.priority ?? 0)) return false;
  const [family, ip] = [later.table.family, first.table.family === "ip" || first.table.family === "ip6"];
  return family === first.table.family || (family === "inet" && ip);
}

function* findIn(rule: Rule, laters: readonly Base[]): Iterable<LintFinding> {
  const accept = rule.actions.find((action) => action.do === "verdict" && action.verdict === "accept");
  if (!accept) return;
  const packets = conditionsOf(rule);
  const later = laters.find((base) => dropsAll(base, packets));
  if (later) yield describe(accept, later);
}

function dropsAll(base: Base, packets: readonly Condition[]): boolean {
  if (packets.length === 0) return false;
  const packet = [
    ...packets.filter((asked) => isSteady(asked) || /^(ct state|meta oif(name)?)$/.test(asked.field)),
    ...usualPacket(packets),
  ];
  for (const { verdict, conditions } of decisionsOf(base)) {
    if (verdict !== "drop" && mayMeet(conditions, packet)) return false;
  }
  return true;
}

/** A connection's first packet from elsewhere, where the rule does not ask for others itself. */
function usualPacket(packets: readonly Condition[]): Condition[] {
  const asks = (field: RegExp) => packets.some((asked) => field.test(asked.field));
  const devices = ["meta iif", "meta iifname", "meta oif", "meta oifname"];
  return [...(asks(/^ct state$/) ? [] : [inState("new")]), ...(asks(/[io]if/) ? [] : devices.map(notLoopback))];
}

function notLoopback(field: string): Condition {
  return { kind: "condition", start: 0, end: 0, field, op: "!=", values: { kind: "names", names: ["lo"] } };
}

function describe(span: Action, later: Base): LintFinding {
  const { name, table, base, nameSpan } = later;
  return {
    span,
    message:
      `This accept ends only this base chain: the packets go on to \`${name}\` of table \`${table.family} ${table.name}\` ` +
      `(priority ${base.priority}), where no rule accepts such packets and the policy drops them. Accept them there.`,
    related: [{ span: base.policySpan ?? nameSpan, message: "these packets are dropped here" }],
  };
}
