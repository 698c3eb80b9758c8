import type { Language } from "./language.js";
import { lint } from "./lint/lint.js";
import type { Ruleset } from "./model/ruleset.js";
import type { Inside } from "./syntax/nft/fragment.js";
import type { SyntaxNode, Tree } from "./syntax/tree.js";
import type { Files } from "./text/files.js";
import type { Finding, Severity } from "./text/finding.js";
import type { Sources } from "./text/sources.js";
import type { Span } from "./text/span.js";

/** What the person has chosen; the defaults are the lints' own. */
export interface AnalyzeOptions {
  /** False leaves the lints out: only what the real tools refuse is told. */
  readonly lint?: boolean;
  /** Severity by lint, `"off"` silences one. */
  readonly severities?: Readonly<Record<string, Severity | "off">>;
  /** Release of nft for which the file is made, such as `1.0.6`. */
  readonly nftVersion?: string;
  /** Where the text lies and what lies beside it: without them an `include` is not followed. */
  readonly place?: TextPlace;
  /** Of an earlier version of the text: what has not changed is taken over from it, and it must not be used afterwards. */
  readonly previous?: Analysis | undefined;
}

/** The path of a text, and the files that it may include or that may include it. */
export interface TextPlace {
  readonly path: string;
  readonly files: Files;
}

/** All that is known about one text: everything the editor or the command line shows is read from here. */
export interface Analysis {
  readonly language: Language;
  /** Of the text itself. */
  readonly tree: Tree<SyntaxNode>;
  /** Of the text and all that is read together with it. */
  readonly ruleset: Ruleset;
  /** Errors of syntax and meaning, and lints, in order of place. */
  readonly findings: readonly Finding[];
  /** Tells spans of the ruleset that lie in other files. */
  readonly sources: Sources;
  readonly place?: TextPlace;
  /** The kind of block in which another file includes this one. */
  readonly inside?: Inside;
  /** The files that the text includes itself, by the path that names them. */
  readonly included?: readonly IncludedFile[];
}

/** A file, and the string in the text that leads to it. */
export interface IncludedFile {
  readonly span: Span;
  readonly file: string;
}

/** What is read of a text in one language. */
export type Reading = Omit<Analysis, "language" | "place">;

/** Puts a reading's findings in order. */
export function analysisOf(reading: Reading, language: Language, { place }: AnalyzeOptions): Analysis {
  const findings = [...reading.findings].sort(byPlace);
  return { ...reading, language, findings, ...(place && { place }) };
}

/** What the lints find, unless they are left out. */
export function lints(
  tree: Parameters<typeof lint>[0],
  ruleset: Ruleset,
  refused: readonly Finding[],
  options: AnalyzeOptions,
): readonly Finding[] {
  return options.lint === false ? [] : lint(tree, ruleset, refused, options.severities);
}

function byPlace(a: Finding, b: Finding): number {
  return a.span.start - b.span.start || a.span.end - b.span.end;
}
