import type { Family } from "../../facts/hooks.js";
import type { Name, NftNode } from "../../syntax/nft/nodes.js";
import type { Finding } from "../../text/finding.js";
import type { TableInfo } from "./environment.js";
import { errorAt, suggestion } from "./refusal.js";

/** A table that is not there, or not of that family. */
export function undefinedTable(name: Name, family: Family, tables: readonly TableInfo[]): Finding {
  const elsewhere = tables.find((table) => table.name === name.text);
  if (elsewhere) {
    const text = `Table \`${name.text}\` is of family ${elsewhere.family} here, not ${family}. Put \`${elsewhere.family}\` in front of its name.`;
    return errorAt("undefinedTable", name, text, { related: [{ span: elsewhere.place, message: "the table" }] });
  }
  const names = tables.filter((table) => table.family === family).map((table) => table.name);
  const { hint, fixes } = suggestion(name.text, name, names);
  const text = `No table \`${name.text}\` of family ${family} is there at this point of the file.`;
  const help = hint || ` Add it in front: \`add table ${family} ${name.text}\`.`;
  return errorAt("undefinedTable", name, text + help, fixes && { fixes });
}

/** A chain that its table does not have; `place` may be a variable that stands for its name. */
export function undefinedChain(name: string, place: NftNode, table: TableInfo): Finding {
  return undefinedMember("undefinedChain", "chain", name, place, table, table.chains.keys());
}

/** A set or map that its table does not have. */
export function undefinedSet(name: Name, table: TableInfo): Finding {
  return undefinedMember("undefinedSet", "set or map", name.text, name, table, table.sets.keys());
}

/** A stateful object or flowtable that its table does not have. */
export function undefinedObject(type: string, name: string, place: NftNode, table: TableInfo): Finding {
  return undefinedMember("undefinedObject", type, name, place, table, table.objectNames(type));
}

function undefinedMember(
  code: string,
  kind: string,
  name: string,
  place: NftNode,
  table: TableInfo,
  names: Iterable<string>,
): Finding {
  const { hint, fixes } = suggestion(name, place, names);
  const text = `Table ${table.family} ${table.name} has no ${kind} \`${name}\` at this point of the file.`;
  const help = hint || " Declare it in front, in the same table.";
  return errorAt(code, place, text + help, fixes && place.kind === "name" ? { fixes } : {});
}
