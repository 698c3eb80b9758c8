import type { Change } from "../../text/change.js";
import { ipv4End, ipv6End, literalEnd } from "./literals.js";

/**
 * What a raw token is. Punctuation is its own character code; the rest stands above ASCII. `Word` may turn out to be a keyword,
 * `Literal` is a bare value that never does (an address, a time, `1:2`).
 */
export const Kind = {
  End: 0,
  Newline: 10,
  /** `\r\n`, which nft refuses outside comments. */
  CarriageReturn: 13,
  Bang: 33,
  Dollar: 36,
  Ampersand: 38,
  OpenParenthesis: 40,
  CloseParenthesis: 41,
  Star: 42,
  Plus: 43,
  Comma: 44,
  Dash: 45,
  Dot: 46,
  Slash: 47,
  Colon: 58,
  Semicolon: 59,
  Less: 60,
  Assign: 61,
  Greater: 62,
  At: 64,
  OpenBracket: 91,
  CloseBracket: 93,
  Caret: 94,
  OpenBrace: 123,
  Pipe: 124,
  CloseBrace: 125,
  Word: 128,
  Literal: 129,
  Number: 130,
  Quoted: 131,
  /** A word with a `*`: `eth*`, `eth\*`. */
  Wildcard: 132,
  /** A character that belongs to nothing: `'`, `%`, a non-breaking blank. */
  Junk: 133,
  Equal: 134,
  NotEqual: 135,
  LessOrEqual: 136,
  GreaterOrEqual: 137,
  ShiftLeft: 138,
  ShiftRight: 139,
} as const;

/** The raw tokens of a text as columns, comments apart: the parser never meets them. */
export interface Lexed {
  readonly text: string;
  readonly count: number;
  readonly kinds: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Start and end of every comment, in turn. */
  readonly comments: readonly number[];
  /** True when the text ends within a comment: nft reads none that has no line break. */
  readonly endsInComment: boolean;
  /** True when a quote is never closed, so that a later text's quote may change how this one is read. */
  readonly hasOpenQuote: boolean;
}

/** The tokens of an earlier version of a text, and what has changed since. */
export interface EarlierTokens extends Change {
  readonly reading: { readonly lexed: Lexed };
}

/** What a character begins: 0 nothing, 1 a word, 2 a digit, 3 punctuation. Words also hold digits, `/`, `-` and `.`. */
const starts = new Uint8Array(128);
const continues = new Uint8Array(128);
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
for (const char of `${letters}_.`) starts[char.charCodeAt(0)] = 1;
for (const char of "0123456789") starts[char.charCodeAt(0)] = 2;
for (const char of ",.:;{}[]()^&|!/-*@$=+<>") starts[char.charCodeAt(0)] ||= 3;
for (const char of `${letters}0123456789/-_.`) continues[char.charCodeAt(0)] = 1;

const pairs = new Map([
  ["==", Kind.Equal],
  ["!=", Kind.NotEqual],
  ["<=", Kind.LessOrEqual],
  [">=", Kind.GreaterOrEqual],
  ["<<", Kind.ShiftLeft],
  [">>", Kind.ShiftRight],
]);

/**
 * Cuts a text into raw tokens. Blanks, tabs and escaped line breaks stand between them. The last one is `End`. Only the lines
 * that have changed since an `earlier` version are cut anew.
 */
export function lex(text: string, earlier?: EarlierTokens): Lexed {
  return new Lexer(text, earlier).run();
}

class Lexer {
  private kinds: Uint8Array;
  private starts: Int32Array;
  private ends: Int32Array;
  private count = 0;
  private readonly comments: number[] = [];
  private endsInComment = false;
  private hasOpenQuote = false;
  /** True from `rate` to the end of its line: there `10mbytes/second` is a number, a unit, a slash and a unit. */
  private rating = false;

  constructor(
    private readonly text: string,
    private readonly earlier: EarlierTokens | undefined,
  ) {
    const guess = 64 + (earlier ? earlier.reading.lexed.count + (text.length >> 6) : text.length >> 2);
    this.kinds = new Uint8Array(guess);
    this.starts = new Int32Array(guess);
    this.ends = new Int32Array(guess);
  }

