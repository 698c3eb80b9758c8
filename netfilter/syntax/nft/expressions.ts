import type { Role } from "../tree.js";
import type { Cursor } from "./cursor.js";
import { setLiteral } from "./elements.js";
import { Kind } from "./lexer.js";
import type { Binary, Expression, List, SetReference, Variable } from "./nodes.js";
import { protocolWords, reserved, valueWords } from "./reserved.js";
import { selector, startsSelector } from "./selectors.js";
import { extensionHeaders, payloadHeaders } from "./words.js";

type Read = (c: Cursor) => Expression;

interface Operator {
  readonly sign: Binary["operator"];
  /** The higher, the tighter it binds. */
  readonly level: number;
}

const operatorKinds = new Map<number, Operator>([
  [Kind.Pipe, { sign: "|", level: 1 }],
  [Kind.Caret, { sign: "^", level: 2 }],
  [Kind.Ampersand, { sign: "&", level: 3 }],
  [Kind.ShiftLeft, { sign: "<<", level: 4 }],
  [Kind.ShiftRight, { sign: ">>", level: 4 }],
]);

const operatorWords = new Map<string, Operator>([
  ["or", { sign: "|", level: 1 }],
  ["xor", { sign: "^", level: 2 }],
  ["and", { sign: "&", level: 3 }],
  ["lshift", { sign: "<<", level: 4 }],
  ["rshift", { sign: ">>", level: 4 }],
]);

// ---------------------------------------------------------------------------------------------- left of a comparison

/** What is compared, looked up or hashed: `ip saddr . tcp dport`, `meta mark & 0xff`, `ip saddr map @m`. */
export function leftExpression(c: Cursor): Expression {
  const start = c.start;
  if (c.kind === Kind.OpenBrace) return setLiteral(c);
  const key = leftConcatenation(c);
  return c.word === "map" ? mapExpression(c, start, key, rightExpression) : key;
}

/** One or more keys with dots between them. */
export function leftConcatenation(c: Cursor): Expression {
  return concatenation(c, leftBasic(c), leftBasic);
}

function leftBasic(c: Cursor): Expression {
  return binary(c, leftPrimary(c), rightPrimary);
}

/** One selector, value or expression in parentheses. */
export function leftPrimary(c: Cursor): Expression {
  if (c.kind === Kind.OpenParenthesis) return parentheses(c, leftBasic);
  if (startsSelector(c)) return selector(c);
  return value(c, none, "an expression such as `ip saddr` or `ct state`");
}

// ---------------------------------------------------------------------------------------------- right of a comparison

/** What it is compared with: a value, range, prefix, list, concatenation, `{ ... }` or `@set`; flags may have a mask. */
export function rightSide(c: Cursor): Expression {
  return listOrValue(c, true);
}

/** The same without a mask: what a variable may hold. */
export function rightValue(c: Cursor): Expression {
  return listOrValue(c, false);
}

function listOrValue(c: Cursor, maskable: boolean): Expression {
  if (c.kind === Kind.OpenBrace || c.kind === Kind.At) return rightExpression(c);
  const { start } = c;
  const first = rightBasic(c);
  const list = c.kind === Kind.Comma ? rightList(c, start, first) : undefined;
  if (maskable && c.kind === Kind.Slash && (list || startsMask(c))) return masked(c, start, list ?? first);
  return list ?? concatenation(c, multiton(c, start, first, rightBasic), rightPart);
}

/** A number after `/` is the length of a prefix unless a comma follows it. */
function startsMask(c: Cursor): boolean {
  return c.peek() !== Kind.Number || c.peek(2) === Kind.Comma;
}

/** A value without lists and masks: what stands in sets, maps and definitions. */
export function rightExpression(c: Cursor): Expression {
  if (c.kind === Kind.OpenBrace) return setLiteral(c);
  if (c.kind === Kind.At) return setReference(c);
  return rightConcatenation(c);
}

export function rightConcatenation(c: Cursor): Expression {
  return concatenation(c, rightPart(c), rightPart);
}

function rightPart(c: Cursor): Expression {
  const start = c.start;
  return multiton(c, start, rightBasic(c), rightBasic);
}

function rightBasic(c: Cursor): Expression {
  return binary(c, rightPrimary(c), rightPrimary);
}

function rightPrimary(c: Cursor): Expression {
  if (c.kind === Kind.OpenParenthesis) return parentheses(c, rightBasic);
  return value(c, protocolWords, "a value");
}

function rightList(c: Cursor, start: number, first: Expression): List {
  const items = [first];
  while (c.accept(Kind.Comma)) items.push(rightBasic(c));
  return { kind: "list", start, end: c.last, items };
}

/** `syn / fin,syn`: the mask is a list of two flags at least. */
function masked(c: Cursor, start: number, flags: Expression): Expression {
  c.take("operator");
  const from = c.start;
  const first = rightBasic(c);
  if (c.kind !== Kind.Comma)
    c.fail("the length of a prefix after `/`, as in `10.0.0.0/8`, or a list of flags as in `fin,syn`");
  const mask = rightList(c, from, first);
  return { kind: "maskedFlags", start, end: c.last, value: flags, mask };
}

// ---------------------------------------------------------------------------------------------- arguments of statements

/** What a statement is given: `meta mark set ...`, `dnat to ...`. Selectors may stand in it, comparisons not. */
export function argument(c: Cursor): Expression {
  const start = c.start;
  const first = argumentBasic(c);
  if (c.kind === Kind.Comma && isPlain(first)) return argumentList(c, start, first);
  const part = multiton(c, start, first, argumentBasic);
  if (part !== first) return part;
  const key = concatenation(c, first, argumentPrimary);
  return c.word === "map" ? mapExpression(c, start, key, mapOperand) : key;
}

