import { type BlockRules, block } from "./blocks.js";
import type { Cursor } from "./cursor.js";
import { value } from "./expressions.js";
import { Kind } from "./lexer.js";
import type { Expression, Setting, Word } from "./nodes.js";
import { wordList } from "./words.js";

type Read = (c: Cursor) => (Expression | Word)[];

const number: Read = (c) => [c.expectNumber("a number")];

const directions = wordList("ingress egress");
const addresses = wordList("saddr daddr");
const none: ReadonlySet<string> = new Set();

const settings = new Map<string, Read>([
  ["id", number],
  ["sport", number],
  ["dport", number],
  ["ttl", number],
  ["tos", number],
  ["ip", address],
  ["ip6", address],
]);

const erspan = new Map<string, Read>([
  ["version", number],
  ["index", number],
  ["id", number],
  ["direction", (c) => [c.expectOneOf(directions, "`ingress` or `egress`", "constant")]],
]);

const vxlan = new Map<string, Read>([["gbp", number]]);

const geneve = new Map<string, Read>([["class", geneveOption]]);

/** What each kind of tunnel may have between braces. */
const kinds = new Map([
  ["erspan", erspan],
  ["vxlan", vxlan],
  ["geneve", geneve],
]);

/** One line of a tunnel object: `id 10`, `ip saddr 10.0.0.1`, `vxlan { gbp 200; }`. */
export function tunnelItem(c: Cursor): Setting {
  const inner = kinds.get(c.word);
  if (!inner) return oneSetting(c, settings, [...settings.keys(), ...kinds.keys()]);
  const name = c.takeWord("keyword");
  const { items } = block(c, name.start, innerRules(name.text, inner));
  return { kind: "setting", start: name.start, end: c.last, name, values: [], items };
}

function innerRules(what: string, known: ReadonlyMap<string, Read>): BlockRules<Setting> {
  return { what, item: (c) => oneSetting(c, known, [...known.keys()]) };
}

function oneSetting(c: Cursor, known: ReadonlyMap<string, Read>, words: readonly string[]): Setting {
  const read = known.get(c.word);
  if (!read) return c.failWord(`a setting of the tunnel: ${words.map((word) => `\`${word}\``).join(", ")}`, words);
  const name = c.takeWord("keyword");
  const values = read(c);
  return { kind: "setting", start: name.start, end: c.last, name, values, items: [] };
}

function address(c: Cursor): (Expression | Word)[] {
  const side = c.expectOneOf(addresses, "`saddr` or `daddr`");
  if (c.kind === Kind.Number) c.fail("an address");
  return [side, value(c, none, "an address")];
}

/** `class 1 opt-type 2 data "0x12"`. */
function geneveOption(c: Cursor): (Expression | Word)[] {
  const values: (Expression | Word)[] = [c.expectNumber("the class of the option")];
  values.push(c.expectWord("opt-type"), c.expectNumber("the type of the option"));
  values.push(c.expectWord("data"), c.expectString("the data of the option"));
  return values;
}