  run(): Lexed {
    const { text } = this;
    const length = text.length;
    let at = this.takeHead();
    /** True while only blanks have stood on the line: a comment then takes its line break with it. */
    let fresh = true;
    while (at < length) {
      const code = text.charCodeAt(at);
      if (code === 32 || code === 9) {
        at++;
        continue;
      }
      if (code === 35) {
        at = this.comment(at, fresh);
        continue;
      }
      if (code === 92 && text.charCodeAt(at + 1) === 10) {
        at += 2;
        fresh = true;
        continue;
      }
      fresh = code === 10;
      at = this.token(at, code);
      if (fresh && this.takeTail(at)) return this.lexed();
    }
    this.push(Kind.End, length, length);
    return this.lexed();
  }

  private lexed(): Lexed {
    return {
      text: this.text,
      count: this.count,
      kinds: this.kinds,
      starts: this.starts,
      ends: this.ends,
      comments: this.comments,
      endsInComment: this.endsInComment,
      hasOpenQuote: this.hasOpenQuote,
    };
  }

  /** Takes over the lines in front of the edit; gives where the next one begins. What stands on a line is cut without regard to others. */
  private takeHead(): number {
    const { reading, head = 0 } = this.earlier ?? {};
    if (!reading || reading.lexed.hasOpenQuote) return 0;
    const { lexed } = reading;
    let count = firstAt(lexed.starts, lexed.count, head);
    while (count > 0 && !(lexed.kinds[count - 1] === Kind.Newline && (lexed.ends[count - 1] as number) <= head))
      count--;
    if (count === 0) return 0;
    this.copy(lexed, 0, count, 0);
    return lexed.ends[count - 1] as number;
  }

  /** Takes over everything behind a line break that stands behind the edit, and stood there before; false where none did. */
  private takeTail(at: number): boolean {
    if (!this.earlier || at <= this.earlier.tail) return false;
    const { shift, reading } = this.earlier;
    const { lexed } = reading;
    const next = firstAt(lexed.starts, lexed.count, at - shift);
    if (lexed.kinds[next - 1] !== Kind.Newline || lexed.ends[next - 1] !== at - shift) return false;
    this.copy(lexed, next, lexed.count, shift);
    this.endsInComment = lexed.endsInComment;
    this.hasOpenQuote ||= lexed.hasOpenQuote;
    return true;
  }

  /** On a line of its own a comment hides the line break too, so that it may stand where a blank line may not. */
  private comment(at: number, fresh: boolean): number {
    const lineBreak = this.text.indexOf("\n", at);
    const end = lineBreak === -1 ? this.text.length : lineBreak;
    this.endsInComment = lineBreak === -1;
    this.comments.push(at, this.text.charCodeAt(end - 1) === 13 ? end - 1 : end);
    if (fresh && lineBreak !== -1) return end + 1;
    return end;
  }

  private token(at: number, code: number): number {
    const begins = code < 128 ? starts[code] : 0;
    if (begins === 1) return this.word(at, code);
    if (begins === 2) return this.number(at);
    if (code === 10) {
      this.rating = false;
      return this.push(Kind.Newline, at, at + 1);
    }
    if (begins === 3) return this.punctuation(at, code);
    if (code === 34) return this.quoted(at);
    if (code === 92) return this.escaped(at);
    if (code === 13 && this.text.charCodeAt(at + 1) === 10) return this.push(Kind.CarriageReturn, at, at + 2);
    return this.push(Kind.Junk, at, at + 1);
  }

  private word(at: number, code: number): number {
    const { text } = this;
    let end = at + 1;
    while (continues[text.charCodeAt(end)] === 1) end++;
    if (this.rating) end = unitEnd(text, at) ?? end;
    else if (code === 114 && end === at + 4) this.rating = text.startsWith("rate", at);
    const next = text.charCodeAt(end);
    if (next === 58 && isHex(code)) {
      const literal = literalEnd(text, at);
      if (literal > end) return this.push(Kind.Literal, at, literal);
    }
    if (next === 42) return this.push(Kind.Wildcard, at, end + 1);
    if (next === 92 && text.charCodeAt(end + 1) === 42) return this.push(Kind.Wildcard, at, this.afterStar(end + 2));
    if (code === 46 && end === at + 1) return this.push(46, at, end);
    return this.push(Kind.Word, at, end);
  }

  /** A word may go on after an escaped star: `eth\*0`. */
  private afterStar(at: number): number {
    if (starts[this.text.charCodeAt(at)] !== 1) return at;
    let end = at + 1;
    while (continues[this.text.charCodeAt(end)] === 1) end++;
    return end;
  }

