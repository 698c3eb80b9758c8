import { type Base, baseChainsOf, basesIn, chainsOnlyAt } from "../../model/bases.js";
import { failsState, passesState } from "../../model/connectionState.js";
import type { Chain, Condition, Part, Rule } from "../../model/ruleset.js";
import { conditionsOf, reachableFrom } from "../../model/walk.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** Asking for the connection before conntrack has looked it up. */
export const noEarlyState: Lint = {
  id: "noEarlyState",
  severity: "warning",
  summary: "A rule asks for the connection in a chain that runs before conntrack has looked it up.",
  doc: [
    "Conntrack finds the connection of a packet at priority -200 of prerouting and output. In a chain that runs earlier",
    "(iptables' raw table, `priority raw`, inet's ingress) a packet belongs to no connection yet: its state is",
    "`invalid`, or `untracked` after a `notrack`. `ct state established` never matches there, `ct state invalid drop` drops",
    "everything, and there is no connection's mark to ask for or to copy. Only packets on the loopback interface are",
    "tracked already when they come in, and the errors and resets that the kernel sends belong to the connection of the packet",
    "that they answer: at output some packets are `related`.",
    "",
    "Move the rule to a chain that runs after -200, for example at `priority mangle` or in iptables' mangle table.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet early {",
          "  chain pre {",
          "    type filter hook prerouting priority raw; policy accept;",
          "    ct state established accept",
          "#   ^^^^^^^^^^^^^^^^^^^^",
          "    tcp dport 23 drop",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*raw",
          ":PREROUTING ACCEPT [0:0]",
          ":OUTPUT ACCEPT [0:0]",
          "-A PREROUTING -p tcp -m conntrack --ctstate INVALID -j DROP",
          "#                                 ^^^^^^^^^^^^^^^^^",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
    good: [
      {
        language: "nftables",
        text: [
          "table inet early {",
          "  chain pre {",
          "    type filter hook prerouting priority mangle; policy accept;",
          "    ct state established accept",
          "    tcp dport 23 drop",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*mangle",
          ":PREROUTING ACCEPT [0:0]",
          "-A PREROUTING -p tcp -m conntrack --ctstate INVALID -j DROP",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

const lookup = -200;

const connectionWords = /\bct\b|state|connmark/i;

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  const early = new Set(baseChainsOf(ruleset).filter(runsEarly).filter(hasNoTemplates));
  if (early.size === 0 || !connectionWords.test(text)) return;
  for (const chain of chainsOnlyAt(ruleset, (base) => early.has(base))) {
    const leaves = basesIn(ruleset)(chain).some(({ base }) => base.hook === "output");
    for (const rule of chain.rules) {
      if (!connectionWords.test(text.slice(rule.node.start, rule.node.end)) || isLoopbackOnly(rule)) continue;
      for (const part of rule.parts) {
        const effect = effectOf(part, leaves);
        if (effect) yield describe(part, `${effect}. ${leaves ? answersOfOwn : loopback}`, chain, text);
      }
    }
  }
}

function runsEarly({ base, table }: Base): boolean {
  if (base.hook === "ingress") return table.family === "inet" && !base.devices.includes("lo");
  const ip = table.family === "ip" || table.family === "ip6" || table.family === "inet";
  return ip && (base.hook === "prerouting" || base.hook === "output") && (base.priority ?? 0) < lookup;
}

/** A zone or template that a rule gives to the packet stands in for the connection: what is asked then is not told. */
function hasNoTemplates(base: Base): boolean {
  return [...reachableFrom(base)].every(({ rules }) =>
    rules.every(({ actions }) => actions.every((action) => action.do !== "other" || action.effect === "inert")),
  );
}

function isLoopbackOnly(rule: Rule): boolean {
  return conditionsOf(rule).some(({ field, op, values }) => {
    if (op !== "==" || (field !== "meta iif" && field !== "meta iifname")) return false;
    return values.kind !== "names" || values.names.includes("lo");
  });
}

const loopback = "Only packets on the loopback interface are tracked already";

/** The kernel gives them the connection of the packet that they answer. */
const answersOfOwn = "Only the errors and resets that the kernel itself sends belong to a connection already";

/** What comes of a part that needs the connection, in a chain where packets of this machine may leave. */
function effectOf(part: Part, leaves: boolean): string | undefined {
  if (part.kind === "condition") return effectOfCondition(part, leaves);
  if (part.do !== "setMark" || typeof part.value !== "object" || !("from" in part.value)) return undefined;
  return "does nothing: a packet has no connection yet whose mark could be copied";
}

function effectOfCondition(condition: Condition, leaves: boolean): string | undefined {
  if (condition.field === "ct mark") return "never matches: a packet has no connection yet that could have a mark";
  if (condition.field !== "ct state") return undefined;
  const positive = condition.op === "set" || condition.op === "==";
  if (positive && passesState(condition, "invalid")) return "matches every packet: so far all of them are invalid";
  if (leaves && !failsState(condition, "related")) return undefined;
  return failsState(condition, "invalid") && failsState(condition, "untracked")
    ? "never matches: so far every packet is invalid"
    : undefined;
}

function describe(part: Part, effect: string, chain: Chain, text: string): LintFinding {
  const written = text.slice(part.start, part.end);
  return {
    span: part,
    message:
      `Here, before conntrack looks packets up (priority ${lookup}), \`${written}\` ${effect}. ` +
      "Move the rule to a chain that runs later, for example at priority mangle.",
    related: [{ span: chain.nameSpan, message: `\`${chain.name}\` runs before the lookup` }],
  };
}
