import { namingPartsOf } from "../../model/nft/naming.js";
import type * as nft from "../../syntax/nft/nodes.js";
import type { SyntaxNode } from "../../syntax/tree.js";
import type { TableInfo } from "./environment.js";

/** All of a file that a rule's names can hang on, in order: every item but its rules and elements, and what is around them. */
type Surroundings = readonly (SyntaxNode | string)[];

/** Where each rule that nothing was found in stood: for one that names something in a file, for others in tables of a family. */
const standing = new WeakMap<nft.Rule, Surroundings | TableInfo["family"]>();

/**
 * The rules in which nothing was found when an earlier version of the text was checked, and nothing would be now: they stand as
 * they did, and so does everything that they name.
 */
export class StandingRules {
  /** Of versions met so far, whether theirs are the same. */
  private readonly same = new Map<Surroundings, boolean>();
  private readonly surroundings: Surroundings;

  constructor(file: nft.File, complete: boolean) {
    this.surroundings = [String(complete), ...surroundingsOf(file)];
  }

  has(rule: nft.Rule, { family }: TableInfo): boolean {
    const known = standing.get(rule);
    if (typeof known !== "object") return known === family;
    let same = this.same.get(known);
    if (same === undefined) {
      same = isSame(known, this.surroundings);
      this.same.set(known, same);
    }
    return same;
  }

  add(rule: nft.Rule, { family }: TableInfo): void {
    standing.set(rule, namingPartsOf(rule).length > 0 ? this.surroundings : family);
  }
}

function* surroundingsOf(file: nft.File): Iterable<SyntaxNode | string> {
  for (const item of file.items) {
    if (item.kind === "table") yield* inBlock(item, [item.verb, item.family, item.name]);
    else if (item.kind === "chain") yield* inBlock(item, [item.verb, item.table?.family, item.table?.name, item.name]);
    else if (item.kind !== "ruleCommand" && item.kind !== "elementCommand") yield item;
  }
}

function* inBlock(
  { kind, items }: nft.Table | nft.Chain,
  head: readonly (nft.Word | nft.Name | undefined)[],
): Iterable<SyntaxNode | string> {
  yield [kind, ...head.map((word) => word?.text)].join(" ");
  for (const item of items) {
    if (item.kind === "chain") yield* inBlock(item, [item.name]);
    else if (item.kind !== "rule") yield item;
  }
  yield "}";
}

function isSame(a: Surroundings, b: Surroundings): boolean {
  return a.length === b.length && a.every((part, place) => part === b[place]);
}
