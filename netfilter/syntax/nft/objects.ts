import { synproxyOption } from "./actions.js";
import { type BlockRules, block, head, optionalBlock } from "./blocks.js";
import type { Cursor } from "./cursor.js";
import { comment, timeValue } from "./elements.js";
import { value } from "./expressions.js";
import { Kind } from "./lexer.js";
import type {
  Expression,
  Name,
  ObjectDeclaration,
  ObjectItem,
  ObjectType,
  Setting,
  SymbolExpression,
  Synproxy,
  TableReference,
  Word,
} from "./nodes.js";
import { once } from "./once.js";
import { counterSettings, limitSettings, quotaSettings } from "./stateful.js";
import { tunnelItem } from "./tunnels.js";
import { families, wordList } from "./words.js";

type Item = Exclude<ObjectItem, { kind: "definition" | "include" | "unknownItem" }>;

/** What may stand in the block of each type of object besides a comment. */
const itemReaders: Readonly<Record<ObjectType, (c: Cursor) => Item>> = {
  counter: counterSettings,
  quota: (c) => quotaSettings(c),
  limit: (c) => limitSettings(c),
  "ct helper": helperItem,
  "ct timeout": timeoutItem,
  "ct expectation": expectationItem,
  secmark: secmarkContext,
  synproxy: synproxySettings,
  tunnel: tunnelItem,
};

const simpleTypes: ReadonlySet<string> = new Set(["counter", "quota", "limit", "secmark", "synproxy", "tunnel"]);
const connectionTypes: ReadonlySet<string> = new Set(["helper", "timeout", "expectation"]);

/** The type of object whose word or words are at hand. */
export function objectTypeAt(c: Cursor): ObjectType | undefined {
  if (simpleTypes.has(c.word)) return c.word as ObjectType;
  return c.word === "ct" && connectionTypes.has(c.peekWord()) ? (`ct ${c.peekWord()}` as ObjectType) : undefined;
}

/** Takes the word or words of an object's type. */
export function objectKeyword(c: Cursor, type: ObjectType): Word[] {
  const first = c.takeWord("keyword");
  return type.startsWith("ct ") ? [first, c.takeWord("keyword")] : [first];
}

/** `counter c { ... }` in a table; `objectTypeAt` has said yes. */
export function objectDeclaration(c: Cursor): ObjectDeclaration {
  const { start } = c;
  const type = objectTypeAt(c) as ObjectType;
  const keyword = objectKeyword(c, type);
  const name = head(c, () => c.expectName("objectName", `the name of the ${type}`));
  const { body, items } = block(c, start, objectRules(type));
  return {
    kind: "objectDeclaration",
    start,
    end: c.last,
    verb: undefined,
    type,
    keyword,
    table: undefined,
    name,
    body,
    items,
  };
}

/** Those that may be declared by name alone. */
const nameSuffices: ReadonlySet<ObjectType> = new Set(["counter", "quota"]);
/** Those whose settings may follow the name without braces. */
const inline: ReadonlySet<ObjectType> = new Set(["counter", "quota", "limit", "secmark", "synproxy"]);

/** `add counter ip t c`, `add quota t q over 10 mbytes`, `add ct helper t h { ... }`: what precedes the settings has been read. */
export function objectCommand(
  c: Cursor,
  start: number,
  verb: Word | undefined,
  type: ObjectType,
  keyword: Word[],
  table: TableReference,
  name: Name,
): ObjectDeclaration {
  const bare = c.kind !== Kind.OpenBrace && inline.has(type) && !(nameSuffices.has(type) && c.atSeparator);
  const settings: Item[] = bare ? [c.item(type, () => itemReaders[type](c))] : [];
  const mayEnd = bare || nameSuffices.has(type);
  const { body, items } = mayEnd ? optionalBlock(c, objectRules(type)) : block(c, start, objectRules(type));
  return {
    kind: "objectDeclaration",
    start,
    end: c.last,
    verb,
    type,
    keyword,
    table,
    name,
    body,
    items: [...settings, ...items],
  };
}

/** What may stand in the block of an object of this type. */
export function objectRules(type: ObjectType): BlockRules<Item> {
  const read = itemReaders[type];
  return {
    what: type,
    item: (c) => (c.word === "comment" ? comment(c) : read(c)),
    seen: once("object"),
    endless: (item) => item.kind !== "setting",
  };
}

