import type { Entry } from "../facts/catalogue.js";
import type { Finding } from "../text/finding.js";
import type { Span } from "../text/span.js";

/** What a token is to the reader; semantic tokens and hovers follow it. */
export type Role =
  | "comment"
  | "string"
  | "number"
  | "operator"
  | "punctuation"
  | "keyword" // structure: table, chain, *filter, COMMIT, -A, hook
  | "match" // what a packet is compared with: tcp dport, -m conntrack, --ctstate
  | "statement" // what is done with it: log, snat, -j MARK, --set-xmark
  | "verdict" // accept, drop, jump ...
  | "constant" // established, syn, ACCEPT as a policy, a service's name
  | "family"
  | "hook"
  | "priority"
  | "address"
  | "interface"
  | "tableName"
  | "chainName"
  | "setName"
  | "objectName"
  | "variable"
  | "counter" // [12:3456]
  | "unknown";

/**
 * One word of the text. A tree's tokens stand in order, do not overlap, and everything between two of them is white space
 * (or an escaped line break), so that text and tokens together lose nothing. Comments are tokens.
 */
export interface Token extends Span {
  role: Role;
  /** The catalogue's entry where the word is one of it: what a hover shows. */
  entry?: Entry;
}

/** A part of the tree. Every node lies within its parent and children stand in order without overlapping. */
export interface SyntaxNode extends Span {
  readonly kind: string;
  /** The nodes directly within it, where they are not among its own properties. */
  readonly children?: readonly SyntaxNode[];
}

/** What a parser gives, whatever the text: it never throws. */
export interface Tree<Root extends SyntaxNode> {
  readonly text: string;
  readonly root: Root;
  readonly tokens: readonly Token[];
  /** Errors of syntax, in order of place. */
  readonly errors: readonly Finding[];
}

/** The nodes directly within `node`, found among its properties, in order of place. */
export function children(node: SyntaxNode): SyntaxNode[] {
  const found = node.children ? [...node.children] : Object.values(node).flat().filter(isNode);
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** The token that holds `offset`; where two meet at it, the later one, else undefined. */
export function tokenAt(tokens: readonly Token[], offset: number): Token | undefined {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle] as Token).start <= offset) low = middle + 1;
    else high = middle;
  }
  const token = tokens[low - 1];
  return token && offset <= token.end ? token : undefined;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "kind" in value && "start" in value && "end" in value;
}
