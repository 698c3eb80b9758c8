import { familyOf } from "../../model/nft/builder.js";
import type * as nft from "../../syntax/nft/nodes.js";
import { forget, type TableInfo } from "./environment.js";
import { refuseWith } from "./refusal.js";
import { undefinedChain, undefinedObject, undefinedSet } from "./undefined.js";

/** The tables at some point of the file, by family and name. */
export type Tables = Map<string, TableInfo>;

/** The table that a command names, where it is there. */
export function findTable(tables: Tables, reference: nft.TableReference | undefined): TableInfo | undefined {
  return reference?.name && tables.get(`${familyOf(reference.family)} ${reference.name.text}`);
}

/** `flush ruleset`, with or without a family. */
export function flushRuleset(tables: Tables, family: nft.Word | undefined): void {
  for (const [key, table] of tables) if (!family || family.text === table.family) tables.delete(key);
}

/** `delete` and `destroy`: whether what they name is there, the kernel alone can say. */
export function remove(tables: Tables, { table: reference, name, items }: nft.Command, object: string): void {
  const table = findTable(tables, reference);
  if (!table || items.length > 0) return;
  if (object === "table") tables.delete(`${table.family} ${table.name}`);
  else if (object === "chain" && name) table.chains.delete(name.text);
  else if (isSet(object) && name) table.sets.delete(name.text);
  else if (name) table.objects.delete(`${object} ${name.text}`);
}

/** Whether nft itself looks for what a command names. */
export function looksUp(verb: string, object: string): boolean {
  if (verb === "flush") return isSet(object);
  const plural = object === "chains" || object === "rules" || object === "rule";
  return (verb === "list" || verb === "reset" || verb === "rename") && !plural;
}

/** What is listed, reset, flushed or renamed must be there. */
export function lookUp(table: TableInfo, { name, newName, verb }: nft.Command, object: string): void {
  if (!name) return;
  if (object === "chain") lookForChain(table, name, newName);
  else if (isSet(object)) lookForSet(table, name, verb.text);
  else if (verb.text === "list" && objectTypes.has(object) && !table.objects.has(`${object} ${name.text}`))
    refuseWith(undefinedObject(object, name.text, name, table));
}

function isSet(object: string): boolean {
  return object === "set" || object === "map" || object === "meter";
}

function lookForChain(table: TableInfo, name: nft.Name, newName: nft.Name | undefined): void {
  const chain = table.chains.get(name.text) ?? refuseWith(undefinedChain(name.text, name, table));
  if (!newName) return;
  table.chains.delete(name.text);
  table.chains.set(newName.text, chain);
}

function lookForSet(table: TableInfo, name: nft.Name, verb: string): void {
  const set = table.sets.get(name.text) ?? refuseWith(undefinedSet(name, table));
  if (verb === "flush") forget(set);
}

const objectTypes: ReadonlySet<string> = new Set([
  "counter",
  "quota",
  "limit",
  "ct helper",
  "ct timeout",
  "ct expectation",
  "secmark",
  "synproxy",
  "tunnel",
  "flowtable",
]);
