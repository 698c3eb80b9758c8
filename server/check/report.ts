import type { Finding, Related, Severity } from "../../netfilter/text/finding.js";
import { LineIndex } from "../../netfilter/text/lineIndex.js";
import type { Span } from "../../netfilter/text/span.js";

/** A file's name as it is printed, and its lines. */
export interface Source {
  readonly file: string;
  readonly lines: LineIndex;
}

/** One file and what was found in it. */
export interface Checked extends Source {
  readonly findings: readonly Finding[];
  /** Another file, by the path that a related place has. */
  other?(path: string): Source;
}

/** How many files were read and how many findings of each severity they gave. */
export interface Summary {
  files: number;
  readonly found: Record<Severity, number>;
}

/** A format of `hookscope check`: text to print at the start, after each file and at the end. */
export interface Reporter {
  begin(): string;
  file(checked: Checked): string;
  end(summary: Summary): string;
}

/** A place as people and most tools count it: lines and UTF-16 columns from 1, the end exclusive. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Turns a span into lines and columns counted from 1. */
export function placeOf(lines: LineIndex, span: Span): Place {
  const start = lines.position(span.start);
  const end = lines.position(span.end);
  return { line: start.line + 1, column: start.column + 1, endLine: end.line + 1, endColumn: end.column + 1 };
}

/** Joins a file's text and findings; `other` gives the name and text of another file by its path. */
export function checkedFile(
  file: string,
  text: string,
  findings: readonly Finding[],
  other?: (path: string) => { file: string; text: string },
): Checked {
  return { ...source({ file, text }), findings, ...(other && { other: (path) => source(other(path)) }) };
}

/** The file in which a related place is. */
export function sourceOf(checked: Checked, { file }: Related): Source {
  return (file !== undefined && checked.other?.(file)) || checked;
}

function source({ file, text }: { file: string; text: string }): Source {
  return { file, lines: new LineIndex(text) };
}
