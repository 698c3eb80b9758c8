import type { Cursor } from "./cursor.js";
import { leftConcatenation, rightConcatenation } from "./expressions.js";
import { insertion, replacement } from "./fixes.js";
import { Kind } from "./lexer.js";
import { isName } from "./names.js";
import type { Comment, Expression, Option, SetElement, SetLiteral, StatefulStatement, VerdictValue } from "./nodes.js";
import { closesOuter } from "./recovery.js";
import { startsStateful, stateful } from "./stateful.js";
import { isVerdict, verdict, verdicts } from "./verdicts.js";

type ElementOption = SetElement["options"][number];

/** How the elements of a set are read: what may follow `:`, and whether it must. */
interface ElementRules {
  readonly value: (c: Cursor) => Expression;
  readonly valueNeeded: boolean;
}

const anyElement: ElementRules = { value: valueOrVerdict, valueNeeded: false };
const verdictElement: ElementRules = { value: verdictValue, valueNeeded: true };

/**
 * `{ a, b : c, * : d }`. A line break may stand before and after an element, a blank line may not; commas may be doubled and one may
 * end the list. An element that cannot be read costs its own error and nothing else.
 */
export function setLiteral(c: Cursor, rules: ElementRules = anyElement): SetLiteral {
  const start = c.start;
  c.expect(Kind.OpenBrace, "`{`");
  const elements = c.nested(() => elementList(c, rules, start));
  c.expect(Kind.CloseBrace, "`,` or `}`");
  return { kind: "setLiteral", start, end: c.last, elements };
}

/** The elements of a `vmap`: each has a verdict. */
export function verdictSet(c: Cursor): SetLiteral {
  return setLiteral(c, verdictElement);
}

function elementList(c: Cursor, rules: ElementRules, open: number): Expression[] {
  const elements: Expression[] = [];
  for (let first = true; ; first = false) {
    lineBreak(c);
    if (first || !(c.kind === Kind.Comma || c.kind === Kind.CloseBrace)) {
      const one = c.attempt(() => element(c, rules)) ?? skipElement(c, open);
      if (one) elements.push(one);
      lineBreak(c);
    }
    if (!c.accept(Kind.Comma) && !commaMissing(c)) return elements;
  }
}

/** One line break; a second one makes a blank line, which nft refuses here. Where no list goes on after it, the list was never closed. */
function lineBreak(c: Cursor): void {
  if (!c.accept(Kind.Newline) || c.kind !== Kind.Newline) return;
  let ahead = 1;
  while (c.peek(ahead) === Kind.Newline) ahead++;
  if (c.peek(ahead) !== Kind.CloseBrace && !beginsElement(c, ahead)) c.fail("`,` or `}`");
  const message = "A blank line may not stand inside a list of elements. Remove it or make it a comment.";
  c.report("blankLine", { start: c.start, end: c.start }, message, [replacement("Remove the blank line", c, "")]);
  while (c.kind === Kind.Newline) c.take("punctuation");
}

function element(c: Cursor, rules: ElementRules): Expression {
  if (c.kind === Kind.OpenBrace && !rules.valueNeeded) return c.nested(() => setLiteral(c, rules));
  const { start } = c;
  const key = c.kind === Kind.Star ? wildcard(c) : rightConcatenation(c);
  const options = atElementOption(c) ? elementOptions(c) : none;
  if (rules.valueNeeded && c.kind !== Kind.Colon) c.fail("`:` and a verdict");
  if (c.kind !== Kind.Colon) return options === none ? key : elementNode(start, c.last, key, options, undefined, none);
  c.take("punctuation");
  const value = rules.value(c);
  return elementNode(start, c.last, key, options, value, none);
}

/** Goes on with the next element after one that could not be read; gives the whole list up where there seems to be none. */
function skipElement(c: Cursor, open: number): undefined {
  while (c.kind !== Kind.Comma && c.kind !== Kind.CloseBrace && c.kind !== Kind.OpenBrace && !c.atSeparator)
    c.take("unknown");
  const ahead = c.kind === Kind.Newline ? 1 : 0;
  const next = c.peek(ahead);
  if (next === Kind.Comma || (next === Kind.CloseBrace && !closesOuter(c, open, ahead))) return undefined;
  c.giveUp();
}

/** Where an element follows another without a comma, tells it and reads on as if one were there. */
function commaMissing(c: Cursor): boolean {
  if (!beginsElement(c, 0)) return false;
  const fix = insertion("Put a comma between the elements", c.last, ",");
  c.report("missingComma", c, "A comma is missing between this element and the one before.", [fix]);
  return true;
}

