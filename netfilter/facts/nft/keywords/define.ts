import type { EntryKind } from "../../catalogue.js";
import type { Keyword, KeywordGroup } from "../types.js";

/** A keyword as a row: word, meaning, and what is special about it. */
export type KeywordRow = readonly [
  word: string,
  doc: string,
  more?: Partial<Pick<Keyword, "forms" | "since" | "families" | "hooks" | "factor">>,
];

/** Makes the keywords of one group; a form that is not given is the word itself. */
export function keywordsOfGroup(group: KeywordGroup, kind: EntryKind, rows: readonly KeywordRow[]): readonly Keyword[] {
  return rows.map(([word, doc, more]) => ({ kind, group, word, forms: [word], doc, ...more }));
}
