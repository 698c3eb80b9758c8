import type { Cursor } from "./cursor.js";
import { Kind } from "./lexer.js";
import { nameAfterTable, position, tableReference } from "./names.js";
import type { ElementCommand, RuleCommand, Word } from "./nodes.js";
import { elementsValue } from "./sets.js";
import { rule } from "./statements.js";
import { wordList } from "./words.js";

const positions = wordList("handle position index");
const handle = wordList("handle");

type Placed = Pick<RuleCommand, "table" | "chain" | "position">;

/** `add rule ip t c position 4 ...`: what precedes the table has been read. */
export function ruleCommand(c: Cursor, start: number, verb: Word | undefined): RuleCommand {
  const at = ruleAt(c);
  const place = positions.has(c.word) ? position(c) : undefined;
  return withRule(c, start, verb, { ...at, position: place });
}

/** `replace rule ip t c handle 4 ...`. */
export function ruleAtHandle(c: Cursor, start: number, verb: Word): RuleCommand {
  return withRule(c, start, verb, ruleHandle(c));
}

/** `delete rule ip t c handle 7`, `reset rule ...`: the word `rule` is at hand. */
export function ruleByHandle(c: Cursor, start: number, verb: Word): RuleCommand {
  c.take("keyword");
  const at = ruleHandle(c);
  return { kind: "ruleCommand", start, end: c.last, verb, ...at, rule: undefined };
}

function ruleAt(c: Cursor): Pick<RuleCommand, "table" | "chain"> {
  const table = tableReference(c);
  return { table, chain: nameAfterTable(c, "chainName", "chain") };
}

function ruleHandle(c: Cursor): Placed {
  const at = ruleAt(c);
  if (!handle.has(c.word)) c.failWord("`handle` and the number of the rule", handle.keys());
  return { ...at, position: position(c) };
}

function withRule(c: Cursor, start: number, verb: Word | undefined, at: Placed): RuleCommand {
  if (c.atSeparator || c.kind === Kind.CloseBrace) c.fail("a statement or an expression such as `ip saddr`");
  const added = rule(c);
  return { kind: "ruleCommand", start, end: c.last, verb, ...at, rule: added };
}

/** `add element ip t s { ... }`; the word `element` is at hand. */
export function elementCommand(c: Cursor, start: number, verb: Word | undefined): ElementCommand {
  c.take("keyword");
  const of = tableReference(c);
  const set = nameAfterTable(c, "setName", "set");
  if (c.kind !== Kind.OpenBrace && c.kind !== Kind.Dollar) c.fail("`{` and elements");
  const elements = elementsValue(c);
  return { kind: "elementCommand", start, end: c.last, verb, table: of, set, elements };
}
