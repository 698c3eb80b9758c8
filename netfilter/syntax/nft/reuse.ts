import type { Change } from "../../text/change.js";
import type { Span } from "../../text/span.js";
import { Cursor } from "./cursor.js";
import { type Lexed, lex } from "./lexer.js";
import type { Block, NftNode } from "./nodes.js";
import { Rule } from "./ruleNode.js";
import { Rules } from "./rules.js";
import { TokenNotes } from "./tokens.js";

/** One item of a file or block as it was read, by the tokens that it is made of. */
export interface ReadItem {
  /** Its first token. */
  first: number;
  /** The token behind it; -1 for an item with a fault, which is never taken over. */
  after: number;
  node: NftNode | undefined;
  /** The kind of block in which it stands, and how deep. */
  readonly block: string;
  readonly level: number;
  /** The nodes that it is made of, without those of items within it; found when it is first moved. */
  parts?: NftNode[];
}

/** What is kept of a text for the next version of it. */
export interface Reading {
  readonly lexed: Lexed;
  readonly notes: TokenNotes;
  /** Those of all blocks, each before the items within it. */
  readonly items: ReadItem[];
  readonly rules: Rules;
}

/** A reading of an earlier version of a text, and what has changed since. */
export interface Earlier extends Change {
  readonly reading: Reading;
}

/** Begins to read a text. Items that have not changed since an earlier version are taken over from it. */
export function cursorAt(text: string, earlier?: Earlier): { readonly c: Cursor; readonly reading: Reading } {
  const lexed = lex(text, earlier);
  const rules = earlier?.reading.rules ?? new Rules();
  const reading: Reading = { lexed, notes: new TokenNotes(lexed), items: [], rules };
  rules.follow(reading);
  return { c: new Cursor(reading, earlier && new KeptItems(earlier, reading)), reading };
}

/** So many tokens behind an item the parser may look before it is done with it. */
const lookahead = 2;

/**
 * The items of an earlier version of a text that stand unchanged before and behind what was edited. What is taken over moves to
 * its new place, so that the earlier reading is of no use afterwards.
 */
export class KeptItems {
  /** So many tokens are the same at both texts' start. */
  private readonly head: number;
  /** The first of those tokens that are the same up to both texts' end. */
  private readonly tail: number;
  /** By how much the tokens behind the edit have moved. */
  private readonly tokenShift: number;
  private readonly shift: number;
  private readonly before: Reading;
  private next = 0;

  constructor(
    { reading, head, tail, shift }: Earlier,
    private readonly after: Reading,
  ) {
    this.before = reading;
    this.shift = shift;
    this.tokenShift = after.lexed.count - reading.lexed.count;
    this.head = sameAtStart(reading.lexed, after.lexed, head);
    this.tail = sameAtEnd(reading.lexed, after.lexed, tail, shift);
    after.notes.copy(reading.notes, 0, this.head, 0);
    after.notes.copy(reading.notes, this.tail - this.tokenShift, reading.lexed.count, this.tokenShift);
  }

  /** Takes over the item that begins at a token, and what is within it; undefined where it must be read. */
  take(first: number, block: string, level: number): ReadItem | undefined {
    const behind = first >= this.tail;
    if (!behind && first >= this.head) return undefined;
    const item = this.itemAt(behind ? first - this.tokenShift : first);
    if (!item || item.after < 0 || item.block !== block || item.level !== level) return undefined;
    const last = Math.min(item.after + lookahead - 1, this.before.lexed.count - 1);
    if (!behind && last >= this.head) return undefined;
    this.takeWithin(item.after, behind);
    return item;
  }

  /** Items are sought in the order of the text. */
  private itemAt(first: number): ReadItem | undefined {
    const { items } = this.before;
    while (this.next < items.length && (items[this.next] as ReadItem).first < first) this.next++;
    const found = items[this.next];
    return found?.first === first ? found : undefined;
  }

  /** The item at hand and those within it. */
  private takeWithin(end: number, behind: boolean): void {
    const { items } = this.before;
    for (let item = items[this.next]; item && item.first < end; item = items[++this.next]) {
      if (behind) this.move(item);
      this.after.items.push(item);
    }
  }

  private move(item: ReadItem): void {
    const { shift } = this;
    item.first += this.tokenShift;
    item.after += this.tokenShift;
    if (shift === 0) return;
    if (item.node instanceof Rule && item.node.forget()) {
      moveSpan(item.node, shift);
      return;
    }
    item.parts ??= partsOf(item.node as NftNode);
    for (const part of item.parts) moveSpan(part, shift);
    const { body } = item.node as NftNode & { readonly body?: Writable<Block> };
    if (!body) return;
    body.open += shift;
    body.close += shift;
  }
}

function sameAtStart(a: Lexed, b: Lexed, textEnd: number): number {
  const most = Math.min(a.count, b.count);
  let at = 0;
  while (
    at < most &&
    (b.ends[at] as number) <= textEnd &&
    a.kinds[at] === b.kinds[at] &&
    a.starts[at] === b.starts[at] &&
    a.ends[at] === b.ends[at]
  )
    at++;
  return at;
}

function sameAtEnd(a: Lexed, b: Lexed, textStart: number, shift: number): number {
  const moved = b.count - a.count;
  const least = Math.max(0, moved);
  let at = b.count;
  while (
    at > least &&
    (b.starts[at - 1] as number) >= textStart &&
    a.kinds[at - 1 - moved] === b.kinds[at - 1] &&
    (a.starts[at - 1 - moved] as number) + shift === b.starts[at - 1] &&
    (a.ends[at - 1 - moved] as number) + shift === b.ends[at - 1]
  )
    at--;
  return at;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function moveSpan(node: NftNode, by: number): void {
  const span: Writable<Span> = node;
  span.start += by;
  span.end += by;
}

function partsOf(item: NftNode): NftNode[] {
  const parts: NftNode[] = [];
  collect(item, parts);
  return parts;
}

/** Nothing stands in two places of a tree, and the items of a block are moved by themselves. */
function collect(node: NftNode, found: NftNode[]): void {
  found.push(node);
  if (node instanceof Rule) {
    for (const part of node.children) collect(part, found);
    return;
  }
  for (const name in node) {
    if (name === "items" && node.kind !== "list") continue;
    const value: unknown = node[name as keyof NftNode];
    if (Array.isArray(value)) for (const part of value) collect(part, found);
    else if (typeof value === "object" && value !== null && "kind" in value) collect(value as NftNode, found);
  }
}
