import type { Entry } from "../../facts/catalogue.js";
import type { Finding, Fix } from "../../text/finding.js";
import { nearest } from "../../text/nearest.js";
import type { Span } from "../../text/span.js";
import type { Role } from "../tree.js";
import { replacement } from "./fixes.js";
import { Kind, type Lexed } from "./lexer.js";
import type { Name, NftNode, NumberLiteral, StringLiteral, Word } from "./nodes.js";
import { reserved } from "./reserved.js";
import type { KeptItems, ReadItem, Reading } from "./reuse.js";
import type { Rules } from "./rules.js";
import type { TokenNotes } from "./tokens.js";

/** Thrown where the text cannot go on; caught where the parser picks up again: element, statement, setting, command. */
export class Fault {
  /** Without a finding where the error has been told already. */
  constructor(readonly finding?: Finding) {}
}

/** How deep braces and parentheses may nest. nft's own scopes end sooner. */
const deepest = 64;

const unclosedString =
  'This string is not closed on its line, so that it swallows what follows up to the next quote. Close it with `"`.';

/** Reads raw tokens one by one, notes what each is to the reader, and collects errors. */
export class Cursor {
  readonly errors: Finding[] = [];
  /** Kind of the token at hand. */
  kind: number = Kind.End;
  /** Its text where it is a `Word`, else empty: keywords are compared with this. */
  word = "";
  start = 0;
  end = 0;
  /** End of the token before. */
  last = 0;
  index = -1;
  /** How often something has been named that stands elsewhere. */
  named = 0;
  private depth = 0;
  private scopes = 0;
  /** Errors so far, those that were left untold among them. */
  faults = 0;

  readonly text: string;
  readonly lexed: Lexed;
  readonly notes: TokenNotes;
  readonly rules: Rules;
  private readonly items: ReadItem[];

  /** Begins with the first token; `kept` items are taken over. */
  constructor(
    { lexed, notes, items, rules }: Reading,
    private readonly kept?: KeptItems,
  ) {
    this.text = lexed.text;
    this.lexed = lexed;
    this.notes = notes;
    this.items = items;
    this.rules = rules;
    this.advance();
  }

  // -------------------------------------------------------------------------------------------- looking

  /** Kind of the token `ahead` of the one at hand. */
  peek(ahead = 1): number {
    return this.lexed.kinds[Math.min(this.index + ahead, this.lexed.count - 1)] as number;
  }

  /** Text of a `Word` ahead, else empty. */
  peekWord(ahead = 1): string {
    const at = this.index + ahead;
    return this.peek(ahead) === Kind.Word ? this.text.slice(this.lexed.starts[at], this.lexed.ends[at]) : "";
  }

  /** True at the end of a command or rule: a line break, `;` or the end of the text. */
  get atSeparator(): boolean {
    return this.kind === Kind.Newline || this.kind === Kind.Semicolon || this.kind === Kind.End;
  }

  /** True at the first token of a line. */
  get atLineStart(): boolean {
    return this.lexed.kinds[this.index - 1] === Kind.Newline;
  }

  /** True at a word that may be a name: any that is no keyword everywhere. */
  get atName(): boolean {
    return (
      this.kind === Kind.Literal || (this.kind === Kind.Word && (!reserved.has(this.word) || this.word === "last"))
    );
  }

  // -------------------------------------------------------------------------------------------- taking

  /** Goes past the token at hand, which is `role` to the reader and the word of `entry` in the catalogue. */
  take(role: Role, entry?: Entry): void {
    this.notes.set(this.index, role, entry);
    this.last = this.end;
    this.advance();
  }

  /** Takes punctuation or an operator if it is there. */
  accept(kind: number, role: Role = "punctuation"): boolean {
    if (this.kind !== kind) return false;
    this.take(role);
    return true;
  }

  expect(kind: number, what: string, role: Role = "punctuation"): void {
    if (!this.accept(kind, role)) this.fail(what);
  }

  /** Takes a keyword if it is there. */
  acceptWord(text: string, role: Role = "keyword"): Word | undefined {
    return this.word === text ? this.takeWord(role) : undefined;
  }