/** The security context, quoted or not. */
function secmarkContext(c: Cursor): Item {
  if (c.kind === Kind.Quoted) return c.takeString();
  const { start, end } = c.expectString("the security context in quotes");
  return { kind: "symbol", start, end, name: c.text.slice(start, end) } satisfies SymbolExpression;
}

/** `mss 1460`, `wscale 7`, then perhaps `timestamp` and `sack-perm`, on one line or on three. */
function synproxySettings(c: Cursor): Synproxy {
  const { start } = c;
  const options = [synproxyOption(c, ["mss", "maxseg"])];
  const split = skipSeparator(c);
  options.push(synproxyOption(c, ["wscale"]));
  if (split && !skipSeparator(c)) c.fail("a line break or `;`");
  for (const words of [["timestamp"], ["sack-perm", "sack-permitted"]]) {
    if (words.includes(c.word)) options.push(synproxyOption(c, words));
  }
  return { kind: "synproxy", start, end: c.last, options };
}

function skipSeparator(c: Cursor): boolean {
  return c.accept(Kind.Newline) || c.accept(Kind.Semicolon);
}

// ---------------------------------------------------------------------------------------------- conntrack objects

const protocols = wordList("tcp udp");

function oneValue(c: Cursor, read: () => Expression | Word): Setting {
  const name = c.takeWord("keyword");
  const only = read();
  return { kind: "setting", start: name.start, end: c.last, name, values: [only], items: [] };
}

/** `protocol tcp` and `l3proto ip`, which all three have. */
function protocolItem(c: Cursor): Setting | undefined {
  if (c.word === "protocol") return oneValue(c, () => c.expectOneOf(protocols, "`tcp` or `udp`", "constant"));
  if (c.word === "l3proto")
    return oneValue(c, () => c.expectOneOf(families, "a family such as `ip` or `ip6`", "family"));
  return undefined;
}

/** `type "ftp" protocol tcp`. */
function helperItem(c: Cursor): Setting {
  if (c.word === "l3proto") return protocolItem(c) as Setting;
  const name = c.word === "type" ? c.takeWord("keyword") : c.failWord("`type` or `l3proto`", ["type", "l3proto"]);
  if (c.kind !== Kind.Quoted) c.fail('the name of a helper in double quotes, such as `"ftp"`');
  const helper = c.takeString();
  if (helper.value === "" || helper.value.length > 15) {
    c.report("badHelperName", helper, "The name of a helper has between 1 and 15 characters.");
  }
  c.expectWord("protocol");
  const protocol = c.expectOneOf(protocols, "`tcp` or `udp`", "constant");
  return { kind: "setting", start: name.start, end: c.last, name, values: [helper, protocol], items: [] };
}

/** `policy = { established : 1h, close : 10 }`. */
function timeoutItem(c: Cursor): Setting {
  const common = protocolItem(c);
  if (common) return common;
  const name =
    c.word === "policy" ? c.takeWord("keyword") : c.failWord("`protocol`, `l3proto` or `policy`", timeoutWords);
  c.expect(Kind.Assign, "`=`", "operator");
  const { start } = c;
  c.expect(Kind.OpenBrace, "`{` and states with their times");
  const elements: Expression[] = [stateTimeout(c)];
  while (c.accept(Kind.Comma)) elements.push(stateTimeout(c));
  c.expect(Kind.CloseBrace, "`,` or `}`");
  const list: Expression = { kind: "setLiteral", start, end: c.last, elements };
  return { kind: "setting", start: name.start, end: c.last, name, values: [list], items: [] };
}

const timeoutWords = ["protocol", "l3proto", "policy"];
const none: ReadonlySet<string> = new Set();

function stateTimeout(c: Cursor): Expression {
  const { start } = c;
  if (!c.atName) c.fail("a state of the protocol such as `established`");
  const key = value(c, none, "a state");
  c.expect(Kind.Colon, "`:` and a time");
  const time = c.kind === Kind.Number ? c.expectNumber("a time") : timeValue(c);
  return { kind: "element", start, end: c.last, key, options: [], value: time, valueOptions: [] };
}

const expectationWords = ["protocol", "l3proto", "dport", "timeout", "size"];

function expectationItem(c: Cursor): Setting {
  const common = protocolItem(c);
  if (common) return common;
  if (c.word === "timeout") return oneValue(c, () => timeValue(c));
  if (c.word === "dport" || c.word === "size") return oneValue(c, () => c.expectNumber("a number"));
  return c.failWord("`protocol`, `dport`, `timeout`, `size` or `l3proto`", expectationWords);
}
