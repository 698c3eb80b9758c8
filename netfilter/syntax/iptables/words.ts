import type { Span } from "../../text/span.js";
import { Word } from "./nodes.js";

const tab = 9;
const lineFeed = 10;
const blank = 32;
const quote = 34;
const openBracket = 91;
const backslash = 92;

/** Most words of a file are the same few: one that stood before gets the string that was cut then. */
export class WordTexts {
  private readonly seen: string[] = new Array(2 * places).fill("");

  /** The text from `start` to `end`. */
  cut(text: string, start: number, end: number): string {
    const length = end - start;
    const inside = text.charCodeAt(start + ((length * 3) >> 2)) * 31 + text.charCodeAt(start + (length >> 1)) * 7;
    const number = text.charCodeAt(start) <= nine ? places : 0;
    const place = number + ((text.charCodeAt(end - 1) * 127 + inside + length) % places);
    const before = this.seen[place] as string;
    if (before.length === length && text.startsWith(before, start)) return before;
    const cut = text.slice(start, end);
    this.seen[place] = cut;
    return cut;
  }
}

/** Words have so many places, and addresses and numbers, of which there are many more, as many of their own. */
const places = 2048;
const nine = 57;

/**
 * The arguments of a rule line as iptables-restore cuts them: blanks and tabs part them, a double quote opens anywhere in a
 * word and closes it, a backslash escapes only within quotes, and a quote left open runs to the end of the line.
 */
export function splitArguments(text: string, start: number, end: number, texts = new WordTexts()): Word[] {
  const words: Word[] = [];
  readArguments(text, start, end, texts, words);
  return words;
}

/** The same into a list that is used again for every line. */
export function readArguments(text: string, start: number, end: number, texts: WordTexts, words: Word[]): void {
  words.length = 0;
  for (let at = afterBlanks(text, start, end); at < end; at = afterBlanks(text, at, end)) {
    const word = readWord(text, at, end, texts);
    words.push(word);
    at = word.end;
  }
}

function afterBlanks(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(text.charCodeAt(at))) at++;
  return at;
}

/** The word that begins at `start`, where no blank stands. */
export function readWord(text: string, start: number, end: number, texts: WordTexts): Word {
  const stop = plainEnd(text, start, end);
  if (stop < end && text.charCodeAt(stop) === quote) return quotedWord(text, start, stop, end);
  return new Word(start, stop, texts.cut(text, start, stop));
}

/** Where a blank or a quote ends what stands from `start` on. */
function plainEnd(text: string, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === quote || isBlank(code)) return at;
  }
  return end;
}

function isBlank(code: number): boolean {
  return code === blank || code === tab;
}

/** The word from `start` whose quote opens at `open`. */
function quotedWord(text: string, start: number, open: number, end: number): Word {
  let value = text.slice(start, open);
  let from = open + 1;
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) return new Word(start, at + 1, value + text.slice(from, at));
    if (code !== backslash) continue;
    value += text.slice(from, at);
    from = at + 1;
    at++;
  }
  value += text.slice(from, end);
  return new Word(start, end, text.charCodeAt(end) === lineFeed ? `${value}\n` : value);
}

/** Where words of a rule's line stand: each place is that of the first and the last one, counted from 0. */
export function spansOfWords(text: string, { start, end }: Span, places: readonly Span[]): Span[] {
  const found = places.map(() => ({ start: end, end }));
  const last = places.reduce((most, place) => Math.max(most, place.end), -1);
  let at = text.charCodeAt(start) === openBracket ? text.indexOf("]", start) + 1 : start;
  for (let word = 0; word <= last; word++) {
    const from = afterBlanks(text, at, end);
    at = wordEnd(text, from, end);
    for (let index = 0; index < places.length; index++) {
      const [place, span] = [places[index] as Span, found[index] as { start: number; end: number }];
      if (place.start === word) span.start = from;
      if (place.end === word) span.end = at;
    }
  }
  return found;
}

function wordEnd(text: string, start: number, end: number): number {
  let at = plainEnd(text, start, end);
  if (at === end || text.charCodeAt(at) !== quote) return at;
  for (at++; text.charCodeAt(at) !== quote && at < end; at++) if (text.charCodeAt(at) === backslash) at++;
  return at + 1;
}

/** The fields of a `*table` or `:chain` line, which know no quotes. */
export function splitFields(text: string, start: number, end: number): Word[] {
  const words: Word[] = [];
  let at = start;
  while (at < end) {
    const code = text.charCodeAt(at);
    let stop = at;
    while (stop < end && text.charCodeAt(stop) !== blank && text.charCodeAt(stop) !== tab) stop++;
    if (code !== blank && code !== tab) words.push(new Word(at, stop, text.slice(at, stop)));
    at = Math.max(stop, at + 1);
  }
  return words;
}