function argumentBasic(c: Cursor): Expression {
  return binary(c, argumentPrimary(c), argumentPrimary);
}

function argumentPrimary(c: Cursor): Expression {
  if (c.kind === Kind.OpenParenthesis) return parentheses(c, argumentBasic);
  if (isNeverArgument(c)) return c.fail("a value or a field that can be written elsewhere");
  if (startsSelector(c) && !(valueWords.has(c.word) && standsAlone(c))) return selector(c);
  return value(c, none, "a value");
}

/** `ether type set arp counter`: what follows the header's name is none of its fields but the next statement. */
function standsAlone(c: Cursor): boolean {
  if (c.peek() !== Kind.Word) return true;
  const next = c.peekWord();
  return reserved.has(next) && !payloadHeaders.get(c.word)?.fields.has(next);
}

/** IPv6's extension headers and IPsec's states can be compared and looked up, but no statement takes them. */
function isNeverArgument(c: Cursor): boolean {
  if (c.word === "exthdr") return true;
  if (c.word === "ipsec") return c.peekWord() === "in" || c.peekWord() === "out";
  const header = extensionHeaders.get(c.word);
  return header !== undefined && (c.word !== "rt" || header.fields.has(c.peekWord()));
}

function argumentList(c: Cursor, start: number, first: Expression): List {
  const items = [first];
  while (c.accept(Kind.Comma)) items.push(value(c, none, "a value"));
  return { kind: "list", start, end: c.last, items };
}

function isPlain(expression: Expression): boolean {
  return expression.kind === "symbol" || expression.kind === "string" || expression.kind === "variable";
}

function mapOperand(c: Cursor): Expression {
  return c.kind === Kind.OpenBrace ? setLiteral(c) : setOrVariable(c);
}

// ---------------------------------------------------------------------------------------------- parts of all three

/** `key map { ... }` or `key map @m`; the word `map` is at hand. */
export function mapExpression(c: Cursor, start: number, key: Expression, read: Read): Expression {
  c.take("operator");
  const mapping = read(c);
  return { kind: "map", start, end: c.last, key, mapping };
}

function concatenation(c: Cursor, first: Expression, read: Read): Expression {
  if (c.kind !== Kind.Dot) return first;
  const parts = [first];
  while (c.accept(Kind.Dot, "operator")) parts.push(read(c));
  return { kind: "concatenation", start: first.start, end: c.last, parts };
}

/** Climbs precedence: `|` binds least, then `^`, `&` and the shifts. */
function binary(c: Cursor, first: Expression, read: Read, least = 0): Expression {
  let left = first;
  for (let operator = operatorAt(c); operator && operator.level > least; operator = operatorAt(c)) {
    c.take("operator");
    const right = binary(c, read(c), read, operator.level);
    left = { kind: "binary", start: left.start, end: c.last, operator: operator.sign, left, right };
  }
  return left;
}

function operatorAt(c: Cursor): Operator | undefined {
  return c.word === "" ? operatorKinds.get(c.kind) : operatorWords.get(c.word);
}

function parentheses(c: Cursor, read: Read): Expression {
  c.take("punctuation");
  const inner = c.nested(() => read(c));
  c.expect(Kind.CloseParenthesis, "`)`");
  return inner;
}

/** `first` alone, or the range or prefix that it begins. */
function multiton(c: Cursor, start: number, first: Expression, read: Read): Expression {
  if (c.accept(Kind.Dash, "operator")) {
    const to = read(c);
    return { kind: "range", start, end: c.last, from: first, to };
  }
  if (c.accept(Kind.Slash, "operator")) {
    const length = c.expectNumber("the length of a prefix, as in `10.0.0.0/8`");
    return { kind: "prefix", start, end: c.last, base: first, length };
  }
  return first;
}

const none: ReadonlySet<string> = new Set();

/** A plain value: word, address, number, string or variable. `more` are reserved words that count as values here. */
export function value(c: Cursor, more: ReadonlySet<string>, what: string): Expression {
  const { start, end } = c;
  switch (c.kind) {
    case Kind.Number:
      return c.expectNumber(what);
    case Kind.Quoted:
      return c.takeString();
    case 36:
      return variable(c);
    case Kind.Literal:
    case Kind.Wildcard:
      c.take(literalRole(c));
      return { kind: "symbol", start, end, name: c.text.slice(start, end) };
    case Kind.Word:
      if (!reserved.has(c.word) || valueWords.has(c.word) || more.has(c.word)) return symbol(c);
  }
  return c.fail(what);
}

function symbol(c: Cursor): Expression {
  const { start, end, word: name } = c;
  c.take("constant");
  return { kind: "symbol", start, end, name };
}

function literalRole(c: Cursor): Role {
  if (c.kind === Kind.Wildcard) return "interface";
  for (let at = c.start; at < c.end; at++) {
    const code = c.text.charCodeAt(at);
    if (code === 46 || code === 58) return "address";
  }
  return "number";
}

/** `$x`; blanks may stand after the `$`. */
export function variable(c: Cursor): Variable {
  const start = c.start;
  c.take("variable");
  const name = c.expectName("variable", "the name of a variable");
  return { kind: "variable", start, end: c.last, name };
}

/** `@s`; blanks may stand after the `@`. */
export function setReference(c: Cursor): SetReference {
  const start = c.start;
  c.expect(Kind.At, "`@` and the name of a set", "setName");
  const name = c.expectName("setName", "the name of a set");
  return { kind: "setReference", start, end: c.last, name };
}

/** Where a set or map is named: `@s`, or a variable that holds one. */
export function setOrVariable(c: Cursor): SetReference | Variable {
  return c.kind === Kind.Dollar ? variable(c) : setReference(c);
}
