import type { Span } from "./span.js";

/** A text with its place among those that are read as one. */
export interface PlacedText {
  readonly path: string;
  readonly text: string;
  /** Offset of its first character. */
  readonly base: number;
}

/** A span within one file, which is the document itself where `file` is absent. */
export interface Place extends Span {
  readonly file?: string;
}

/**
 * Several texts that share one row of offsets: the document from 0 on, behind it the files that are read together with it. A
 * span alone thus tells its file, and spans of two files never meet.
 */
export class Sources {
  private whole: string | undefined;

  /** In order of their bases, the document first. */
  constructor(readonly texts: readonly PlacedText[]) {}

  get document(): PlacedText {
    return this.texts[0] as PlacedText;
  }

  /** All of them as one text, blanks between. */
  get text(): string {
    this.whole ??= this.joined();
    return this.whole;
  }

  private joined(): string {
    const parts: string[] = [];
    let end = 0;
    for (const { base, text } of this.texts) {
      parts.push(" ".repeat(base - end), text);
      end = base + text.length;
    }
    return parts.join("");
  }

  /** The text in which an offset lies. */
  at(offset: number): PlacedText {
    return this.texts.findLast(({ base }) => base <= offset) ?? this.document;
  }

  /** True for a place in the document itself. */
  isOwn({ start }: Span): boolean {
    return start < (this.texts[1]?.base ?? Number.POSITIVE_INFINITY);
  }

  /** In which file a span lies, and where there. */
  locate({ start, end }: Span): Place {
    const { base, path } = this.at(start);
    const span = { start: start - base, end: end - base };
    return path === this.document.path ? span : { ...span, file: path };
  }
}
