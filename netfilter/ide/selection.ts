import type { Analysis } from "../analyze.js";
import { children, type SyntaxNode, tokenAt } from "../syntax/tree.js";
import { contains, type Span, touches } from "../text/span.js";

/** What "expand selection" walks through from `offset`: its word, then every part of the tree around it, smallest first. */
export function selectionsAt({ tree }: Analysis, offset: number): Span[] {
  const spans: Span[] = [{ start: 0, end: tree.text.length }];
  for (let node: SyntaxNode | undefined = tree.root; node; node = childAt(node, offset)) add(spans, node);
  const token = tokenAt(tree.tokens, offset);
  if (token) add(spans, token);
  return spans.reverse();
}

function childAt(node: SyntaxNode, offset: number): SyntaxNode | undefined {
  return children(node).findLast((child) => touches(child, offset));
}

function add(spans: Span[], { start, end }: Span): void {
  const last = spans.at(-1) as Span;
  if (contains(last, { start, end }) && end - start < last.end - last.start) spans.push({ start, end });
}
