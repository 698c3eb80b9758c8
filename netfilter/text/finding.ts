import type { Span } from "./span.js";

export type Severity = "error" | "warning" | "information" | "hint";

/** Replaces the text of `span` by `text`; an insertion has an empty span. */
export interface Edit {
  /** Path of the file that is changed, where that is another one than the document. */
  readonly file?: string;
  readonly span: Span;
  readonly text: string;
}

/** A way out that the editor offers. `preferred` marks the one that is safe to take unseen. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly Edit[];
  readonly preferred?: boolean;
}

/** Another place that belongs to a finding, with what it has to do with it. */
export interface Related {
  /** Path of the file in which it is, where that is another one. */
  readonly file?: string;
  readonly span: Span;
  readonly message: string;
}

/**
 * Something to tell the person who edits the file. `code` is a stable camelCase name (`unknownWord`, `noUnsavedMark`);
 * `message` says what, why and what to do.
 */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly span: Span;
  readonly message: string;
  readonly related?: readonly Related[];
  readonly fixes?: readonly Fix[];
  /** `unnecessary` greys the text out, `deprecated` strikes it through. */
  readonly tag?: "unnecessary" | "deprecated";
}
