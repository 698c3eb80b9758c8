import type { Role } from "../../netfilter/syntax/tree.js";

/** A TextMate grammar, as far as ours need it. */
export interface Grammar {
  readonly name: string;
  readonly scopeName: string;
  readonly patterns: readonly Pattern[];
  readonly repository?: Readonly<Record<string, { readonly patterns: readonly Pattern[] }>>;
}

export type Pattern =
  | { readonly include: string }
  | { readonly match: string; readonly name?: string; readonly captures?: Captures }
  | {
      readonly begin: string;
      readonly end: string;
      readonly name?: string;
      readonly beginCaptures?: Captures;
      readonly endCaptures?: Captures;
      readonly patterns?: readonly Pattern[];
    };

type Captures = Readonly<Record<string, { readonly name: string } | { readonly patterns: readonly Pattern[] }>>;

/**
 * The scope of each role, chosen so that a theme gives a word the same colour before the language server's semantic
 * tokens arrive and after.
 */
export const scopes = {
  comment: "comment.line.number-sign",
  string: "string.quoted.double",
  number: "constant.numeric",
  operator: "keyword.operator",
  punctuation: "punctuation",
  keyword: "storage.modifier",
  match: "variable.other.property",
  statement: "entity.name.function",
  verdict: "keyword.control",
  constant: "variable.other.enummember",
  family: "entity.name.type",
  hook: "variable.other.enummember.hook",
  priority: "variable.other.enummember.priority",
  address: "constant.numeric.address",
  interface: "string.unquoted.interface",
  tableName: "entity.name.namespace",
  chainName: "entity.name.type.class",
  setName: "variable.other.readwrite",
  objectName: "entity.name.type.struct",
  variable: "variable.other.constant",
  counter: "constant.numeric.counter",
} satisfies Partial<Record<Role, string>>;

/** Matches any of the words; longer ones first, so that none hides behind its own beginning. */
export function oneOf(words: Iterable<string>): string {
  const sorted = [...new Set(words)].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  return `(?:${sorted.map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&").replaceAll(" ", "\\s+")).join("|")})`;
}

/** A pattern whose n-th group has the n-th role. */
export function groups(match: string, ...roles: (keyof typeof scopes)[]): Pattern {
  const captures = Object.fromEntries(roles.map((role, index) => [String(index + 1), { name: scopes[role] }]));
  return { match, captures };
}

/** A pattern with one role for all it matches. */
export function whole(role: keyof typeof scopes, match: string): Pattern {
  return { match, name: scopes[role] };
}
