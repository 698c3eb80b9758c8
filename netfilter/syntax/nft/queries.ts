import { commandNode, type Parts } from "./commandNode.js";
import type { Cursor } from "./cursor.js";
import { leftPrimary } from "./expressions.js";
import { familyReference, isName, nameAfterTable, nameRoles, tableReference } from "./names.js";
import type { Command, FileItem, TableReference, Word } from "./nodes.js";
import { elementCommand, ruleByHandle } from "./ruleCommands.js";
import { families, wordList } from "./words.js";

/** What may follow the word that is listed: a name within a table, a table, a family, or either of the last two. */
type Scope = "name" | "table" | "family" | "tableOrFamily" | "hooks";

const listable = scopes({
  name: "chain set map flowtable meter counter quota limit secmark synproxy tunnel",
  table: "table",
  family: "tables chains ruleset meters",
  tableOrFamily: "sets maps flowtables counters quotas limits secmarks synproxys tunnels",
  hooks: "hooks",
});

const resettable = scopes({ name: "counter quota set map", tableOrFamily: "counters quotas" });
const flushable = scopes({ name: "chain set map meter", table: "table", family: "ruleset" });

function scopes(words: Partial<Record<Scope, string>>): ReadonlyMap<string, Scope> {
  return new Map(
    Object.entries(words).flatMap(([scope, list]) => list.split(" ").map((word) => [word, scope as Scope])),
  );
}

/** What follows `list`. */
export function listed(c: Cursor, start: number, verb: Word): FileItem {
  if (c.word === "ct") return listedConnection(c, start, verb);
  return scoped(c, start, verb, listable);
}

/** What follows `reset`. */
export function reset(c: Cursor, start: number, verb: Word): FileItem {
  if (c.word === "element") return elementCommand(c, start, verb);
  if (c.word === "rule") return ruleByHandle(c, start, verb);
  if (c.word === "rules") return resetRules(c, start, verb);
  return scoped(c, start, verb, resettable);
}

/** What follows `flush`. */
export function flushed(c: Cursor, start: number, verb: Word): FileItem {
  return scoped(c, start, verb, flushable);
}

function scoped(c: Cursor, start: number, verb: Word, known: ReadonlyMap<string, Scope>): Command {
  const object = scopedObject(c, verb, known);
  const last = (object.at(-1) as Word).text;
  const scope = object.length === 2 ? (last === "table" ? "name" : "family") : known.get(last);
  return commandNode(c, start, verb, {
    object,
    ...operands(c, scope as Scope, last),
  });
}

/** One word, or the old names of meters: `flow table` and `flow tables`. */
function scopedObject(c: Cursor, verb: Word, known: ReadonlyMap<string, Scope>): Word[] {
  if (c.word === "flow" && known.has("meter")) {
    const flow = c.takeWord("keyword");
    return [flow, c.expectOneOf(wordList(known.has("meters") ? "table tables" : "table"), "`table`")];
  }
  return known.has(c.word) ? [c.takeWord("keyword")] : c.failWord(`what to ${verb.text}`, known.keys());
}

function operands(c: Cursor, scope: Scope, what: string): Parts {
  switch (scope) {
    case "name": {
      const of = tableReference(c);
      return { table: of, name: nameAfterTable(c, nameRoles.get(what) ?? "objectName", what) };
    }
    case "table":
      return { table: tableReference(c) };
    case "family":
      return { table: familyReference(c) };
    case "tableOrFamily":
      return { table: optionalTable(c) };
    case "hooks":
      return { table: familyReference(c), operands: hookDevice(c) };
  }
}

function optionalTable(c: Cursor): TableReference | undefined {
  if (c.acceptWord("table")) return tableReference(c);
  if (c.atSeparator) return undefined;
  return families.has(c.word) && !isName(c, 1) ? familyReference(c) : tableReference(c);
}

function hookDevice(c: Cursor): Word[] {
  if (!c.acceptWord("device")) return [];
  return c.atName ? [c.takeWord("interface")] : c.fail("the name of an interface");
}

/** `list ct helper ip t h`, `list ct helpers table ip t`. */
function listedConnection(c: Cursor, start: number, verb: Word): Command {
  const object = [
    c.takeWord("keyword"),
    c.expectOneOf(connectionLists, "`helper`, `timeout`, `expectation` or `helpers`"),
  ];
  const kind = (object[1] as Word).text;
  if (kind !== "helper" && c.acceptWord("table"))
    return commandNode(c, start, verb, { object, table: tableReference(c) });
  if (kind === "helpers") c.failWord("`table` and the name of a table", ["table"]);
  const of = tableReference(c);
  return commandNode(c, start, verb, {
    object,
    table: of,
    name: nameAfterTable(c, "objectName", `ct ${kind}`),
  });
}

const connectionLists = wordList("helper timeout expectation helpers");

/** `reset rules`, of a family, a table or a chain. */
function resetRules(c: Cursor, start: number, verb: Word): Command {
  const object = [c.takeWord("keyword")];
  const chain = c.acceptWord("chain");
  if (chain) object.push(chain);
  const of = chain ? tableReference(c) : optionalTable(c);
  const name = chain || (of?.name && c.atName) ? c.expectName("chainName", "the name of a chain") : undefined;
  return commandNode(c, start, verb, { object, table: of, name });
}

/** What follows `rename`. */
export function renamed(c: Cursor, start: number, verb: Word): Command {
  const object = [c.expectWord("chain")];
  const of = tableReference(c);
  const name = nameAfterTable(c, "chainName", "chain");
  const newName = c.expectName("chainName", "the new name of the chain");
  return commandNode(c, start, verb, { object, table: of, name, newName });
}

const formats = wordList("xml json vm");

function format(c: Cursor): Word[] {
  const first = c.expectOneOf(formats, "`json`");
  return first.text === "vm" ? [first, c.expectWord("json")] : [first];
}

/** What follows `import` and `export`. */
export function transferred(c: Cursor, start: number, verb: Word): Command {
  const whole = c.acceptWord("ruleset");
  return commandNode(c, start, verb, { object: whole ? [whole] : [], operands: format(c) });
}

const events = wordList("new destroy");
const monitorable = wordList("tables chains sets rules elements ruleset trace");

/** What follows `monitor`. */
export function monitored(c: Cursor, start: number, verb: Word): Command {
  const event = c.acceptOneOf(events);
  const object = c.acceptOneOf(monitorable);
  const rest = c.atSeparator ? [] : format(c);
  return commandNode(c, start, verb, { object: object ? [object] : [], operands: event ? [event, ...rest] : rest });
}

/** What follows `describe`. */
export function described(c: Cursor, start: number, verb: Word): Command {
  const expression = leftPrimary(c);
  return commandNode(c, start, verb, { expression });
}
