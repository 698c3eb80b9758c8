import type { Token } from "../tree.js";
import { Word } from "./nodes.js";

/** Hands out the words of a line one after the other and notes each that was taken as a token of the line. */
export class WordCursor {
  private words: readonly Word[] = [];
  private tokens: Token[] = [];
  private at = 0;
  private text = "";

  /** Begins with a line of a text; what is taken of it goes to `tokens`. */
  start(text: string, words: readonly Word[], tokens: Token[]): void {
    this.text = text;
    this.words = words;
    this.tokens = tokens;
    this.at = 0;
  }

  /** The next word, which stays where it is. */
  peek(): Word | undefined {
    return this.words[this.at];
  }

  /** The next word, not yet a token: it may still be cut in two. */
  next(): Word | undefined {
    return this.words[this.at++];
  }

  /** The next word as a token. */
  take(): Word | undefined {
    const word = this.next();
    if (word) this.emit(word);
    return word;
  }

  emit(token: Word): void {
    this.tokens.push(token);
  }

  /** A value that stands in one word with its option, and the `=` between them. */
  emitGlued(value: Word): void {
    const equals = value.start - 1;
    if (this.tokens.at(-1)?.end === equals) this.tokens.push({ start: equals, end: value.start, role: "punctuation" });
    if (value.end > value.start) this.emit(value);
  }

  /** Whether the word's first letter stands in the text as it is, without a quote before it. */
  beginsBare(word: Word): boolean {
    return this.text[word.start] === word.text[0];
  }

  /** Parts `--name=value`. When quotes shift the letters, the value keeps an empty place at the word's end. */
  splitAt({ start, end, text }: Word, equals: number): [name: Word, value: Word] {
    const at = start + equals;
    const name = text.slice(0, equals);
    const value = text.slice(equals + 1);
    const bare = this.text[at] === "=" && this.text.slice(start, at) === name;
    if (!bare) return [new Word(start, end, name), new Word(end, end, value)];
    return [new Word(start, at, name), new Word(at + 1, end, value)];
  }
}
