import type { Entry } from "../../facts/catalogue.js";
import type { Span } from "../../text/span.js";
import { describeEntry } from "../hover/entry.js";

/** What an item is, for its icon. */
export type CompletionKind =
  | "keyword"
  | "match"
  | "action"
  | "option"
  | "value"
  | "table"
  | "chain"
  | "set"
  | "object"
  | "variable";

/** One proposal: `text` replaces `span`. */
export interface Completion {
  readonly label: string;
  readonly kind: CompletionKind;
  readonly span: Span;
  readonly text: string;
  /** One short line beside the label. */
  readonly detail?: string;
  /** The whole story, shown on demand. */
  readonly markdown?: string;
  /** Items are ordered by this and then by label. */
  readonly sort?: string;
}

/** A proposal that stands for itself. */
export function item(
  span: Span,
  kind: CompletionKind,
  label: string,
  more: Partial<Pick<Completion, "text" | "detail" | "markdown" | "sort">> = {},
): Completion {
  return { label, kind, span, text: label, ...more };
}

/** A word of the catalogue, with its documentation. */
export function entryItem(span: Span, kind: CompletionKind, entry: Entry, label = entry.word): Completion {
  const [form] = entry.forms;
  return item(span, kind, label, { markdown: describeEntry(entry), ...(form && form !== label && { detail: form }) });
}

/** The first proposal of each label. */
export function distinct(items: readonly Completion[]): Completion[] {
  const seen = new Set<string>();
  return items.filter(({ label }) => !seen.has(label) && seen.add(label));
}
