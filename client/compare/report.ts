import { compareWithSheets } from "../../netfilter/compare/compare.js";
import type { Comparison, Difference } from "../../netfilter/compare/differences.js";
import type { Sheets } from "../../netfilter/compare/sheets.js";
import type { Language } from "../../netfilter/language.js";
import { LineIndex } from "../../netfilter/text/lineIndex.js";
import type { Sources } from "../../netfilter/text/sources.js";
import type { Span } from "../../netfilter/text/span.js";
import { diskFiles } from "./diskFiles.js";

/** A file of the workspace and a router's listing. */
export interface ComparisonInput {
  readonly language: Language;
  readonly file: string;
  readonly live: string;
  /** The file's path and the workspace's folders; absent where the file lies on no disk, so that nothing is included. */
  readonly path?: string;
  readonly folders: readonly string[];
}

/** What a comparison found, with lines to jump to. */
export interface ComparisonReport extends Pick<Comparison, "others" | "equal" | "incomplete"> {
  readonly differences: readonly ReportedDifference[];
  readonly sheets: Sheets;
}

export interface ReportedDifference extends Omit<Difference, "fileSpan" | "liveSpan"> {
  /** Lines counted from 0; `path` is that of an included file. */
  readonly filePlace?: { readonly line: number; readonly path?: string };
  readonly livePlace?: { readonly line: number };
}

/** Compares the two. Takes its time with a large ruleset: made for a thread. */
export function reportOf({ language, file, live, path, folders }: ComparisonInput): ComparisonReport {
  const place = path === undefined ? {} : { place: { path, files: diskFiles(folders) } };
  const { comparison, sheets, sources } = compareWithSheets({ text: file, ...place }, live, language);
  const lines = new Lines(live, sources);
  const { others, equal, incomplete } = comparison;
  return { differences: comparison.differences.map((one) => lines.placed(one)), others, equal, incomplete, sheets };
}

class Lines {
  private readonly live: LineIndex;
  private readonly files = new Map<string, LineIndex>();

  constructor(
    live: string,
    private readonly sources: Sources,
  ) {
    this.live = new LineIndex(live);
  }

  placed({ fileSpan, liveSpan, ...difference }: Difference): ReportedDifference {
    return {
      ...difference,
      ...(fileSpan && { filePlace: this.inFile(fileSpan) }),
      ...(liveSpan && { livePlace: { line: this.live.position(liveSpan.start).line } }),
    };
  }

  private inFile(span: Span): NonNullable<ReportedDifference["filePlace"]> {
    const { start, file } = this.sources.locate(span);
    const { path, text } = this.sources.at(span.start);
    const index = this.files.get(path) ?? new LineIndex(text);
    this.files.set(path, index);
    return { line: index.position(start).line, ...(file !== undefined && { path: file }) };
  }
}
