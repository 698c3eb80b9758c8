import type { Token } from "../syntax/tree.js";

/** What the braces around a place belong to. */
export type Block = "file" | "table" | "chain" | "set" | "map" | "flowtable" | "object" | "elements";

const openers: readonly (readonly [RegExp, Block])[] = [
  [/^(add |create )?table\b/, "table"],
  [/^(add |create )?chain\b/, "chain"],
  [/^(add |create )?(set|meter)\b/, "set"],
  [/^(add |create )?map\b/, "map"],
  [/^(add |create )?flowtable\b/, "flowtable"],
  // `counter ip saddr {` in a rule is no object's block: only a name may stand between.
  [/^(counter|quota|limit|ct (helper|timeout|expectation)|secmark|synproxy|tunnel) \S+$/, "object"],
  [/^(add|create) (counter|quota|limit|ct (helper|timeout|expectation)|secmark|synproxy|tunnel) /, "object"],
];

/** The block in which the place behind the token at `index` is. */
export function blockAround(text: string, tokens: readonly Token[], index: number): Block {
  const brace = openBrace(text, tokens, index);
  const token = tokens[brace];
  if (!token) return "file";
  const words = statementBefore(text, tokens, brace - 1, token.start).map(({ start, end }) => text.slice(start, end));
  const head = words.join(" ");
  return openers.find(([pattern]) => pattern.test(head))?.[1] ?? "elements";
}

/** The finished words of the statement that goes on at `offset`, behind the token at `index`. */
export function statementBefore(text: string, tokens: readonly Token[], index: number, offset: number): Token[] {
  const words: Token[] = [];
  let depth = 0;
  let next = offset;
  for (let at = index; at >= 0; at--) {
    const token = tokens[at] as Token;
    if (token.role === "comment") break;
    const sign = token.role === "punctuation" ? text[token.start] : "";
    const opens = sign === "{" && depth === 0;
    if (opens && !opensElements(text, tokens, at)) break;
    if (depth === 0 && (sign === ";" || (!opens && sign !== "," && endsLine(text.slice(token.end, next))))) break;
    if (sign === "}") depth++;
    else if (sign === "{" && !opens) depth--;
    words.push(token);
    next = token.start;
  }
  return words.reverse();
}

/** A line break, unless a backslash hides it. */
function endsLine(between: string): boolean {
  return /(^|[^\\])\r?\n/.test(between);
}

/** Braces behind a comparison or `elements =` hold values, and what they belong to stands before them. */
function opensElements(text: string, tokens: readonly Token[], brace: number): boolean {
  const previous = tokens[brace - 1];
  if (!previous || previous.role === "comment") return false;
  const word = text.slice(previous.start, previous.end);
  if (word === "=" || word === "==" || word === "!=" || word === "map" || word === "vmap") return true;
  return previous.entry !== undefined && "datatype" in previous.entry;
}

function openBrace(text: string, tokens: readonly Token[], index: number): number {
  let depth = 0;
  for (let at = index; at >= 0; at--) {
    const { role, start } = tokens[at] as Token;
    if (role !== "punctuation") continue;
    if (text[start] === "}") depth++;
    else if (text[start] === "{" && --depth < 0) return at;
  }
  return -1;
}
