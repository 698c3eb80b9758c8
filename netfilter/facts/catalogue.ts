/**
 * The shape that every word of both languages has in the catalogue. Hover, completion, validation, semantic tokens and
 * the grammars' keywords all read these entries; a new match or statement is one new entry.
 */
export interface Entry {
  /** The spelling in a rules file: `conntrack`, `MASQUERADE`, `--ctstate`, `masquerade`, `ct state`. */
  readonly word: string;
  readonly kind: EntryKind;
  /** How it is written, one line each, in the manual pages' notation. */
  readonly forms: readonly string[];
  /** Markdown of our own: what it means and what the kernel does at that point. */
  readonly doc: string;
  /** First release of the tool that knows it, where that is newer than nft 1.0.6 or iptables 1.8.9: `"1.1.0"`. */
  readonly since?: string;
}

export type EntryKind =
  | "match"
  | "target"
  | "option"
  | "value"
  | "command"
  | "statement"
  | "expression"
  | "field"
  | "keyword"
  | "operator"
  | "datatype"
  | "constant"
  | "family"
  | "hook"
  | "table"
  | "chain"
  | "chainType"
  | "priority"
  | "flag"
  | "unit";
