import { type BlockRules, block, head } from "./blocks.js";
import { devices, flags, priority } from "./chains.js";
import type { Cursor } from "./cursor.js";
import type { Flowtable, FlowtableItem, HookDeclaration, Name, Setting, TableReference, Word } from "./nodes.js";
import { hooks, wordList } from "./words.js";

/** `flowtable f { ... }` in a table; the word is at hand. */
export function flowtable(c: Cursor): Flowtable {
  const { start } = c;
  c.take("keyword");
  const name = head(c, () => c.expectName("objectName", "the name of the flowtable"));
  const { body, items } = block(c, start, flowtableRules);
  return { kind: "flowtable", start, end: c.last, verb: undefined, table: undefined, name, body, items };
}

/** `add flowtable ip t f { ... }`: what precedes the block has been read. */
export function flowtableCommand(
  c: Cursor,
  start: number,
  verb: Word | undefined,
  table: TableReference,
  name: Name,
): Flowtable {
  const { body, items } = block(c, start, flowtableRules);
  return { kind: "flowtable", start, end: c.last, verb, table, name, body, items };
}

type Item = Exclude<FlowtableItem, { kind: "definition" | "include" | "unknownItem" }>;

export const flowtableRules: BlockRules<Item> = {
  what: "flowtable",
  item: flowtableItem,
  endless: (item) => item.kind === "setting",
};

function flowtableItem(c: Cursor): Item {
  switch (c.word) {
    case "hook":
      return hook(c);
    case "devices":
      return devices(c);
    case "flags":
      return flags(c, wordList("offload"), "`offload`");
    case "counter":
      return counter(c);
    default:
      return c.failWord("`hook`, `devices`, `flags` or `counter`", ["hook", "devices", "flags", "counter"]);
  }
}

/** `hook ingress priority 0`. */
function hook(c: Cursor): HookDeclaration {
  const { start } = c;
  c.take("keyword");
  const name = c.expectOneOf(hooks, "the hook `ingress`", "hook");
  const order = priority(c);
  return {
    kind: "hookDeclaration",
    start,
    end: order.end,
    type: undefined,
    hook: name,
    devices: undefined,
    priority: order,
  };
}

function counter(c: Cursor): Setting {
  const name = c.takeWord("keyword");
  return { kind: "setting", start: name.start, end: name.end, name, values: [], items: [] };
}
