import type { Cursor } from "./cursor.js";
import type { Command, Word } from "./nodes.js";

/** What a command has besides its verb. */
export type Parts = Partial<Omit<Command, "kind" | "start" | "end" | "verb">>;

/** A command that ends at the token before. */
export function commandNode(c: Cursor, start: number, verb: Word, parts: Parts): Command {
  const { object = [], table: of, name, newName, handle, expression, operands = [], items = [] } = parts;
  return {
    kind: "command",
    start,
    end: c.last,
    verb,
    object,
    table: of,
    name,
    newName,
    handle,
    expression,
    operands,
    items,
  };
}
