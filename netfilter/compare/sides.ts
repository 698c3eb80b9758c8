import type { BaseChain } from "../model/ruleset.js";
import type { Sources } from "../text/sources.js";
import type { Span } from "../text/span.js";

/** One of two rulesets that are compared, each part with a key that is the same for all its spellings. */
export interface Side {
  readonly tables: readonly SideTable[];
  /** True where the file empties all of the ruleset before it loads its own. */
  readonly flushes: boolean;
  /** True where an include could not be read, so that more may be loaded than is known. */
  readonly incomplete: boolean;
  readonly sources: Sources;
}

export interface SideTable extends Span {
  readonly family: string;
  readonly name: string;
  readonly settings: readonly Setting[];
  readonly chains: readonly SideChain[];
  readonly sets: readonly SideSet[];
  /** Counters, quotas, flowtables ...: `TYPE NAME` and what it is set to. */
  readonly objects: readonly (Keyed & { readonly name: string })[];
}

export interface SideChain extends Span {
  readonly name: string;
  readonly base?: BaseChain;
  /** One of iptables' own, which is there whatever a file says. */
  readonly builtin: boolean;
  /** False for a built-in chain of which the file says nothing, so that a load leaves its policy alone. */
  readonly policyKnown: boolean;
  readonly rules: readonly SideRule[];
}

/** A set or map. */
export interface SideSet extends Span {
  readonly kind: "set" | "map";
  readonly name: string;
  readonly settings: readonly Setting[];
  readonly elements: readonly Keyed[];
  /** Filled by rules or for a time: what is in it comes and goes by itself. */
  readonly volatile: boolean;
}

/** A word of a table, chain or set with what it is set to, such as `policy` and `drop`. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** Something with its key: two with equal keys do the same. */
export interface Keyed extends Span {
  readonly key: string;
  /** As written, on one line, without what only counts or numbers it. */
  readonly text: string;
}

export interface SideRule extends Keyed {
  readonly comment?: string;
  /** False where a part could only be compared by its words. */
  readonly certain: boolean;
}
