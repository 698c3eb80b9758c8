import type * as nft from "../../syntax/nft/nodes.js";
import type { SyntaxNode } from "../../syntax/tree.js";
import { visitParts } from "./parts.js";

/** Kinds of nodes that name a chain, set, object or variable. */
const namingKinds: ReadonlySet<string> = new Set([
  "jump",
  "variable",
  "setReference",
  "setStatement",
  "objectReference",
  "flowAdd",
]);

/**
 * The parts of a rule that name something, in the order of the text, others within them left out. Without any, what the rule
 * means hangs on its own words and the family of its table alone.
 */
export function namingPartsOf(rule: nft.Rule): readonly SyntaxNode[] {
  if (!rule.names) return none;
  const { memo } = rule;
  memo.naming ??= collected(rule);
  return memo.naming;
}

function collected(rule: nft.Rule): SyntaxNode[] {
  const parts: SyntaxNode[] = [];
  collect(rule, parts);
  return parts;
}

const none: readonly SyntaxNode[] = [];

function collect(node: SyntaxNode, found: SyntaxNode[]): void {
  visitParts(node, (part) => {
    if (namingKinds.has(part.kind)) found.push(part);
    else collect(part, found);
  });
}

/** Whether anything within names something. */
export function namesAnything(node: SyntaxNode): boolean {
  let found = false;
  visitParts(node, (part) => {
    found ||= namingKinds.has(part.kind) || namesAnything(part);
  });
  return found;
}