const beginnings: ReadonlySet<number> = new Set([Kind.Literal, Kind.Number, Kind.Quoted, Kind.Word]);

/** What may follow the first word of an element. */
const endings: ReadonlySet<number> = new Set([
  Kind.Comma,
  Kind.CloseBrace,
  Kind.Newline,
  Kind.Dash,
  Kind.Slash,
  Kind.Dot,
  Kind.Colon,
]);

/** True where a plain value stands as in a list; a keyword is more likely the next rule. */
function beginsElement(c: Cursor, ahead: number): boolean {
  if (!beginnings.has(c.peek(ahead)) || !endings.has(c.peek(ahead + 1))) return false;
  return c.peek(ahead) !== Kind.Word || isName(c, ahead);
}

function elementNode(
  start: number,
  end: number,
  key: Expression,
  options: readonly ElementOption[],
  value: Expression | undefined,
  valueOptions: readonly ElementOption[],
): SetElement {
  return { kind: "element", start, end, key, options, value, valueOptions };
}

const none: readonly ElementOption[] = [];

function wildcard(c: Cursor): Expression {
  const { start, end } = c;
  c.take("constant");
  return { kind: "wildcard", start, end };
}

function valueOrVerdict(c: Cursor): Expression {
  return isVerdict(c.word) ? verdictValue(c) : rightConcatenation(c);
}

function verdictValue(c: Cursor): VerdictValue {
  if (!isVerdict(c.word)) c.failWord("a verdict such as `accept` or `jump`", verdicts);
  const node = verdict(c);
  return { kind: "verdictValue", start: node.start, end: node.end, verdict: node };
}

/** The element of `add @s { ... }`: its key is worked out from the packet. */
export function dynamicElement(c: Cursor): SetElement {
  const { start } = c;
  const key = leftConcatenation(c);
  const options = [...timeOptions(c), ...statefulOptions(c)];
  if (!c.accept(Kind.Colon)) return elementNode(start, c.last, key, options, undefined, none);
  const value = leftConcatenation(c);
  const valueOptions = timeOptions(c);
  return elementNode(start, c.last, key, options, value, valueOptions);
}

/** The key of `meter m { ... }` and of `set add ... @s`. */
export function dynamicKey(c: Cursor): SetElement {
  const { start } = c;
  const key = leftConcatenation(c);
  const options = timeOptions(c);
  return elementNode(start, c.last, key, options, undefined, none);
}

function atElementOption(c: Cursor): boolean {
  return c.word !== "" && (isTimeOption(c.word) || startsStateful(c));
}

/** State may stand before or after the times and the comment. */
function elementOptions(c: Cursor): ElementOption[] {
  return [...statefulOptions(c), ...timeOptions(c), ...statefulOptions(c)];
}

function isTimeOption(word: string): boolean {
  return word === "timeout" || word === "expires" || word === "comment";
}

function timeOptions(c: Cursor): ElementOption[] {
  const options: ElementOption[] = [];
  while (isTimeOption(c.word)) options.push(c.word === "comment" ? comment(c) : timeOption(c));
  return options;
}

function statefulOptions(c: Cursor): StatefulStatement[] {
  const options: StatefulStatement[] = [];
  while (startsStateful(c)) options.push(stateful(c));
  return options;
}

function timeOption(c: Cursor): Option {
  const name = c.takeWord("keyword");
  const time = timeValue(c, name.text === "timeout" ? "never" : undefined);
  return { kind: "option", start: name.start, end: time.end, name, values: [time] };
}

/** A time such as `1h30m`, or the word that stands for none; a bare number is neither. */
export function timeValue(c: Cursor, never?: string): Expression {
  const { start, end } = c;
  const name = c.text.slice(start, end);
  if (!/^([\ddhms]*[dhms]|[dhms][\ddhms]*)$/.test(name) && (name !== never || name === ""))
    c.fail("a time with its unit, such as `30s` or `1h`");
  c.take("number");
  return { kind: "symbol", start, end, name };
}

/** `comment "text"`; the word is at hand. */
export function comment(c: Cursor): Comment {
  const { start } = c;
  c.take("keyword");
  const text = c.expectString("the text of the comment");
  const bytes = utf8Length(text.kind === "string" ? text.value : text.text);
  if (bytes > 128) c.report("commentTooLong", text, `A comment has at most 128 bytes, this one ${bytes}. Shorten it.`);
  return { kind: "comment", start, end: text.end, text };
}

function utf8Length(text: string): number {
  let length = text.length;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code > 0x7f) length += code > 0x7ff && code < 0x10000 ? 2 : code > 0xffff ? 2 : 1;
  }
  return length;
}
