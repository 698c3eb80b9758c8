import { findDatatype } from "../../facts/nft/index.js";
import { type BlockRules, block, head } from "./blocks.js";
import { flags } from "./chains.js";
import type { Cursor } from "./cursor.js";
import { comment, setLiteral, timeValue } from "./elements.js";
import { variable } from "./expressions.js";
import { Kind } from "./lexer.js";
import type {
  Elements,
  Expression,
  Name,
  SetDeclaration,
  SetItem,
  SetLiteral,
  SetType,
  SetTypeof,
  Setting,
  TableReference,
  Variable,
  Word,
} from "./nodes.js";
import { once } from "./once.js";
import { selector, startsSelector } from "./selectors.js";
import { startsStateful, stateful } from "./stateful.js";
import { datatypeWords, setFlags, setPolicies, wordList } from "./words.js";

/** `set s { ... }` or `map m { ... }` in a table; the word is at hand. */
export function setDeclaration(c: Cursor): SetDeclaration {
  const keyword = c.takeWord("keyword");
  const name = head(c, () => c.expectName("setName", `the name of the ${keyword.text}`));
  const { body, items } = block(c, keyword.start, setRules(keyword.text));
  return {
    kind: "setDeclaration",
    start: keyword.start,
    end: c.last,
    verb: undefined,
    keyword,
    table: undefined,
    name,
    body,
    items,
  };
}

/** `add set ip t s { ... }`: what precedes the block has been read. */
export function setCommand(
  c: Cursor,
  start: number,
  verb: Word | undefined,
  keyword: Word,
  table: TableReference,
  name: Name,
): SetDeclaration {
  const { body, items } = block(c, start, setRules(keyword.text));
  return { kind: "setDeclaration", start, end: c.last, verb, keyword, table, name, body, items };
}

type Item = Exclude<SetItem, { kind: "definition" | "include" | "unknownItem" }>;

/** What may stand in the block of a set or map. */
export function setRules(what: string): BlockRules<Item> {
  const isMap = what === "map";
  return { what, item: (c) => setItem(c, isMap), seen: once(isMap ? "map" : "set"), endless: isEndless };
}

/** After its elements and after `auto-merge` a set may be closed at once; statements with state may share a line. */
function isEndless(item: Item, c: Cursor): boolean {
  if (item.kind === "setting") return item.name.text === "auto-merge";
  return item.kind === "elements" || (stateKinds.has(item.kind) && startsStateful(c));
}

const stateKinds: ReadonlySet<Item["kind"]> = new Set(["counter", "limit", "quota", "connectionLimit", "last"]);

function setItem(c: Cursor, isMap: boolean): Item {
  const read = readers.get(c.word);
  if (read) return read(c, isMap);
  if (startsStateful(c)) return stateful(c);
  return c.failWord(
    `what a ${isMap ? "map" : "set"} is made of, such as \`type\`, \`flags\` or \`elements\``,
    readers.keys(),
  );
}

const readers = new Map<string, (c: Cursor, isMap: boolean) => Item>([
  ["type", setType],
  ["typeof", setTypeof],
  ["flags", (c) => flags(c, setFlags, "a flag of the set: `constant`, `interval`, `timeout` or `dynamic`")],
  ["timeout", timeSetting],
  ["gc-interval", timeSetting],
  ["size", (c) => setting(c, () => c.expectNumber("a number of elements"))],
  ["policy", (c) => setting(c, () => c.expectOneOf(setPolicies, "`performance` or `memory`", "constant"))],
  [
    "auto-merge",
    (c, isMap) => (isMap ? c.fail("what a map is made of; only a set's ranges can be merged") : setting(c)),
  ],
  ["elements", elements],
  ["comment", comment],
]);

function setting(c: Cursor, read?: () => Expression | Word): Setting {
  const name = c.takeWord("keyword");
  const values = read ? [read()] : [];
  return { kind: "setting", start: name.start, end: c.last, name, values, items: [] };
}

function timeSetting(c: Cursor): Setting {
  return setting(c, () => timeValue(c));
}

