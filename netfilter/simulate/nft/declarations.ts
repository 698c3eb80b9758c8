import type { NamedObject, NamedSet, Table } from "../../model/ruleset.js";
import type { Expression, NftTree, ObjectDeclaration, SetDeclaration, TableItem } from "../../syntax/nft/nodes.js";

/** Finds the nodes that declare the sets and objects of a file. */
export class Declarations {
  private readonly byPlace = new Map<number, SetDeclaration | ObjectDeclaration>();

  constructor(tree: NftTree) {
    for (const item of tree.root.items) {
      if (item.kind === "table") for (const inner of item.items) this.note(inner);
      else if (item.kind === "setDeclaration" || item.kind === "objectDeclaration") this.note(item);
    }
  }

  private note(item: TableItem): void {
    if (item.kind === "setDeclaration" || item.kind === "objectDeclaration") this.byPlace.set(item.start, item);
  }

  set({ span }: NamedSet): SetDeclaration | undefined {
    const node = this.byPlace.get(span.start);
    return node?.kind === "setDeclaration" ? node : undefined;
  }

  object(table: Table, type: string, name: string): ObjectDeclaration | undefined {
    const object = table.objects.find((other: NamedObject) => other.type === type && other.name === name);
    const node = object && this.byPlace.get(object.span.start);
    return node?.kind === "objectDeclaration" ? node : undefined;
  }
}

/** The expressions that give a set its elements, as the model collects them. */
export function contentsOf(set: NamedSet): readonly Expression[] {
  return (set as NamedSet & { readonly contents?: readonly Expression[] }).contents ?? [];
}
