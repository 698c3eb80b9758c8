import type { Analysis } from "../analyze.js";
import type { Entry } from "../facts/catalogue.js";
import { findHook } from "../facts/hooks.js";
import { findConstant, findDatatype, findStatement, keyword } from "../facts/nft/index.js";
import type { Statement } from "../facts/nft/types.js";
import type { Role, Token } from "../syntax/tree.js";
import { statementBefore } from "./nftPlace.js";
import { chainAround, lastStartingBefore, setAround } from "./place.js";

/** The catalogue's entry of a token: the one that the parser has given it or, for nft's words, what its place tells. */
export function entryOf(analysis: Analysis, token: Token): Entry | undefined {
  const word = textOf(analysis, token);
  const hook = token.role === "hook" && hookAt(analysis, token, word);
  if (hook) return hook;
  if (token.entry || analysis.language !== "nftables") return token.entry;
  const find = byRole[token.role];
  return find?.(analysis, token, word);
}

type Find = (analysis: Analysis, token: Token, word: string) => Entry | undefined;

const byRole: Partial<Record<Role, Find>> = {
  constant: (analysis, token, word) => constantAt(analysis, token, word) ?? keyword(word),
  match: (analysis, token, word) => keyword(word, "operator") ?? selectorFrom(analysis, token),
  operator: (_, __, word) => keyword(word, "operator"),
  keyword: (analysis, token, word) =>
    optionAt(analysis, token, word) ?? pairAt(analysis, token, keyword) ?? keyword(word),
  statement: (analysis, token, word) => pairAt(analysis, token, findStatement) ?? findStatement(word),
  verdict: (_, __, word) => findStatement(word) ?? keyword(word),
};

/** `ct`, `fib` and the like are explained by the key that they lead to. */
function selectorFrom({ tree: { tokens } }: Analysis, token: Token): Entry | undefined {
  const index = lastStartingBefore(tokens, token.end);
  const key = tokens.slice(index + 1, index + 6).find(({ role, entry }) => role !== "match" || entry);
  return key?.entry && "datatype" in key.entry ? key.entry : undefined;
}

/** A word behind a statement belongs to it: `to` of `dnat`, `rate` of `limit`. */
function optionAt(analysis: Analysis, token: Token, word: string): Entry | undefined {
  const statement = before(analysis, token).findLast(({ entry }) => entry?.kind === "statement")?.entry as
    | Statement
    | undefined;
  return statement && (statement.options?.find((option) => option.word === word) ?? statement);
}

/** Two words that make one: `ct helper`. */
function pairAt(analysis: Analysis, token: Token, find: (words: string) => Entry | undefined): Entry | undefined {
  const { tokens } = analysis.tree;
  const index = lastStartingBefore(tokens, token.end);
  const [previous, next] = [tokens[index - 1], tokens[index + 1]];
  const word = textOf(analysis, token);
  return (
    (next && find(`${word} ${textOf(analysis, next)}`)) ?? (previous && find(`${textOf(analysis, previous)} ${word}`))
  );
}

/** A hook is another one in each family. */
function hookAt(analysis: Analysis, { start }: Token, word: string): Entry | undefined {
  const family = chainAround(analysis, start)?.table.family;
  return family && findHook(word, family);
}

/** A value's name means what the field before it, or its set, is of. */
function constantAt(analysis: Analysis, token: Token, word: string): Entry | undefined {
  const words = before(analysis, token);
  const set = setAround(analysis, token.start);
  const field = words.findLast(({ entry }) => entry && "datatype" in entry)?.entry as { datatype?: string } | undefined;
  const rejects = words.map((each) => rejectTypes.get(textOf(analysis, each))).filter((type) => type !== undefined);
  const types = [
    ...rejects,
    field?.datatype ?? "",
    ...(set ? `${set.keyType} . ${set.valueType ?? ""}`.split(" . ") : []),
  ];
  for (const type of types) {
    const datatype = findDatatype(type);
    const constant = datatype && findConstant(datatype, word);
    if (constant) return constant;
  }
  return undefined;
}

/** What the words behind `reject with` take. */
const rejectTypes: ReadonlyMap<string, string> = new Map([
  ["icmp", "icmp_code"],
  ["icmpv6", "icmpv6_code"],
  ["icmpx", "icmpx_code"],
]);

function before({ tree: { text, tokens } }: Analysis, { start }: Token): Token[] {
  return statementBefore(text, tokens, lastStartingBefore(tokens, start), start);
}

function textOf({ tree: { text } }: Analysis, { start, end }: Token): string {
  return text.slice(start, end);
}