function elements(c: Cursor): Elements {
  const { start } = c;
  c.take("keyword");
  c.expect(Kind.Assign, "`=`", "operator");
  const value = elementsValue(c);
  return { kind: "elements", start, end: c.last, value };
}

/** `{ ... }` or a variable that holds one. */
export function elementsValue(c: Cursor): SetLiteral | Variable {
  return c.kind === Kind.Dollar ? variable(c) : setLiteral(c);
}

// ---------------------------------------------------------------------------------------------- types

const objectTypes = wordList("counter quota limit secmark synproxy");
const connectionObjects = wordList("timeout expectation");

/** `type ipv4_addr . inet_service`, in a map also `: verdict`. */
function setType(c: Cursor, isMap: boolean): SetType {
  const { start } = c;
  c.take("keyword");
  const key = typeNames(c);
  if (!isMap)
    return { kind: "setType", start, end: c.last, key, interval: undefined, value: [], objectType: undefined };
  c.expect(Kind.Colon, "`:` and the type of what the map gives");
  const object = c.acceptOneOf(objectTypes);
  if (object)
    return { kind: "setType", start, end: c.last, key, interval: undefined, value: [object], objectType: object.text };
  const interval = c.acceptWord("interval");
  const value = typeNames(c, objectTypes.keys());
  return { kind: "setType", start, end: c.last, key, interval, value, objectType: undefined };
}

function typeNames(c: Cursor, others: Iterable<string> = []): Word[] {
  const names = [typeName(c, others)];
  while (c.accept(Kind.Dot, "operator")) names.push(typeName(c));
  return names;
}

/** Types that nft knows by no name, or by one that is a word of its grammar, so that only `typeof` reaches them. */
const namelessTypes: ReadonlySet<string> = new Set(["date", "day", "hour", "mptcp_subtype", "queue"]);

function typeName(c: Cursor, others: Iterable<string> = []): Word {
  const entry = namelessTypes.has(c.word) ? undefined : findDatatype(c.word);
  return entry
    ? c.takeWord("constant", entry)
    : c.failWord("the name of a type such as `ipv4_addr` or `inet_service`", [...datatypeWords, ...others]);
}

/** `typeof ip saddr . tcp dport`, in a map also `: meta mark`. */
function setTypeof(c: Cursor, isMap: boolean): SetTypeof {
  const { start } = c;
  c.take("keyword");
  const key = selectors(c);
  const nothing = { interval: undefined, value: undefined, objectType: undefined };
  if (!isMap) return { kind: "setTypeof", start, end: c.last, key, ...nothing };
  c.expect(Kind.Colon, "`:` and what the map gives");
  const value = typeofValue(c);
  return { kind: "setTypeof", start, end: c.last, key, ...nothing, ...value };
}

function typeofValue(c: Cursor): Partial<Pick<SetTypeof, "interval" | "value" | "objectType">> {
  const object = c.acceptOneOf(objectTypes);
  if (object) return { value: object, objectType: object.text };
  if (c.word === "ct" && (connectionObjects.has(c.peekWord()) || c.peekWord() === "helper")) return connectionObject(c);
  if (c.word === "verdict" || c.word === "queue") return { value: c.takeWord("constant", findDatatype(c.word)) };
  const interval = c.acceptWord("interval");
  return { interval, value: selectors(c) };
}

function connectionObject(c: Cursor): Pick<SetTypeof, "value" | "objectType"> {
  const { start } = c;
  c.take("keyword");
  const { text, end } = c.takeWord("keyword");
  return {
    value: { kind: "word", start, end, text: `ct ${text}` },
    objectType: `ct ${text}`,
  };
}

function selectors(c: Cursor): Expression {
  const { start } = c;
  const parts = [oneSelector(c)];
  while (c.accept(Kind.Dot, "operator")) parts.push(oneSelector(c));
  return parts.length === 1 ? (parts[0] as Expression) : { kind: "concatenation", start, end: c.last, parts };
}

function oneSelector(c: Cursor): Expression {
  return startsSelector(c) ? selector(c) : c.fail("an expression such as `ip saddr`");
}