  private number(at: number): number {
    const { text } = this;
    let end = at + 1;
    while (starts[text.charCodeAt(end)] === 2) end++;
    const next = text.charCodeAt(end);
    if (next === 46) {
      const address = ipv4End(text, at);
      if (address > end) return this.push(Kind.Literal, at, address);
    } else if (next === 58 || (starts[next] === 1 && !(this.rating && unitEnd(text, end)))) {
      const literal = literalEnd(text, at);
      if (literal > end) return this.push(hexadecimal(text, at, literal) ? Kind.Number : Kind.Literal, at, literal);
    }
    return this.push(isNumber(text, at, end) ? Kind.Number : Kind.Literal, at, end);
  }

  private punctuation(at: number, code: number): number {
    const { text } = this;
    if (code === 58) {
      const address = ipv6End(text, at);
      if (address > at) return this.push(Kind.Literal, at, address);
    }
    if (code === 91) {
      const address = ipv6End(text, at + 1);
      if (address > at && text.charCodeAt(address) === 93) return this.push(Kind.Literal, at, address + 1);
    }
    if (code === 61 || code === 33 || code === 60 || code === 62) {
      const pair = pairs.get(text.slice(at, at + 2));
      if (pair !== undefined) return this.push(pair, at, at + 2);
    }
    return this.push(code, at, at + 1);
  }

  private quoted(at: number): number {
    const close = this.text.indexOf('"', at + 1);
    this.hasOpenQuote ||= close === -1;
    return close === -1 ? this.push(Kind.Junk, at, at + 1) : this.push(Kind.Quoted, at, close + 1);
  }

  private escaped(at: number): number {
    return this.text.charCodeAt(at + 1) === 42
      ? this.push(Kind.Wildcard, at, at + 2)
      : this.push(Kind.Junk, at, at + 1);
  }

  private push(kind: number, start: number, end: number): number {
    if (this.count === this.kinds.length) this.grow();
    this.kinds[this.count] = kind;
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
    return end;
  }

  /** Takes over tokens and what comments stand among them. */
  private copy({ kinds, starts, ends, comments }: Lexed, from: number, to: number, shift: number): void {
    const at = this.count;
    this.count += to - from;
    if (this.count > this.kinds.length) this.grow();
    this.kinds.set(kinds.subarray(from, to), at);
    this.starts.set(starts.subarray(from, to), at);
    this.ends.set(ends.subarray(from, to), at);
    for (let index = at; shift !== 0 && index < this.count; index++) {
      this.starts[index] = (this.starts[index] as number) + shift;
      this.ends[index] = (this.ends[index] as number) + shift;
    }
    const [first, last] = [from === 0 ? 0 : (ends[from - 1] as number), ends[to - 1] as number];
    for (let index = 0; index < comments.length; index += 2) {
      const [start, end] = [comments[index] as number, comments[index + 1] as number];
      if (start >= first && start < last) this.comments.push(start + shift, end + shift);
    }
  }

  private grow(): void {
    const size = this.count * 2;
    const kinds = new Uint8Array(size);
    const from = new Int32Array(size);
    const to = new Int32Array(size);
    kinds.set(this.kinds);
    from.set(this.starts);
    to.set(this.ends);
    this.kinds = kinds;
    this.starts = from;
    this.ends = to;
  }
}

/** The index of the first of so many ascending numbers that is not less than `limit`. */
export function firstAt(numbers: Int32Array, count: number, limit: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

const byteUnit = /[km]?bytes(?=\/)/y;

/** In `10 mbytes/second` the slash is no part of the word, other than in names. */
function unitEnd(text: string, at: number): number | undefined {
  byteUnit.lastIndex = at;
  return byteUnit.test(text) ? byteUnit.lastIndex : undefined;
}

function isHex(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
}

function hexadecimal(text: string, at: number, end: number): boolean {
  if ((text.charCodeAt(at + 1) | 32) !== 120) return false;
  return end - at <= 18 || /^0x0*[0-9a-f]{1,16}$/i.test(text.slice(at, end));
}

/** Decimal digits are a number unless they overflow 64 bits or, after a leading 0, are no octal digits. */
function isNumber(text: string, at: number, end: number): boolean {
  if (text.charCodeAt(at) === 48 && end > at + 1) return /^[0-7]+$/.test(text.slice(at, end)) && end - at <= 22;
  return end - at < 20 || BigInt(text.slice(at, end)) < 1n << 64n;
}
