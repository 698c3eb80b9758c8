import { Word } from "./nodes.js";

const tab = 9;
const lineFeed = 10;
const blank = 32;
const quote = 34;
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
  let at = start;
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code === blank || code === tab) {
      at++;
      continue;
    }
    let stop = at;
    while (stop < end && isPlain(text.charCodeAt(stop))) stop++;
    const found =
      text.charCodeAt(stop) === quote && stop < end
        ? quotedWord(text, at, stop, end)
        : new Word(at, stop, texts.cut(text, at, stop));
    words.push(found);
    at = found.end;
  }
}

function isPlain(code: number): boolean {
  return code !== blank && code !== tab && code !== quote;
}

/** The word from `start` whose quote opens at `open`. */
function quotedWord(text: string, start: number, open: number, end: number): Word {
  let value = text.slice(start, open);
  for (let at = open + 1; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) return new Word(start, at + 1, value);
    if (code === backslash) at++;
    if (at < end) value += text[at];
  }
  return new Word(start, end, text.charCodeAt(end) === lineFeed ? `${value}\n` : value);
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
