import { type BlockRules, blockItem } from "./blocks.js";
import { chainRules } from "./chains.js";
import type { Cursor } from "./cursor.js";
import { flowtableRules } from "./flowtables.js";
import { Kind } from "./lexer.js";
import type { File, NftNode, NftTree, ObjectType, Table, TableItem } from "./nodes.js";
import { objectRules } from "./objects.js";
import { earlierOf, openComment, ParsedText, strayBrace } from "./parse.js";
import { cursorAt } from "./reuse.js";
import { setRules } from "./sets.js";
import { tableRules } from "./tables.js";

/** The block in which a file is included. */
export type Inside = "table" | "chain" | "set" | "map" | "flowtable" | ObjectType;

/** A file that is a piece of a block, and what stands in it. */
export interface Fragment {
  /** The items within nameless blocks of the kinds around them, which no name can refer to. */
  readonly tree: NftTree;
  readonly items: readonly NftNode[];
}

/** Reads a file that is included within a block. Never throws. What has not changed is taken over, as by `parseNft`. */
export function parseFragment(text: string, inside: Inside, previous?: NftTree): Fragment {
  const { c, reading } = cursorAt(text, earlierOf(previous, text));
  const items = itemsOf(c, inside);
  if (c.lexed.endsInComment) openComment(c);
  const root: File = { kind: "file", start: 0, end: text.length, items: [around(items, inside, text.length)] };
  return { tree: new ParsedText(text, root, c.errors, reading), items };
}

function itemsOf(c: Cursor, inside: Inside): NftNode[] {
  switch (inside) {
    case "table":
      return read(c, tableRules());
    case "chain":
      return read(c, chainRules());
    case "set":
    case "map":
      return read(c, setRules(inside));
    case "flowtable":
      return read(c, flowtableRules);
    default:
      return read(c, objectRules(inside));
  }
}

/** To the end of the text, for the block's `}` stands in another file. */
function read<Item extends NftNode>(c: Cursor, rules: BlockRules<Item>): NftNode[] {
  const items: NftNode[] = [];
  for (;;) {
    while (c.kind === Kind.Newline || c.kind === Kind.Semicolon) c.take("punctuation");
    if (c.kind === Kind.End) return items;
    if (c.kind === Kind.CloseBrace) strayBrace(c);
    else items.push(blockItem(c, rules));
  }
}

function around(items: readonly NftNode[], inside: Inside, end: number): Table {
  const block = { start: 0, end, verb: undefined, name: undefined, body: undefined };
  const table = (items: readonly NftNode[]): Table => ({
    ...block,
    kind: "table",
    family: undefined,
    items: items as readonly TableItem[],
  });
  if (inside === "table") return table(items);
  const kind = inside === "chain" || inside === "flowtable" ? inside : "unknownItem";
  return table([{ ...block, kind, table: undefined, items } as NftNode]);
}
