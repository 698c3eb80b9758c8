import { type BlockRules, block, head, optionalBlock } from "./blocks.js";
import { chain, flags } from "./chains.js";
import type { Cursor } from "./cursor.js";
import { comment } from "./elements.js";
import { flowtable } from "./flowtables.js";
import { familyWord } from "./names.js";
import type { Table, TableItem, Word } from "./nodes.js";
import { objectDeclaration, objectTypeAt } from "./objects.js";
import { once } from "./once.js";
import { setDeclaration } from "./sets.js";
import { tableFlags } from "./words.js";

/** `table ip t { ... }`, `add table t`; the word `table` is at hand. */
export function table(c: Cursor, start: number, verb: Word | undefined): Table {
  c.take("keyword");
  const family = familyWord(c);
  const name = head(c, () => c.expectName("tableName", "the name of the table"));
  const { body, items } = name ? optionalBlock(c, tableRules()) : block(c, start, tableRules());
  return { kind: "table", start, end: c.last, verb, family, name, body, items };
}

type Item = Exclude<TableItem, { kind: "definition" | "include" | "unknownItem" }>;

/** What may stand in the block of a table. */
export function tableRules(): BlockRules<Item> {
  return { what: "table", scope: true, item: tableItem, seen: once("table") };
}

function tableItem(c: Cursor): Item {
  switch (c.word) {
    case "chain":
      return chain(c);
    case "set":
    case "map":
      return setDeclaration(c);
    case "flowtable":
      return flowtable(c);
    case "flags":
      return flags(c, tableFlags, "a flag of the table: `dormant`, `owner` or `persist`");
    case "comment":
      return comment(c);
    default:
      if (objectTypeAt(c)) return objectDeclaration(c);
      return c.failWord("what a table holds, such as `chain`, `set` or `map`", tableWords);
  }
}

const tableWords = [
  "chain",
  "set",
  "map",
  "flowtable",
  "flags",
  "comment",
  "define",
  "include",
  "counter",
  "quota",
  "limit",
  "secmark",
  "synproxy",
];
