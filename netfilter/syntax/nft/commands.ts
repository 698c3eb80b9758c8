import type { Role } from "../tree.js";
import { chain, chainCommand } from "./chains.js";
import type { Cursor } from "./cursor.js";
import { flowtable, flowtableCommand } from "./flowtables.js";
import { Kind } from "./lexer.js";
import { isName, nameAfterTable, tableReference } from "./names.js";
import type { Declaration, FileItem, Name, ObjectType, TableReference, Word } from "./nodes.js";
import { objectCommand, objectDeclaration, objectKeyword, objectTypeAt } from "./objects.js";
import { described, flushed, listed, monitored, renamed, reset, transferred } from "./queries.js";
import { removed } from "./removals.js";
import { elementCommand, ruleAtHandle, ruleCommand } from "./ruleCommands.js";
import { setCommand, setDeclaration } from "./sets.js";
import { table } from "./tables.js";
import { commands, families } from "./words.js";

/** One command of a rules file, as a block or on one line. A bare `table ...` or `chain ...` adds, as does a bare rule. */
export function command(c: Cursor): FileItem {
  const read = verbs.get(c.word);
  if (read) return read(c, c.start, c.takeWord("keyword", commands.get(c.word)));
  return added(c, c.start, undefined);
}

type Read = (c: Cursor, start: number, verb: Word) => FileItem;

const verbs = new Map<string, Read>([
  ["add", added],
  ["create", created],
  ["insert", inserted],
  ["replace", replaced],
  ["delete", removed],
  ["destroy", removed],
  ["get", got],
  ["list", listed],
  ["reset", reset],
  ["flush", flushed],
  ["rename", renamed],
  ["import", transferred],
  ["export", transferred],
  ["monitor", monitored],
  ["describe", described],
]);

function added(c: Cursor, start: number, verb: Word | undefined): FileItem {
  if (c.acceptWord("rule")) return ruleCommand(c, start, verb);
  if (c.word === "element") return elementCommand(c, start, verb);
  return declaration(c, start, verb) ?? implicitRule(c, start, verb);
}

const objects = "table chain rule set map element flowtable counter quota limit ct secmark synproxy tunnel".split(" ");

/**
 * `ip t c accept` is a rule without the word `rule`. Where that cannot be, the first word is more likely a keyword misspelled than the
 * name of a table.
 */
function implicitRule(c: Cursor, start: number, verb: Word | undefined): FileItem {
  const family = families.has(c.word) ? 1 : 0;
  const named = isName(c, family) && isName(c, family + 1) && c.peek(family + 2) !== Kind.OpenBrace;
  if (!named && (c.kind !== Kind.Word || family === 0)) unknownCommand(c, verb);
  return ruleCommand(c, start, verb);
}

function unknownCommand(c: Cursor, verb: Word | undefined): never {
  if (verb) return c.failWord(`what to ${verb.text}`, objects);
  const words = [...objects, ...verbs.keys(), "define", "redefine", "undefine", "include"];
  return c.failWord("a command such as `table`, `add` or `flush`", words);
}

function created(c: Cursor, start: number, verb: Word): FileItem {
  if (c.word === "element") return elementCommand(c, start, verb);
  return declaration(c, start, verb) ?? c.failWord("what to create", objects);
}

function inserted(c: Cursor, start: number, verb: Word): FileItem {
  c.expectWord("rule");
  return ruleCommand(c, start, verb);
}

function replaced(c: Cursor, start: number, verb: Word): FileItem {
  c.expectWord("rule");
  return ruleAtHandle(c, start, verb);
}

function got(c: Cursor, start: number, verb: Word): FileItem {
  return c.word === "element" ? elementCommand(c, start, verb) : c.failWord("`element`", ["element"]);
}

/** A table, chain, set, map, flowtable or object with its names on the same line. */
function declaration(c: Cursor, start: number, verb: Word | undefined): Declaration | undefined {
  const inTable = inTables.get(c.word);
  if (inTable && c.peek(2) === Kind.OpenBrace && isName(c, 1)) return outsideTable(c, inTable);
  switch (c.word) {
    case "table":
      return table(c, start, verb);
    case "chain":
      return withNames(c, "chainName", (_, of, name) => chainCommand(c, start, verb, of, name));
    case "set":
    case "map":
      return withNames(c, "setName", (keyword, of, name) => setCommand(c, start, verb, keyword, of, name));
    case "flowtable":
      return withNames(c, "objectName", (_, of, name) => flowtableCommand(c, start, verb, of, name));
    default:
      return objectTypeAt(c) && object(c, start, verb);
  }
}

const inTables = new Map<string, (c: Cursor) => Declaration>([
  ["chain", chain],
  ["set", setDeclaration],
  ["map", setDeclaration],
  ["flowtable", flowtable],
]);

/** `chain c {` at file level, most likely because a table was closed too early. */
function outsideTable(c: Cursor, read: (c: Cursor) => Declaration): Declaration {
  if (c.errors.at(-1)?.code === "outsideTable") c.passOver();
  else {
    const message = `This ${c.word} stands outside of every table: one \`}\` too many above, or the name of its table is missing.`;
    c.report("outsideTable", c, message);
  }
  return read(c);
}

function withNames<T>(c: Cursor, role: Role, build: (keyword: Word, of: TableReference, name: Name) => T): T {
  const keyword = c.takeWord("keyword");
  const of = tableReference(c);
  return build(keyword, of, nameAfterTable(c, role, keyword.text));
}

function object(c: Cursor, start: number, verb: Word | undefined): Declaration {
  const type = objectTypeAt(c) as ObjectType;
  const words = type.startsWith("ct ") ? 2 : 1;
  if (c.peek(words + 1) === Kind.OpenBrace && isName(c, words)) return outsideTable(c, objectDeclaration);
  const keyword = objectKeyword(c, type);
  const of = tableReference(c);
  const name = nameAfterTable(c, "objectName", type);
  return objectCommand(c, start, verb, type, keyword, of, name);
}
