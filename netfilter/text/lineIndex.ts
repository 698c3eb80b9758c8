/** A place in a document, line and UTF-16 column both counted from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Turns offsets into lines and back. A line ends with `\n`; a `\r` before it belongs to the line. */
export class LineIndex {
  private readonly starts: number[] = [0];

  constructor(readonly text: string) {
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.starts.push(at + 1);
  }

  get lineCount(): number {
    return this.starts.length;
  }

  /** Offset of the first character of `line`; clamped to the document. */
  lineStart(line: number): number {
    return this.starts[Math.max(0, line)] ?? this.text.length;
  }

  /** Offset just past the last character of `line`, its line break left out. */
  lineEnd(line: number): number {
    const next = this.starts[line + 1];
    if (next === undefined) return this.text.length;
    return this.text[next - 2] === "\r" ? next - 2 : next - 1;
  }

  position(offset: number): Position {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low, column: offset - (this.starts[low] as number) };
  }

  offset({ line, column }: Position): number {
    return Math.min(this.lineStart(line) + column, this.lineEnd(line));
  }
}
