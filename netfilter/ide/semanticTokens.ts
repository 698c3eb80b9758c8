import type { Analysis } from "../analyze.js";
import type { Role, Token } from "../syntax/tree.js";
import type { Span } from "../text/span.js";
import { definitions, isWritten } from "./names.js";

/** LSP's standard types, of which those used here; a token's type is a place in this list. */
export const tokenTypes = [
  "comment",
  "string",
  "number",
  "operator",
  "modifier",
  "property",
  "function",
  "keyword",
  "enumMember",
  "type",
  "namespace",
  "class",
  "variable",
  "struct",
] as const;

/** LSP's standard modifiers, of which those used here; a token's modifiers are bits in this order. */
export const tokenModifiers = ["declaration", "readonly", "defaultLibrary"] as const;

type TokenType = (typeof tokenTypes)[number];
type Modifier = (typeof tokenModifiers)[number];

/** Themes colour `modifier` like structure, `keyword` like control flow (verdicts), `function` like something that is done. */
const styles: Record<Role, readonly [TokenType, ...Modifier[]] | undefined> = {
  comment: ["comment"],
  string: ["string"],
  number: ["number"],
  operator: ["operator"],
  punctuation: undefined,
  keyword: ["modifier"],
  match: ["property"],
  statement: ["function"],
  verdict: ["keyword"],
  constant: ["enumMember", "readonly"],
  family: ["type", "defaultLibrary"],
  hook: ["enumMember", "defaultLibrary"],
  priority: ["enumMember", "defaultLibrary"],
  address: ["number"],
  interface: ["string"],
  tableName: ["namespace"],
  chainName: ["class"],
  setName: ["variable"],
  objectName: ["struct"],
  variable: ["variable", "readonly"],
  counter: ["number"],
  unknown: undefined,
};

/** A coloured stretch of text: a place in `tokenTypes` and bits of `tokenModifiers`. */
export interface SemanticToken extends Span {
  readonly type: number;
  readonly modifiers: number;
}

/** The tokens that touch `range`, or all of them, in order of place. */
export function semanticTokens({ tree, ruleset }: Analysis, range?: Span): SemanticToken[] {
  const declared = declaredAt(ruleset);
  const found: SemanticToken[] = [];
  for (const token of range ? within(tree.tokens, range) : tree.tokens) {
    const coloured = colour(token, declared.has(token.start));
    if (coloured) found.push(coloured);
  }
  return found;
}

function colour({ start, end, role }: Token, declares: boolean): SemanticToken | undefined {
  const style = styles[role];
  if (!style) return undefined;
  const [type, ...modifiers] = style;
  const all: Modifier[] = declares ? [...modifiers, "declaration"] : modifiers;
  const bits = all.reduce((sum, modifier) => sum | (1 << tokenModifiers.indexOf(modifier)), 0);
  return { start, end, type: tokenTypes.indexOf(type), modifiers: bits };
}

function declaredAt(ruleset: Analysis["ruleset"]): Set<number> {
  const starts = new Set<number>();
  for (const definition of definitions(ruleset)) if (isWritten(definition)) starts.add(definition.nameSpan.start);
  return starts;
}

function within(tokens: readonly Token[], range: Span): readonly Token[] {
  const first = firstFrom(tokens, ({ end }) => end >= range.start);
  const last = firstFrom(tokens, ({ start }) => start > range.end);
  return tokens.slice(first, last);
}

/** The place of the first token that passes, where all after it pass too. */
function firstFrom(tokens: readonly Token[], passes: (token: Token) => boolean): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (passes(tokens[middle] as Token)) high = middle;
    else low = middle + 1;
  }
  return low;
}
