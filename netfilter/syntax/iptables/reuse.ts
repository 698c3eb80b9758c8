import type { Finding } from "../../text/finding.js";
import type { Span } from "../../text/span.js";
import type { Token } from "../tree.js";
import type { ChainDeclaration, IptablesTree, OptionNode, RuleLine, TableSection } from "./nodes.js";

/** A line that can be taken over from an earlier version of its text. */
export type KeptLine = RuleLine | ChainDeclaration;

/**
 * The lines of an earlier version of a text that stand unchanged before and behind what was edited. What is taken over moves
 * to its new place, so that the earlier tree is of no use afterwards.
 */
export class KeptLines {
  /** So many characters are the same at both texts' start. */
  private readonly head: number;
  /** Where in the new text that begins which is the same up to both texts' end. */
  private readonly tail: number;
  /** How far the lines behind the edit have moved. */
  private readonly shift: number;
  private readonly sections: readonly TableSection[];
  private readonly tokens: readonly Token[];
  private readonly errors: readonly Finding[];
  private nextSection = 0;
  private nextLine = 0;
  private nextToken = 0;
  private nextError = 0;

  constructor({ text: before, root, tokens, errors }: IptablesTree, after: string) {
    this.head = commonHead(before, after);
    this.tail = after.length - commonTail(before, after, Math.min(before.length, after.length) - this.head);
    this.shift = after.length - before.length;
    this.sections = root.items.filter((item) => item.kind === "table");
    this.tokens = tokens;
    this.errors = errors;
  }

  /**
   * Takes over the line from `start` to `end` of the new text, and its tokens into `tokens`; undefined where it must be read
   * anew. What it gives was without fault and stood in a table of this name, so reading it would give the same again.
   */
  take(start: number, end: number, table: string | undefined, tokens: Token[]): KeptLine | undefined {
    const behind = start > this.tail;
    if (!behind && end >= this.head) return undefined;
    const shift = behind ? this.shift : 0;
    const line = this.lineAt(start - shift);
    if (!line || this.sections[this.nextSection]?.name?.text !== table) return undefined;
    if (this.isFaulty(start - shift, end - shift)) return undefined;
    this.nextLine++;
    this.takeTokens(start - shift, end - shift, shift, tokens);
    if (shift !== 0) moveLine(line, shift);
    return line;
  }

  private lineAt(start: number): KeptLine | undefined {
    for (let section = this.sections[this.nextSection]; section; section = this.sections[++this.nextSection]) {
      for (let line = section.lines[this.nextLine]; line; line = section.lines[++this.nextLine]) {
        if (line.start < start) continue;
        return line.start === start && (line.kind === "rule" || line.kind === "chain") ? line : undefined;
      }
      this.nextLine = 0;
    }
    return undefined;
  }

  private isFaulty(start: number, end: number): boolean {
    let error = this.errors[this.nextError];
    while (error && error.span.start < start) error = this.errors[++this.nextError];
    return error !== undefined && error.span.start <= end;
  }

  private takeTokens(start: number, end: number, shift: number, into: Token[]): void {
    let token = this.tokens[this.nextToken];
    while (token && token.start < start) token = this.tokens[++this.nextToken];
    while (token && token.start < end) {
      if (shift !== 0) move(token, shift);
      into.push(token);
      token = this.tokens[++this.nextToken];
    }
  }
}

/** What stands in a line and is no token. */
function moveLine(line: KeptLine, shift: number): void {
  move(line, shift);
  if (line.counters) move(line.counters, shift);
  if (line.kind === "rule") for (const option of line.options) moveOption(option, shift);
}

/** A value of no letters (`--comment=`) is no token. */
function moveOption(option: OptionNode, shift: number): void {
  move(option, shift);
  for (const value of option.values) if (value.start === value.end) move(value, shift);
}

function move(span: Span, shift: number): void {
  const moved = span as { start: number; end: number };
  moved.start += shift;
  moved.end += shift;
}

/** Texts are compared in pieces of this length, which is quicker than letter by letter. */
const piece = 4096;

function commonHead(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let at = 0;
  while (at + piece <= most && a.slice(at, at + piece) === b.slice(at, at + piece)) at += piece;
  while (at < most && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

/** How many characters, `most` at the most, are the same at the texts' ends. */
function commonTail(a: string, b: string, most: number): number {
  const [aEnd, bEnd] = [a.length, b.length];
  let count = 0;
  while (
    count + piece <= most &&
    a.slice(aEnd - count - piece, aEnd - count) === b.slice(bEnd - count - piece, bEnd - count)
  )
    count += piece;
  while (count < most && a.charCodeAt(aEnd - count - 1) === b.charCodeAt(bEnd - count - 1)) count++;
  return count;
}
