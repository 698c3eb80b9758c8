import type { Chain, Reference, Rule } from "./ruleset.js";
import type { Asked } from "./shadow.js";

/**
 * What has been found out about a rule and holds as long as it asks and does the same. It lies with the rule: in tables beside
 * it, each of thousands would have to be sought at every keystroke.
 */
export class Memo {
  /** Its conditions as they are written. */
  asked: Asked | undefined;
  /** A number that rules share whose words are the same. */
  digest: number | undefined;
  /** Earlier rules that do not cover it. */
  apart: readonly Rule[] = [];
  /** Looked at, and free of contradictions. */
  sound = false;
}

/** What has been found out about a chain of one version of a text. */
export class ChainMemo {
  /** The traits of its rules, one after the other: the rules themselves lie all over the memory. */
  traits: readonly number[] | undefined;
  /** Those that any of its rules has, once `traits` are there. */
  anyTraits = 0;
  /** Its rules up to the one that no packet gets past. */
  live: readonly Rule[] | undefined;
  /** Whether no packet that gets into it ever comes back to where it was called. */
  lost: boolean | undefined;
  /** Where its rules name chains that they lead to, in order of place. */
  leads: readonly Reference[] | undefined;
  /** The chains that its own rules lead to. */
  called: ReadonlySet<Chain> | undefined;
}
