import { anonymousChain } from "./chains.js";
import type { Cursor } from "./cursor.js";
import { variable } from "./expressions.js";
import { Kind } from "./lexer.js";
import type { Jump, Verdict } from "./nodes.js";
import { statementEntry } from "./words.js";

/** The words that decide where the packet goes. */
export const verdicts: ReadonlySet<string> = new Set(["accept", "drop", "continue", "return", "jump", "goto"]);

/** True for the words that decide where the packet goes. */
export function isVerdict(word: string): boolean {
  return verdicts.has(word);
}

/** `accept`, `drop`, `continue`, `return`, `jump c`, `goto c`; one of the words is at hand. */
export function verdict(c: Cursor): Verdict | Jump {
  const { start, end, word } = c;
  c.take("verdict", statementEntry(word));
  if (word !== "jump" && word !== "goto") return { kind: "verdict", start, end, verdict: word as Verdict["verdict"] };
  const target = c.kind === Kind.Dollar ? variable(c) : c.expectName("chainName", "the name of a chain");
  return { kind: "jump", start, end: c.last, verb: word, target };
}

/** As a statement of its own a jump may also carry its chain with it: `jump { ... }`. */
export function verdictStatement(c: Cursor): Verdict | Jump {
  const { start, word } = c;
  if ((word !== "jump" && word !== "goto") || c.peek() !== Kind.OpenBrace) return verdict(c);
  c.take("verdict", statementEntry(word));
  const target = anonymousChain(c);
  c.named++;
  return { kind: "jump", start, end: c.last, verb: word, target };
}
