import type { Analysis } from "../analyze.js";
import type { Value } from "../facts/iptables/extension.js";
import { type Token, tokenAt } from "../syntax/tree.js";
import type { Span } from "../text/span.js";
import { describeDefinition } from "./hover/definition.js";
import { describeEntry } from "./hover/entry.js";
import { code } from "./hover/markdown.js";
import { describePriorityAt } from "./hover/priority.js";
import { describeValueAt } from "./hover/value.js";
import { type NamePlace, nameAt } from "./names.js";
import { expectedAfter, lastStartingBefore } from "./place.js";
import { entryOf } from "./word.js";

/** What to show when the mouse rests on a place, and for which text it holds. */
export interface Hover {
  readonly span: Span;
  readonly markdown: string;
}

/** What is known about the word, value or name at `offset`. */
export function hoverAt(analysis: Analysis, offset: number): Hover | undefined {
  const token = tokenAt(analysis.tree.tokens, offset);
  if (!token || token.role === "comment") return undefined;
  return (
    hoverName(analysis, token, offset) ?? hoverWord(analysis, token, offset) ?? describeValueAt(analysis, token, offset)
  );
}

/** A built-in chain or a table is a name and a word of the catalogue at once: both are told. */
function hoverName(analysis: Analysis, { entry }: Token, offset: number): Hover | undefined {
  const place = nameAt(analysis, offset);
  if (!place) return undefined;
  if (!place.definition) return entry ? undefined : hoverUndefined(place);
  const parts = [describeDefinition(analysis, place.definition), ...(entry ? [entry.doc] : [])];
  return { span: place.span, markdown: parts.join("\n\n") };
}

function hoverUndefined({ span, reference }: NamePlace): Hover | undefined {
  return reference && { span, markdown: `**${reference.kind} ${code(reference.name)}** · not defined in this file` };
}

function hoverWord(analysis: Analysis, token: Token, offset: number): Hover | undefined {
  const { start, end } = token;
  const entry = entryOf(analysis, token);
  const priority = describePriorityAt(analysis, token);
  if (priority) return { span: { start, end }, markdown: priority };
  const parts = [
    entry && describeEntry(entry),
    entry?.kind === "constant" || entry?.kind === "value"
      ? describeValueAt(analysis, token, offset)?.markdown
      : undefined,
  ].filter((part) => part !== undefined);
  if (parts.length > 0) return { span: { start, end }, markdown: parts.join("\n\n---\n\n") };
  return hoverOptionWord(analysis, token, offset);
}

/** One of the fixed words that an option takes: `ESTABLISHED` in `--ctstate RELATED,ESTABLISHED`. */
function hoverOptionWord({ tree, language }: Analysis, token: Token, offset: number): Hover | undefined {
  if (language === "nftables") return undefined;
  const { tokens, text } = tree;
  const lineStart = text.lastIndexOf("\n", token.start - 1) + 1;
  const expected = expectedAfter(tokens, lastStartingBefore(tokens, token.start), lineStart);
  if (expected?.value.type !== "word") return undefined;
  const span = listItemAt(text, token, offset);
  const found = findWord(expected.value, text.slice(span.start, span.end));
  if (!found) return undefined;
  const [word, doc] = found;
  return { span, markdown: `**${code(word)}** · value of ${code(expected.option.word)}\n\n${doc}` };
}

function findWord(value: Extract<Value, { type: "word" }>, text: string): [string, string] | undefined {
  const same = (word: string) => (value.ignoreCase ? word.toLowerCase() === text.toLowerCase() : word === text);
  return Object.entries(value.words).find(([word]) => same(word));
}

/** The part of a comma list in which `offset` stands. */
function listItemAt(text: string, { start, end }: Span, offset: number): Span {
  const from = text.lastIndexOf(",", offset - 1) + 1;
  const comma = text.indexOf(",", offset);
  return { start: Math.max(start, from), end: comma === -1 ? end : Math.min(end, comma) };
}
