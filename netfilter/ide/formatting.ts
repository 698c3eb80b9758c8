import type { Analysis } from "../analyze.js";
import type { Token } from "../syntax/tree.js";
import type { Edit } from "../text/finding.js";
import { contains, type Span } from "../text/span.js";

/** How lines are indented: those of a block by one tab, or by so many blanks. */
export interface Indentation {
  readonly tabSize: number;
  readonly insertSpaces: boolean;
}

/**
 * The edits that indent an nftables file by its braces, all of it or the lines that `range` touches. What stands in a line
 * stays as it is, but for blanks at its end; of several empty lines one stays. Lines that go on with what a line before
 * began, behind a backslash or a brace with text behind it, keep their distance to that line. Nothing is changed in a file
 * whose braces do not match, for nobody knows where its blocks end, nor in iptables files, which have no blocks.
 */
export function formatted({ language, tree }: Analysis, indentation: Indentation, range?: Span): Edit[] {
  if (language !== "nftables") return [];
  const lines = linesOf(tree.text, tree.tokens);
  const edits = new Indenter(tree.text, indentation).indent(lines) ?? [];
  if (!range) return edits;
  const wanted = wholeLines(tree.text, range);
  return edits.filter(({ span }) => contains(wanted, span));
}

/** A range that ends at the start of a line has nothing of that line. */
function wholeLines(text: string, { start, end }: Span): Span {
  const last = end > start && text[end - 1] === "\n" ? end - 1 : end;
  const lineBreak = text.indexOf("\n", last);
  return { start: text.lastIndexOf("\n", start - 1) + 1, end: lineBreak === -1 ? text.length : lineBreak };
}

interface Line extends Span {
  /** Where the next one starts. */
  readonly next: number;
  /** What stands in it, comments included. */
  readonly tokens: readonly Token[];
  /** It begins within a text that goes over several lines. */
  readonly inText: boolean;
}

function linesOf(text: string, tokens: readonly Token[]): Line[] {
  const lines: Line[] = [];
  let first = 0;
  for (let start = 0; start < text.length; ) {
    const lineBreak = text.indexOf("\n", start);
    const next = lineBreak === -1 ? text.length : lineBreak + 1;
    const end = next - (/\r?\n$/.exec(text.slice(Math.max(start, next - 2), next))?.[0].length ?? 0);
    let last = first;
    while (last < tokens.length && (tokens[last] as Token).start < end) last++;
    lines.push({ start, end, next, tokens: tokens.slice(first, last), inText: (tokens[first - 1]?.end ?? 0) > start });
    first = last;
    start = next;
  }
  return lines;
}

/** Where a line stood and where it will stand, in columns. */
interface Shift {
  readonly before: number;
  readonly now: number;
}

class Indenter {
  private readonly edits: Edit[] = [];
  /** The lines of the open braces; `hangs` where text behind the brace gives the lines that follow their place. */
  private readonly open: (Shift & { readonly hangs: boolean })[] = [];
  /** The line whose statement goes on behind a backslash. */
  private begun: Shift | undefined;
  private afterEmpty = false;

  constructor(
    private readonly text: string,
    private readonly indentation: Indentation,
  ) {}

  /** Undefined where the braces do not match. */
  indent(lines: readonly Line[]): Edit[] | undefined {
    for (const line of lines) {
      const isEmpty = !line.inText && this.text.slice(line.start, line.end).trim() === "";
      if (isEmpty) this.empty(line);
      else if (!this.written(line)) return undefined;
      this.afterEmpty = isEmpty;
    }
    if (this.open.length > 0) return undefined;
    this.endOfFile(lines);
    return this.edits;
  }

  private empty({ start, end, next }: Line): void {
    this.replace({ start, end: this.afterEmpty ? next : end }, "");
  }

  private written(line: Line): boolean {
    const [first] = line.tokens;
    const shift = first && !line.inText ? this.move(line, first) : { before: 0, now: 0 };
    if (!this.followBraces(line, shift)) return false;
    const goesOn = this.text[line.end - 1] === "\\" && line.tokens.at(-1)?.role !== "comment";
    if (!goesOn) this.trim(line);
    this.begun = goesOn ? (this.begun ?? shift) : undefined;
    return true;
  }

  private move({ start }: Line, first: Token): Shift {
    const span = { start, end: first.start };
    const before = this.columns(span);
    const now = this.columnFor(first, before);
    this.replace(span, this.blanks(now));
    return { before, now };
  }

  private columnFor(first: Token, before: number): number {
    const block = this.open.at(-1);
    if (this.isSign(first, "}")) return block?.now ?? 0;
    const along = this.begun ?? (block?.hangs ? block : undefined);
    if (along) return Math.max(0, along.now + before - along.before);
    return block ? block.now + this.indentation.tabSize : 0;
  }

  private columns({ start, end }: Span): number {
    const { tabSize } = this.indentation;
    let column = 0;
    for (let at = start; at < end; at++) column += this.text[at] === "\t" ? tabSize - (column % tabSize) : 1;
    return column;
  }

  private blanks(columns: number): string {
    const { insertSpaces, tabSize } = this.indentation;
    const tabs = insertSpaces ? 0 : Math.floor(columns / tabSize);
    return "\t".repeat(tabs) + " ".repeat(columns - tabs * tabSize);
  }

  /** False for a brace that closes nothing. */
  private followBraces({ tokens }: Line, shift: Shift): boolean {
    for (const [place, token] of tokens.entries()) {
      const next = tokens[place + 1];
      if (this.isSign(token, "{")) this.open.push({ ...shift, hangs: next !== undefined && next.role !== "comment" });
      else if (this.isSign(token, "}") && !this.open.pop()) return false;
    }
    return true;
  }

  /** Where the syntax is wrong, a brace need not be punctuation. */
  private isSign({ start, end, role }: Token, sign: string): boolean {
    return this.text[start] === sign && end === start + 1 && role !== "comment";
  }

  private trim({ start, end, tokens, inText }: Line): void {
    const last = tokens.at(-1);
    if (inText && !last) return;
    if (last && last.end > end) return;
    const kept = this.text.slice(start, end).trimEnd().length;
    this.replace({ start: start + kept, end }, "");
  }

  private endOfFile(lines: readonly Line[]): void {
    const last = lines.at(-1);
    if (last && last.end === last.next && !this.afterEmpty) this.replace({ start: last.end, end: last.end }, "\n");
  }

  private replace(span: Span, text: string): void {
    if (this.text.slice(span.start, span.end) !== text) this.edits.push({ span, text });
  }
}
