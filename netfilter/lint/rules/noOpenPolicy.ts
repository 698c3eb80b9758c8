import { type Base, baseChainsOf } from "../../model/bases.js";
import { type Decision, decisionsOf } from "../../model/decisions.js";
import type { Condition, Ruleset } from "../../model/ruleset.js";
import { reachableFrom } from "../../model/walk.js";
import { isPlainFilter } from "../plainFilter.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { isOfProgram } from "../ruleText.js";

/** Services that are let in where everything is. */
export const noOpenPolicy: Lint = {
  id: "noOpenPolicy",
  severity: "information",
  summary: "An input chain accepts single services, but nothing is dropped: its policy accepts all others too.",
  doc: [
    "What no rule of a base chain decides about is left to its policy, which is `accept` where nothing else is said. A chain",
    "that does nothing but accept then lets every packet in, with its rules or without them; neither does a verdict map that",
    "has only accepts keep out what it has no key for.",
    "",
    "Told of an input chain with policy accept in which no way ends in a drop, when it accepts ports from any interface, as a",
    "firewall does. Not told where another chain on the way in drops, where chains are filled by programs or still empty, nor of",
    "chains that also set marks or fill sets.",
    "",
    "Set the policy to drop, after `ct state established,related`, loopback and what ICMP needs are accepted, or end the chain",
    "with a drop. Where everything is to be open, the rules can go.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          "    #                                       ^^^^^^^^^^^^^",
          "    ct state established,related accept",
          "    tcp dport vmap { 22 : accept, 443 : accept }",
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
          "#      ^^^^^^",
          ":FORWARD ACCEPT [0:0]",
          ":OUTPUT ACCEPT [0:0]",
          "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
          "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
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
          "    tcp dport { 22, 443 } accept",
          "    ct state new drop",
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
          "-A INPUT -i virbr0 -p udp -m udp --dport 53 -j ACCEPT",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  needsWhole: true,
  find,
};

function* find({ text, ruleset }: LintContext): Iterable<LintFinding> {
  if (ruleset.incomplete || !/dport|destination-port/.test(text)) return;
  for (const base of baseChainsOf(ruleset)) {
    const service = isOpenInput(base) ? firstService(base) : undefined;
    if (service && isComplete(base) && !isGuarded(base, ruleset)) yield describe(base, service);
  }
}

const ipFamilies: ReadonlySet<string> = new Set(["ip", "ip6", "inet"]);

function isOpenInput(chain: Base): boolean {
  const { type, hook, policy } = chain.base;
  return type === "filter" && hook === "input" && policy === "accept" && ipFamilies.has(chain.table.family);
}

/** Whether the chain is there for filtering alone, and nothing is filled in later. */
function isComplete(base: Base): boolean {
  return isPlainFilter(base) && ![...reachableFrom(base)].some((chain) => isOfProgram(chain) || !chain.rules[0]);
}

/** The first accept of a port, where nothing but accepts is ever decided. */
function firstService(base: Base): Decision | undefined {
  let first: Decision | undefined;
  for (const decision of decisionsOf(base)) {
    if (decision.verdict !== "accept") return undefined;
    if (isService(decision)) first ??= decision;
  }
  return first;
}

function isService({ conditions }: Decision): boolean {
  return conditions.some(asksForPort) && !conditions.some(({ field }) => /^meta [io]if/.test(field));
}

function asksForPort({ field, op, values }: Condition): boolean {
  return /^(tcp|udp|th) dport$/.test(field) && op === "==" && values.kind === "ranges";
}

const wayIn: ReadonlySet<string> = new Set(["ingress", "prerouting", "input"]);

/** Whether another chain on the way in may drop. */
function isGuarded(chain: Base, ruleset: Ruleset): boolean {
  return baseChainsOf(ruleset).some(
    (other) => other !== chain && other.base.type === "filter" && wayIn.has(other.base.hook) && mayDrop(other),
  );
}

function mayDrop(chain: Base): boolean {
  if (chain.base.policy === "drop") return true;
  for (const { verdict } of decisionsOf(chain)) if (verdict !== "accept") return true;
  return false;
}

function describe({ base, nameSpan }: Base, { action: { start, end } }: Decision): LintFinding {
  return {
    span: base.policySpan ?? nameSpan,
    message:
      "Nothing is dropped here: what no rule accepts is accepted by the policy, so that the rules for single services make no " +
      "difference. If only these are to be reached, set the policy to drop, or end the chain with a drop; " +
      "accept established connections and loopback before.",
    related: [{ span: { start, end }, message: "this accept makes no difference" }],
  };
}
