import type { Fields } from "../text/fields.js";
import { defaultTable, localTable, mainTable } from "./routing/inferred.js";

/** Numbers of routing tables by the names that `/etc/iproute2/rt_tables` gives them. */
export type TableNames = ReadonlyMap<string, number>;

const own: TableNames = new Map([
  ["unspec", 0],
  ["local", localTable],
  ["main", mainTable],
  ["default", defaultTable],
]);

/** The field `table`, a number or a name; undefined where it is absent or wrong. */
export function tableNumber(fields: Fields, names: TableNames): number | undefined {
  const value = fields.raw("table");
  if (value === undefined) return undefined;
  const number = own.get(String(value)) ?? names.get(String(value)) ?? Number(value);
  if (Number.isInteger(number) && number >= 0) return number;
  fields.complain(
    "table",
    `what number is table ${String(value)}? Say it in the state: "tables": {"${String(value)}": 100}`,
  );
  return undefined;
}
