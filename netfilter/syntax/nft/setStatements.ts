import type { Cursor } from "./cursor.js";
import { dynamicElement, dynamicKey } from "./elements.js";
import { setOrVariable } from "./expressions.js";
import { Kind } from "./lexer.js";
import type { Meter, SetStatement } from "./nodes.js";
import { statement } from "./statements.js";
import { statementEntry, wordList } from "./words.js";

const operations = wordList("add update delete");

/** `add @s { ip saddr timeout 1m }`, `update @m { ip saddr : 1 }`, or the older `set add ip saddr @s`. */
export function setStatement(c: Cursor): SetStatement {
  return c.word === "set" ? olderForm(c) : newerForm(c);
}

function newerForm(c: Cursor): SetStatement {
  const { start } = c;
  const operation = c.word as SetStatement["operation"];
  c.take("statement", statementEntry(operation));
  const set = setOrVariable(c);
  c.expect(Kind.OpenBrace, "`{` and what is put into the set");
  const element = c.nested(() => dynamicElement(c));
  c.expect(Kind.CloseBrace, "`}`");
  return { kind: "setStatement", start, end: c.last, operation, set, element, old: false };
}

function olderForm(c: Cursor): SetStatement {
  const { start } = c;
  c.take("statement");
  const operation = c.expectOneOf(operations, "`add`, `update` or `delete`", "statement")
    .text as SetStatement["operation"];
  const element = dynamicKey(c);
  const set = setOrVariable(c);
  return { kind: "setStatement", start, end: c.last, operation, set, element, old: true };
}

/** `meter m size 100 { ip saddr limit rate 1/second }`. */
export function meter(c: Cursor): Meter {
  const { start } = c;
  c.take("statement", statementEntry("meter"));
  const name = c.expectName("setName", "the name of the meter");
  const size = c.acceptWord("size") && c.expectNumber("a number of elements");
  c.expect(Kind.OpenBrace, "`{` and what is counted apart");
  const [key, limited] = c.nested(() => [dynamicKey(c), statement(c)] as const);
  c.expect(Kind.CloseBrace, "`}`");
  return { kind: "meter", start, end: c.last, name, size, key, statement: limited };
}
