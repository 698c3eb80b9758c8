import type { Role } from "../tree.js";
import type { Cursor } from "./cursor.js";
import { Kind } from "./lexer.js";
import type { Name, Position, TableReference, Word } from "./nodes.js";
import { reserved } from "./reserved.js";
import { families } from "./words.js";

/** The family before a name, which may be left out. */
export function familyWord(c: Cursor): Word | undefined {
  return c.acceptOneOf(families, "family");
}

/** `ip6 filter`: family and table; the family may be left out. */
export function tableReference(c: Cursor): TableReference {
  const { start } = c;
  const family = familyWord(c);
  const name: Name = c.expectName("tableName", "the name of a table");
  return { kind: "tableReference", start, end: c.last, family, name };
}

/** A family on its own, where one may stand: `list chains ip6`. */
export function familyReference(c: Cursor): TableReference | undefined {
  const family = familyWord(c);
  return family && { kind: "tableReference", start: family.start, end: family.end, family, name: undefined };
}

/** The name of what lies in a table, after the name of that table. */
export function nameAfterTable(c: Cursor, role: Role, what: string): Name {
  return c.expectName(role, `the name of the ${what}, after the name of its table`);
}

/** True when the token some places ahead may be a name. */
export function isName(c: Cursor, ahead: number): boolean {
  const kind = c.peek(ahead);
  return (
    kind === Kind.Literal || (kind === Kind.Word && (!reserved.has(c.peekWord(ahead)) || c.peekWord(ahead) === "last"))
  );
}

/** `handle 5`, `position 5` or `index 5`; the word is at hand. */
export function position(c: Cursor): Position {
  const by = c.takeWord("keyword");
  const value = c.expectNumber("a number");
  return { kind: "position", start: by.start, end: value.end, by, value };
}

/** What a name is to the reader, by the keyword before it; objects are not among them. */
export const nameRoles: ReadonlyMap<string, Role> = new Map([
  ["table", "tableName"],
  ["chain", "chainName"],
  ["set", "setName"],
  ["map", "setName"],
  ["meter", "setName"],
  ["flowtable", "objectName"],
]);
