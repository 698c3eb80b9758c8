import type { Fix } from "../../text/finding.js";
import type { Span } from "../../text/span.js";

/** A way out that replaces the text of `span` and may be taken unseen. */
export function replacement(title: string, { start, end }: Span, text: string): Fix {
  return { title, edits: [{ span: { start, end }, text }], preferred: true };
}

/** A way out that puts `text` at `offset`. */
export function insertion(title: string, offset: number, text: string): Fix {
  return replacement(title, { start: offset, end: offset }, text);
}
