import type { RuleLine } from "../syntax/iptables/nodes.js";
import type { Rule as NftRule, Statement } from "../syntax/nft/nodes.js";
import { traits } from "../syntax/traits.js";
import type { Span } from "../text/span.js";
import type { Rule } from "./ruleset.js";

/*
 * What can be told of a rule by looking at its words alone. Reading `parts` costs some ten times as much, so a lint that
 * walks over every rule of a large file asks here first.
 */

/** Whether the rule may ask anything of a packet; false is certain. */
export function isConditional(rule: Rule): boolean {
  return (rule.traits & traits.asks) !== 0;
}

/** Whether the rule may end a packet's walk through the chain; false is certain. */
export function mayEnd(rule: Rule): boolean {
  return (rule.traits & traits.ends) !== 0;
}

/** The line of an iptables file that a rule is. */
export function lineOf({ node }: Rule): RuleLine | undefined {
  return isLine(node) ? node : undefined;
}

/** The statements of an nftables rule. */
export function statementsOf({ node }: Rule): readonly Statement[] {
  return isLine(node) ? [] : (node as NftRule).statements;
}

function isLine(node: Rule["node"]): node is RuleLine {
  return "matches" in node;
}

/** Where each condition is written; what belongs to no condition is left out. */
export function conditionNodes({ node }: Rule): readonly Span[] {
  if (isLine(node)) return node.broken ? [node, ...node.conditions] : node.conditions;
  return (node as NftRule).conditions;
}

/** Where conditions about addresses may be written. */
export function addressNodes({ node }: Rule): readonly Span[] {
  return isLine(node) ? node.addresses : (node as NftRule).addresses;
}

/** Whether it is certain at a glance that no packet passes both rules. */
export function areApart({ node: a }: Rule, { node: b }: Rule): boolean {
  return !isLine(a) && !isLine(b) && (a as NftRule).isApartFrom(b as NftRule);
}
