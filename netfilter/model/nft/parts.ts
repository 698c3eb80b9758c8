import type { Rule } from "../../syntax/nft/nodes.js";
import type { SyntaxNode } from "../../syntax/tree.js";

/** Kinds of nodes that hold nothing but words and numbers: most of what stands in a large set and in most rules. */
const leafKinds: ReadonlySet<string> = new Set([
  ...["symbol", "number", "string", "word", "name", "wildcard"],
  ...["payload", "ct", "verdict", "counter", "limit", "comment"],
]);

/** Calls `visit` for every node directly within `node` that may hold others, in the order of the text. */
export function visitParts(node: SyntaxNode, visit: (part: SyntaxNode) => void): void {
  if (node.kind === "rule") {
    for (const part of (node as Rule).children) visitBranch(part, visit);
    return;
  }
  for (const key in node) {
    const value: unknown = node[key as keyof SyntaxNode];
    if (typeof value !== "object" || value === null) continue;
    if (Array.isArray(value)) for (const item of value as SyntaxNode[]) visitBranch(item, visit);
    else if ("kind" in value) visitBranch(value as SyntaxNode, visit);
  }
}

function visitBranch(node: SyntaxNode, visit: (part: SyntaxNode) => void): void {
  if (!leafKinds.has(node.kind)) visit(node);
}
