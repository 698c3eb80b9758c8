import { lineKeys } from "../compare/iptables/lines.js";
import type { Rule } from "../model/ruleset.js";
import { lineOf, statementsOf } from "../model/written.js";
import { placeOf } from "./rules.js";

/**
 * Whether two rules are one and the same: the same object, or in two readings of the ruleset rules of one chain that say the
 * same. Of an iptables line and its nft form the place in the chain decides.
 */
export function isSameRule(one: Rule, other: Rule): boolean {
  if (one === other) return true;
  if (one.chain === other.chain || placeOf(one.chain) !== placeOf(other.chain)) return false;
  if ((lineOf(one) === undefined) !== (lineOf(other) === undefined)) return indexOf(one) === indexOf(other);
  return shapeOf(one) === shapeOf(other);
}

/** The rule's place in its chain, from 0. */
export function indexOf(rule: Rule): number {
  return rule.chain.rules.indexOf(rule);
}

const shapes = new WeakMap<Rule, string>();

function shapeOf(rule: Rule): string {
  const known = shapes.get(rule);
  if (known !== undefined) return known;
  const family = rule.chain.table.family === "ip6" ? "ipv6" : "ipv4";
  const shape = lineOf(rule)
    ? lineKeys(rule, family)
        .map(({ key }) => key)
        .join("\n")
    : JSON.stringify([statementsOf(rule), rule.comment], (name, value) =>
        passedOver.has(name) ? undefined : plain(value),
      );
  shapes.set(rule, shape);
  return shape;
}

/** Places say nothing; counters count. */
const passedOver: ReadonlySet<string> = new Set(["start", "end", "packets", "bytes"]);

function plain(value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
