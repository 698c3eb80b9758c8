import { namesAnything, namingPartsOf } from "../../model/nft/naming.js";
import type * as nft from "../../syntax/nft/nodes.js";
import type { SyntaxNode } from "../../syntax/tree.js";
import type { SetInfo, TableInfo } from "./environment.js";

/** All of a file that a rule's names can hang on, in order: every item but its rules and elements, and what is around them. */
type Surroundings = readonly (SyntaxNode | string)[];

/** Where a rule or set in which nothing was found stood: one that names something in a file, others in tables of a family. */
type Place = Surroundings | TableInfo["family"];

const placesOfSets = new WeakMap<nft.SetDeclaration, Place>();

function placeOf(node: nft.Rule | nft.SetDeclaration): Place | undefined {
  return node.kind === "rule" ? (node.memo.standing as Place | undefined) : placesOfSets.get(node);
}

/**
 * The rules and sets in which nothing was found when an earlier version of the text was checked, and nothing would be now: they
 * stand as they did, and so does everything that they name.
 */
export class Standing {
  /** Of versions met so far, whether theirs are the same. */
  private readonly same = new Map<Surroundings, boolean>();
  private readonly surroundings: Surroundings;
  /** Whether a set may be filled in several places, whose elements may overlap. */
  private readonly fillsAgain: boolean;

  constructor(file: nft.File, complete: boolean) {
    this.surroundings = [String(complete), ...surroundingsOf(file)];
    this.fillsAgain = file.items.some(({ kind }) => kind === "elementCommand") || declaresTwice(file);
  }

  has(node: nft.Rule | nft.SetDeclaration, { family }: TableInfo): boolean {
    if (node.kind !== "rule" && this.fillsAgain) return false;
    const known = placeOf(node);
    return typeof known === "object" ? this.isAround(known) : known === family;
  }

  private isAround(known: Surroundings): boolean {
    let same = this.same.get(known);
    if (same === undefined) {
      same = isSame(known, this.surroundings);
      this.same.set(known, same);
    }
    return same;
  }

  add(rule: nft.Rule, { family }: TableInfo): void {
    rule.memo.standing = namingPartsOf(rule).length > 0 ? this.surroundings : family;
  }

  addSet(node: nft.SetDeclaration, { objectType }: SetInfo, { family }: TableInfo): void {
    placesOfSets.set(node, objectType !== undefined || namesAnything(node) ? this.surroundings : family);
  }
}

/** Whether two sets of a file have the same name. */
function declaresTwice({ items }: nft.File): boolean {
  const names = new Set<string>();
  for (const item of items) {
    for (const each of item.kind === "table" ? item.items : [item]) {
      if (each.kind !== "setDeclaration" || !each.name) continue;
      if (names.has(each.name.text)) return true;
      names.add(each.name.text);
    }
  }
  return false;
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
