import type { Cursor } from "./cursor.js";
import { definition, include } from "./definitions.js";
import { insertion } from "./fixes.js";
import { Kind } from "./lexer.js";
import type { Block, Definition, Include, NftNode, UnknownItem } from "./nodes.js";
import { closeFollows, deeperLineFollows, skipStatement, skipToBrace } from "./recovery.js";

/** What may stand in any block. */
export type CommonItem = Definition | Include | UnknownItem;

export interface BlockOf<Item> {
  readonly body: Block | undefined;
  readonly items: readonly (Item | CommonItem)[];
}

/** How a kind of block is read. */
export interface BlockRules<Item> {
  /** Its name for people: `chain`. */
  readonly what: string;
  /** True for tables and chains, whose variables are their own. */
  readonly scope?: boolean;
  /** True where definitions and includes may not stand. */
  readonly plain?: boolean;
  readonly item: (c: Cursor) => Item;
  /** Is told every item that was read. */
  readonly seen?: (c: Cursor, item: Item | CommonItem) => void;
  /** True for an item after which neither line break nor `;` is needed. */
  readonly endless?: (item: Item, c: Cursor) => boolean;
}

/** A block that must be there; its head begins at `start`. Whatever stands where its `{` should is told once and skipped. */
export function block<Item extends NftNode>(c: Cursor, start: number, rules: BlockRules<Item>): BlockOf<Item> {
  if (!openBrace(c, start, rules.what)) return { body: undefined, items: [] };
  return blockAt(c, rules);
}

/** A block that may be there. */
export function optionalBlock<Item extends NftNode>(c: Cursor, rules: BlockRules<Item>): BlockOf<Item> {
  if (c.kind === Kind.Newline && c.peek() === Kind.OpenBrace) {
    c.take("punctuation");
    c.report(
      "braceOnNextLine",
      c,
      `This \`{\` must stand on the line above, right after the head of the ${rules.what}.`,
    );
  }
  return c.kind === Kind.OpenBrace ? blockAt(c, rules) : { body: undefined, items: [] };
}

/**
 * True when the block begins here. A `{` on the next line is an error, but read as if it stood where it should, and so are lines
 * indented more than the head when there is no `{` at all.
 */
function openBrace(c: Cursor, start: number, what: string): boolean {
  if (c.kind === Kind.OpenBrace) return true;
  if (!c.toldSince(start)) c.attempt(() => c.fail(`\`{\` on the same line, which opens the ${what}`));
  if (c.kind === Kind.Newline && c.peek() === Kind.OpenBrace) c.take("punctuation");
  else skipToBrace(c);
  return (
    c.kind === Kind.OpenBrace || (c.kind === Kind.Newline && (deeperLineFollows(c, start) || closeFollows(c, start)))
  );
}

/** Runs `read` for what stands between a block's keyword and its `{`; an error there does not cost the block. */
export function head<T>(c: Cursor, read: () => T): T | undefined {
  const result = c.attempt(read);
  if (result === undefined) skipToBrace(c);
  return result;
}

function blockAt<Item extends NftNode>(c: Cursor, rules: BlockRules<Item>): BlockOf<Item> {
  const open = c.start;
  const read = () => {
    c.accept(Kind.OpenBrace);
    return c.nested(() => blockItems(c, rules, open));
  };
  const items = rules.scope ? c.scoped(read) : read();
  return { body: { open, close: c.last }, items };
}

function blockItems<Item extends NftNode>(c: Cursor, rules: BlockRules<Item>, open: number): (Item | CommonItem)[] {
  const items: (Item | CommonItem)[] = [];
  for (;;) {
    while (c.kind === Kind.Newline || c.kind === Kind.Semicolon) c.take("punctuation");
    if (c.accept(Kind.CloseBrace) || isUnclosed(c, rules.what, open)) return items;
    items.push(blockItem(c, rules));
  }
}

/** One item of a block; what cannot be read is skipped to the next line break or `;`. */
export function blockItem<Item extends NftNode>(c: Cursor, rules: BlockRules<Item>): Item | CommonItem {
  const item = c.item(rules.plain ? "plain" : rules.what, () => readItem(c, rules));
  rules.seen?.(c, item);
  return item;
}

function readItem<Item extends NftNode>(c: Cursor, rules: BlockRules<Item>): Item | CommonItem {
  const { index, start } = c;
  const told = c.errors.length;
  const item = c.attempt(() => (rules.plain ? undefined : commonItem(c)) ?? rules.item(c));
  if (item === undefined) return skipped(c, index, start);
  const endless = item.kind !== "definition" && item.kind !== "include" && rules.endless?.(item as Item, c);
  if (!endless && !c.atSeparator && c.errors.length === told) missingEnd(c, index);
  return item;
}

function skipped(c: Cursor, index: number, start: number): UnknownItem {
  skipStatement(c, index);
  if (c.index === index) c.take("unknown");
  return { kind: "unknownItem", start, end: Math.max(start, c.last) };
}

/** `define`, `redefine`, `undefine` and `include` stand at file level and in every block. */
export function commonItem(c: Cursor): Definition | Include | undefined {
  switch (c.word) {
    case "define":
    case "redefine":
    case "undefine":
      return definition(c);
    case "include":
      return include(c);
    default:
      return undefined;
  }
}

/** Only a line break or `;` may follow an item, even before the `}` that closes the block. */
function missingEnd(c: Cursor, index: number): void {
  if (c.kind === Kind.CloseBrace) {
    const fix = insertion("Put `;` before `}`", c.last, ";");
    c.report("missingSeparator", c, "nft needs a line break or `;` before this `}`. Put one there.", [fix]);
    return;
  }
  c.attempt(() => c.fail("a line break or `;`"));
  skipStatement(c, index);
}

/** True where the block evidently ends without its `}`: at the end of the file, before the head of another block or a command. */
function isUnclosed(c: Cursor, what: string, open: number): boolean {
  const atEnd = c.kind === Kind.End;
  if (!atEnd && !opensOuterBlock(c, what) && !startsCommand(c)) return false;
  if (c.toldOnLineOf(open)) return true;
  const next = atEnd ? "The file ends" : "Something else begins";
  c.report("unclosedBlock", c, `${next}, but the ${what} before was never closed: its \`}\` is missing.`);
  return true;
}

const outerBlocks: ReadonlySet<string> = new Set(["chain", "set", "map", "flowtable"]);
/** In a chain these begin statements. */
const outerObjects: ReadonlySet<string> = new Set("counter quota limit secmark synproxy tunnel".split(" "));

/** `chain d {` within a chain, `table ip t {` within anything. */
function opensOuterBlock(c: Cursor, what: string): boolean {
  if (c.word === "table") return namesThenBrace(c, 2);
  const outer = outerBlocks.has(c.word) || (what !== "chain" && outerObjects.has(c.word));
  return outer && what !== "table" && namesThenBrace(c, 3);
}

/** True where up to `most` words and a `{` follow the one at hand. */
function namesThenBrace(c: Cursor, most: number): boolean {
  for (let ahead = 1; ahead <= most; ahead++) {
    if (c.peek(ahead) !== Kind.Word && c.peek(ahead) !== Kind.Literal) return false;
    if (c.peek(ahead + 1) === Kind.OpenBrace) return true;
  }
  return false;
}

const commandWords: ReadonlySet<string> = new Set(
  "add create insert replace delete destroy flush rename list".split(" "),
);
const commandObjects: ReadonlySet<string> = new Set("table chain rule set map element flowtable ruleset".split(" "));

function startsCommand(c: Cursor): boolean {
  return commandWords.has(c.word) && commandObjects.has(c.peekWord());
}