  expectWord(text: string, role: Role = "keyword"): Word {
    return this.acceptWord(text, role) ?? this.failWord(`\`${text}\``, [text]);
  }

  /** One word of a closed list. */
  expectOneOf(words: ReadonlyMap<string, Entry | undefined>, what: string, role: Role = "keyword"): Word {
    if (this.word === "" || !words.has(this.word)) return this.failWord(what, words.keys());
    return this.takeWord(role, words.get(this.word));
  }

  /** One word of a closed list if it is there. */
  acceptOneOf(words: ReadonlyMap<string, Entry | undefined>, role: Role = "keyword"): Word | undefined {
    return this.word !== "" && words.has(this.word) ? this.takeWord(role, words.get(this.word)) : undefined;
  }

  takeWord(role: Role, entry?: Entry): Word {
    const { start, end } = this;
    const text = this.text.slice(start, end);
    this.take(role, entry);
    return { kind: "word", start, end, text };
  }

  /** The name of a table, chain, set, object or variable. */
  expectName(role: Role, what: string): Name {
    if (!this.atName) return this.failName(what);
    const { start, end } = this;
    this.named++;
    this.take(role);
    return { kind: "name", start, end, text: this.text.slice(start, end) };
  }

  expectNumber(what: string, role: Role = "number"): NumberLiteral {
    if (this.kind !== Kind.Number) return this.fail(what);
    const { start, end } = this;
    this.take(role);
    return { kind: "number", start, end, value: numberValue(this.text.slice(start, end)) };
  }

  takeString(role: Role = "string"): StringLiteral {
    const { start, end } = this;
    this.take(role);
    return { kind: "string", start, end, value: this.text.slice(start + 1, end - 1) };
  }

  /** A string, quoted or not. */
  expectString(what: string, role: Role = "string"): StringLiteral | Word {
    if (this.kind === Kind.Quoted) return this.takeString(role);
    if (this.kind === Kind.Wildcard || this.atName) return this.takeWord(role);
    return this.fail(what);
  }

  /** An item of a file or of a block, taken over from an earlier version of the text or read. */
  item<T extends NftNode>(block: string, read: () => T): T {
    const level = this.depth * deepest + this.scopes;
    const known = this.kept?.take(this.index, block, level);
    if (known) {
      this.goTo(known.after);
      return known.node as T;
    }
    const { faults } = this;
    const item: ReadItem = { first: this.index, after: -1, node: undefined, block, level };
    this.items.push(item);
    const node = read();
    if (this.faults > faults) return node;
    item.node = node;
    item.after = this.index;
    return node;
  }

  /** Runs `read` for a block that nft gives names of its own; it keeps three of them open at most. */
  scoped<T>(read: () => T): T {
    if (++this.scopes > 3) this.report("nestedTooDeep", this, "nft reads no block that lies within three others.");
    const result = read();
    this.scopes--;
    return result;
  }

  /** Runs `read` one level deeper; refuses to go deeper than any real ruleset does. */
  nested<T>(read: () => T): T {
    if (this.depth >= deepest) this.fail("fewer levels of braces and parentheses");
    this.depth++;
    const result = read();
    this.depth--;
    return result;
  }

  /** Passes over tokens whose notes are there already. */
  goTo(index: number): void {
    this.index = index;
    this.last = index === 0 ? 0 : (this.lexed.ends[index - 1] as number);
    this.look();
  }

  // -------------------------------------------------------------------------------------------- errors

  /** The text must go on with `what` and does not. */
  fail(what: string): never {
    const string = this.swallowingString();
    if (string) throw new Fault({ code: "unclosedString", severity: "error", span: string, message: unclosedString });
    throw new Fault(this.finding("unexpectedToken", `Expected ${what}, but ${this.found()}.`));
  }

  /** Leaves what is being read to whoever can go on after it; the error has been told. */
  giveUp(): never {
    throw new Fault();
  }

