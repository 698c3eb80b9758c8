import type { Cursor } from "./cursor.js";
import { rightValue } from "./expressions.js";
import { Kind } from "./lexer.js";
import type { Definition, Expression, Include } from "./nodes.js";

/** `define x = ...`, `redefine x = ...`, `undefine x`; the word is at hand. */
export function definition(c: Cursor): Definition {
  const verb = c.takeWord("keyword");
  const name = c.expectName("variable", "the name of a variable");
  if (verb.text === "undefine")
    return { kind: "definition", start: verb.start, end: name.end, verb, name, value: undefined };
  c.expect(Kind.Assign, "`=` and a value", "operator");
  const value = definedValue(c);
  return { kind: "definition", start: verb.start, end: c.last, verb, name, value };
}

/** What a variable may hold: anything on the right of a comparison, `{}`, or a negative number. */
function definedValue(c: Cursor): Expression {
  const { start } = c;
  if (c.kind === Kind.OpenBrace && c.peek() === Kind.CloseBrace) {
    c.take("punctuation");
    c.take("punctuation");
    return { kind: "setLiteral", start, end: c.last, elements: [] };
  }
  if (c.kind === Kind.Dash) {
    c.take("operator");
    const { value } = c.expectNumber("a number");
    return { kind: "number", start, end: c.last, value: -value };
  }
  return rightValue(c);
}

/** `include "path"`; the word is at hand. */
export function include(c: Cursor): Include {
  const { start } = c;
  c.take("keyword");
  if (c.kind !== Kind.Quoted) return c.fail("a path in double quotes");
  const path = c.takeString();
  return { kind: "include", start, end: path.end, path };
}
