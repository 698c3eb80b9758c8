import type { Expression } from "../../syntax/nft/nodes.js";
import type { NamedSet, Table } from "../ruleset.js";
import type { Builder } from "./builder.js";
import { resolved, type Variables } from "./variables.js";

/** Looks up named sets and what the file puts into them. */
export class SetContents {
  constructor(
    private readonly builder: Builder,
    private readonly variables: Variables,
  ) {}

  find(table: Table, name: string): NamedSet | undefined {
    return this.builder.set(table, name);
  }

  *elementsOf(table: Table, name: string): Generator<Expression> {
    for (const content of this.builder.set(table, name)?.contents ?? []) {
      const literal = resolved(content, this.variables);
      if (literal?.kind === "setLiteral") yield* literal.elements;
    }
  }
}
