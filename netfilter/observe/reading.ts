import type { Command, Exit, Outcome, Reader } from "./command.js";
import { cutShort, type FailureHints, failureOf, garbled, quoted } from "./failure.js";
import { decodeUtf8 } from "./utf8.js";

/** Bytes of output beyond which a text is not kept: a router that never stops must not fill the memory. */
const largestText = 64 << 20;

/** What a parser made of a text: undefined when it is none of the command's. */
export interface Read<Result> {
  readonly value: Result;
  readonly warnings?: readonly string[];
}

/** A command whose whole output is read at its end. */
export interface TextCommand<Result> extends Omit<Command<Result>, "reader"> {
  /** Reads the text; undefined says that it is none of the command's. Never throws. */
  readonly parse: (text: string) => Read<Result> | undefined;
  readonly hints?: FailureHints;
  /** Judges what the parser read together with how the run ended, where the exit status alone misleads. */
  readonly judge?: (read: Read<Result>, exit: Exit) => Outcome<Result> | undefined;
  /** Exit statuses beside 0 that come with good output: `grep` ends with 2 when one of many files is missing. */
  readonly alsoFine?: readonly number[];
  /** With such a status too, no output at all is an answer. */
  readonly mayBeEmpty?: boolean;
}

/** Makes a command of its parser. */
export function textCommand<Result>(text: TextCommand<Result>): Command<Result> {
  const { parse, hints, judge, alsoFine, mayBeEmpty, ...command } = text;
  return { ...command, reader: () => new TextReader(text) };
}

class TextReader<Result> implements Reader<Result> {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;
  #tooLong = false;

  constructor(readonly command: TextCommand<Result>) {}

  push(bytes: Uint8Array): void {
    const room = largestText - this.#length;
    if (bytes.length > room) this.#tooLong = true;
    if (room === 0) return;
    this.#pieces.push(bytes.slice(0, room));
    this.#length += Math.min(room, bytes.length);
  }

  end(exit: Exit): Outcome<Result> {
    const { command } = this;
    const text = decodeUtf8(joined(this.#pieces, this.#length));
    const told = text.trim() !== "" || (command.mayBeEmpty ?? false);
    const fine = told && exit.code !== undefined && (command.alsoFine?.includes(exit.code) ?? false);
    const failure = fine ? undefined : failureOf(command, exit, command.hints);
    if (failure && !(failure.reason === "cut" && text !== "")) return { ok: false, failure };
    const read = command.parse(text);
    if (!read)
      return { ok: false, failure: exit.cut ? cutShort(command.title) : garbled(command, quoted(text.slice(0, 1000))) };
    const judged = command.judge?.(read, exit);
    if (judged) return judged;
    return { ok: true, value: read.value, warnings: [...(read.warnings ?? []), ...this.#partial(exit)] };
  }

  #partial(exit: Exit): string[] {
    const { title } = this.command;
    if (this.#tooLong)
      return [`The router sent more than ${largestText >> 20} MiB of ${title}; the rest was left out.`];
    return exit.cut ? [`The list of ${title} is not whole: the connection or the command ended early.`] : [];
  }
}

/** The pieces as one array. */
export function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

const longestLine = 1 << 16;
const newline = 10;

/** Cuts a stream of bytes into lines; of one longer than 64 KiB only the beginning is handed on. */
export class Lines {
  #rest: Uint8Array[] = [];
  #restLength = 0;
  /** The beginning of a line that is too long. */
  #head: string | undefined;

  constructor(readonly take: (line: string) => void) {}

  push(bytes: Uint8Array): void {
    let from = 0;
    for (let to = bytes.indexOf(newline); to !== -1; to = bytes.indexOf(newline, from)) {
      this.#keep(bytes.subarray(from, to));
      this.#finish();
      from = to + 1;
    }
    this.#keep(bytes.slice(from));
  }

  /** The last line need not end with a line feed. */
  end(): void {
    if (this.#restLength > 0 || this.#head !== undefined) this.#finish();
  }

  #keep(bytes: Uint8Array): void {
    if (this.#head !== undefined || bytes.length === 0) return;
    this.#rest.push(bytes);
    this.#restLength += bytes.length;
    if (this.#restLength > longestLine) this.#head = decodeUtf8(this.#joined(), 0, 200);
    if (this.#head !== undefined) this.#clear();
  }

  #finish(): void {
    const line = this.#head ?? decodeUtf8(this.#joined()).replace(/\r$/, "");
    this.#head = undefined;
    this.#clear();
    this.take(line);
  }

  #joined(): Uint8Array {
    return joined(this.#rest, this.#restLength);
  }

  #clear(): void {
    this.#rest = [];
    this.#restLength = 0;
  }
}

/** A reader that is asked while it runs: for commands that go on until they are stopped. */
export interface Following<Item, Result> extends Reader<Result> {
  /** What has been read since it was last called, in order; once more after `end`, which may have read a last line. */
  take(): Item[];
}

/** A command that goes on until it is stopped; being cut is its usual end. */
export interface FollowCommand<Item, Result> extends Command<Result> {
  reader(): Following<Item, Result>;
}
