import type { RuleLine } from "../syntax/iptables/nodes.js";
import { asks, isAddress, isBaseCondition } from "../syntax/iptables/traits.js";
import type { Rule as NftRule, Statement } from "../syntax/nft/nodes.js";
import { asks as asksInNft } from "../syntax/nft/traits.js";
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
  return "statements" in node ? (node as NftRule).statements : [];
}

function isLine(node: Rule["node"]): node is RuleLine {
  return "matches" in node;
}

/** Where each condition is written; what belongs to no condition is left out. */
export function conditionNodes({ node }: Rule): Span[] {
  const found: Span[] = [];
  if (!isLine(node)) {
    for (const statement of (node as NftRule).statements) if (asksInNft(statement)) found.push(statement);
    return found;
  }
  if (node.broken) found.push(node);
  for (const option of node.options) if (isBaseCondition(option)) found.push(option);
  for (const match of node.matches) {
    if (!asks(match)) continue;
    if (match.options.length === 0 && match.by) found.push(match.by);
    for (const option of match.options) found.push(option);
  }
  return found;
}

/** Where conditions about addresses may be written. */
export function addressNodes({ node }: Rule): readonly Span[] {
  return isLine(node) ? node.options.filter(isAddress) : (node as NftRule).statements;
}