  /** Like `fail` for a word of a closed list: offers the nearest of them. */
  failWord(what: string, candidates: Iterable<string>): never {
    if (this.word === "" || this.swallowingString()) return this.fail(what);
    const near = nearest(this.word, candidates);
    const message = `Expected ${what}, but found \`${this.word}\`.`;
    if (near === undefined) throw new Fault(this.finding("unknownKeyword", message));
    const finding = this.finding("unknownKeyword", `${message} Did you mean \`${near}\`?`);
    throw new Fault({ ...finding, fixes: [replacement(`Change to \`${near}\``, this.span, near)] });
  }

  private failName(what: string): never {
    if (this.kind === Kind.Quoted) return this.fail(`${what} without quotes`);
    if (this.word === "") return this.fail(what);
    const message = `\`${this.word}\` is a keyword of nft and cannot be ${what}. Choose another name.`;
    throw new Fault(this.finding("reservedName", message));
  }

  /** True when an error has been told at `offset` or after it. */
  toldSince(offset: number): boolean {
    return (this.errors.at(-1)?.span.start ?? -1) >= offset;
  }

  /** True when the last error stands on the line of `offset`, after it. */
  toldOnLineOf(offset: number): boolean {
    const lineEnd = this.text.indexOf("\n", offset);
    return this.toldSince(offset) && (lineEnd === -1 || (this.errors.at(-1) as Finding).span.start <= lineEnd);
  }

  /** An error at `span` after which reading goes on as if nothing were wrong. */
  report(code: string, span: Span, message: string, fixes?: readonly Fix[]): void {
    const finding: Finding = { code, severity: "error", span: { start: span.start, end: span.end }, message };
    this.errors.push(fixes ? { ...finding, fixes } : finding);
    this.faults++;
  }

  /** An error at hand is left untold, because of another one. */
  passOver(): void {
    this.faults++;
  }

  /** Runs `read`; when it cannot go on, tells the error and gives undefined. The nesting is then as before. */
  attempt<T>(read: () => T): T | undefined {
    const { depth, scopes } = this;
    try {
      return read();
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      this.depth = depth;
      this.scopes = scopes;
      this.faults++;
      if (fault.finding && this.errors.at(-1)?.span.start !== fault.finding.span.start) this.errors.push(fault.finding);
      return undefined;
    }
  }

  /** A string over several lines that ends on this one: what stumbles after it was most likely meant to be within quotes or without. */
  private swallowingString(): Span | undefined {
    let first: Span | undefined;
    for (let at = this.index - 1; at >= 0 && this.lexed.kinds[at] !== Kind.Newline; at--) {
      if (this.lexed.kinds[at] !== Kind.Quoted) continue;
      const start = this.lexed.starts[at] as number;
      const lineEnd = this.text.indexOf("\n", start);
      if (lineEnd !== -1 && lineEnd < (this.lexed.ends[at] as number)) first = { start, end: lineEnd };
    }
    return first;
  }

  private get span(): Span {
    return { start: this.start, end: this.kind === Kind.Newline ? this.start : this.end };
  }

  private finding(code: string, message: string): Finding {
    return { code, severity: "error", span: this.span, message };
  }

  private found(): string {
    if (this.kind === Kind.End) return "the file ends here";
    if (this.kind === Kind.Newline) return "the line ends here";
    if (this.kind === Kind.CarriageReturn) return "the line ends with CRLF, of which nft does not read the CR";
    if (this.kind === Kind.Junk && this.text[this.start] === '"') return "found a quote that is never closed";
    const text = this.text.slice(this.start, Math.min(this.end, this.start + 40)).replace(/\s+/g, " ");
    return `found \`${text}\``;
  }

  private advance(): void {
    if (this.index < this.lexed.count - 1) this.index++;
    this.look();
  }

  private look(): void {
    const at = this.index;
    const { kinds, starts, ends } = this.lexed;
    this.kind = kinds[at] as number;
    this.start = starts[at] as number;
    this.end = ends[at] as number;
    this.word = this.kind === Kind.Word ? this.text.slice(this.start, this.end) : "";
  }
}

/** A leading 0 makes digits octal, as nft reads them. */
function numberValue(digits: string): bigint {
  if (digits.length > 1 && digits[0] === "0" && /^[0-7]+$/.test(digits)) return BigInt(`0o${digits}`);
  return BigInt(digits);
}
