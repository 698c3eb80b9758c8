import type { Analysis } from "../../analyze.js";
import type { Entry } from "../../facts/catalogue.js";
import { type Family, findHook, type Hook, hooksOf } from "../../facts/hooks.js";
import {
  datatypes,
  findDatatype,
  headers,
  keys,
  keysOf,
  keyword,
  keywords,
  statements,
} from "../../facts/nft/index.js";
import type { Header, HeaderGroup, KeyFamily, KeywordGroup, Statement } from "../../facts/nft/types.js";
import { priorityNamesAt } from "../../facts/priorities.js";
import { services } from "../../facts/services.js";
import { type Span, touches } from "../../text/span.js";
import { type Block, blockAround, statementBefore } from "../nftPlace.js";
import { lastStartingBefore } from "../place.js";
import { type Completion, distinct, entryItem, item } from "./item.js";
import { commandItems, namedTable } from "./nftCommand.js";

/** Where something is to be completed: the words of the statement before it and the block around it. */
interface Place {
  readonly analysis: Analysis;
  readonly span: Span;
  readonly offset: number;
  readonly block: Block;
  /** Texts and entries of the statement's finished words. */
  readonly words: readonly string[];
  readonly entries: readonly (Entry | undefined)[];
}

/** Proposals for an nftables file. */
export function nftCompletions(analysis: Analysis, offset: number): Completion[] {
  const place = placeAt(analysis, offset);
  const last = place.words.at(-1) ?? "";
  const command = place.block === "file" ? commandItems(analysis.ruleset, place.words, place.span) : undefined;
  const found =
    command ??
    byLastWord.get(last)?.(place) ??
    afterEntry(place) ??
    (place.words.length === 0 ? blockStart(place) : undefined);
  const inRule = place.block === "chain" || place.words.includes("rule");
  return distinct(found ?? (inRule ? ruleItems(place) : []));
}

function placeAt(analysis: Analysis, offset: number): Place {
  const { text, tokens } = analysis.tree;
  let [start, end] = [offset, offset];
  while (start > 0 && /[\w-]/.test(text[start - 1] as string)) start--;
  while (end < text.length && /[\w-]/.test(text[end] as string)) end++;
  const index = lastStartingBefore(tokens, start);
  const before = statementBefore(text, tokens, index, start);
  return {
    analysis,
    offset,
    span: { start, end },
    block: blockOf(analysis, index),
    words: before.map((token) => text.slice(token.start, token.end)),
    entries: before.map(({ entry }) => entry),
  };
}

const outerBlocks: ReadonlySet<string> = new Set(["table", "chain", "set", "map", "flowtable"]);

/** A piece of a block that stands in another file has no braces around it. */
function blockOf({ tree: { text, tokens }, inside }: Analysis, index: number): Block {
  const block = blockAround(text, tokens, index);
  if (block !== "file" || !inside) return block;
  return outerBlocks.has(inside) ? (inside as Block) : "object";
}

type Propose = (place: Place) => Completion[] | undefined;

/** What follows certain words wherever they stand; undefined leaves it to the catalogue. */
const byLastWord: ReadonlyMap<string, Propose> = new Map<string, Propose>(
  Object.entries({
    jump: chainItems,
    goto: chainItems,
    "@": setItems,
    $: variableItems,
    hook: hookItems,
    priority: (place) => (place.words.includes("hook") ? priorityItems(place) : undefined),
    policy: ({ block, span }) => ofGroups(span, block === "chain" ? ["policy"] : ["setPolicy"]),
    table: group("family"),
    flags: ({ block, span }) =>
      block === "table"
        ? ofGroups(span, ["tableFlag"])
        : block === "set" || block === "map"
          ? ofGroups(span, ["setFlag"])
          : undefined,
    type: ({ block, span, words }) =>
      words.length > 1 ? undefined : block === "chain" ? ofGroups(span, ["chainType"]) : typeItems(span),
    with: group("rejectType"),
    level: group("logLevel"),
    meta: family("meta"),
    ct: family("ct"),
    original: family("ct"),
    reply: family("ct"),
    rt: family("rt"),
    socket: family("socket"),
    fib: family("fib"),
    ipsec: family("ipsec"),
    option: ({ words, span }) => headerItems(span, words.at(-2) === "ip" ? "ip option" : "tcp option"),
    chunk: ({ span }) => headerItems(span, "sctp chunk"),
    exthdr: ({ span }) => headerItems(span, "exthdr"),
    include: () => [],
    define: () => [],
  } satisfies Record<string, Propose>),
);

function group(name: KeywordGroup): Propose {
  return ({ span }) => ofGroups(span, [name]);
}

function ofGroups(span: Span, groups: readonly KeywordGroup[]): Completion[] {
  return keywords.filter((entry) => groups.includes(entry.group)).map((entry) => entryItem(span, "keyword", entry));
}

function family(name: KeyFamily): Propose {
  return ({ span }) => keysOf(name).map((entry) => entryItem(span, "match", entry));
}

function headerItems(span: Span, of: HeaderGroup): Completion[] {
  return headers.filter((entry) => entry.group === of).map((entry) => entryItem(span, "match", entry));
}

function hookItems(place: Place): Completion[] {
  const family = familyOf(place);
  const found = hooksOf(family).map((hook) => findHook(hook, family));
  return found.filter((hook) => hook !== undefined).map((hook) => entryItem(place.span, "value", hook));
}

function priorityItems(place: Place): Completion[] {
  const hook = place.words[place.words.indexOf("hook") + 1] as Hook;
  return priorityNamesAt(familyOf(place), hook).map((name) => entryItem(place.span, "value", name));
}

function familyOf(place: Place): Family {
  return tablesHere(place)[0]?.family ?? "inet";
}

function typeItems(span: Span): Completion[] {
  return datatypes.filter(({ internal }) => !internal).map((entry) => entryItem(span, "value", entry));
}

/** A header is followed by its fields, a field or key by values, a statement by its options. */
function afterEntry(place: Place): Completion[] | undefined {
  const { entries, span, words } = place;
  const entry = entries.at(-1);
  if (entry && "fields" in entry) return (entry as Header).fields.map((field) => entryItem(span, "match", field));
  const latest = entries.findLast((each) => each && (each.kind === "statement" || "datatype" in each));
  if (latest && "datatype" in latest && (entry === latest || beforeValue.test(words.at(-1) ?? ""))) {
    return valueItems(place, latest.datatype as string);
  }
  const options = latest?.kind === "statement" ? ((latest as Statement).options ?? []) : [];
  if (options.length === 0) return undefined;
  return [...options.map((option) => ({ ...entryItem(span, "option", option), sort: "0" })), ...ruleItems(place)];
}

const beforeValue = /^(==|!=|[{,<>:|]|<=|>=|eq|ne|set)$/;

/** The names that a type's values have, and in a rule what a comparison may name besides. */
function valueItems(place: Place, datatype: string): Completion[] {
  const { span } = place;
  const type = findDatatype(datatype);
  const constants = type?.constants.map((constant) => entryItem(span, "value", constant)) ?? [];
  const ports =
    datatype === "inet_service"
      ? [...services].map(([name, port]) => item(span, "value", name, { detail: `port ${port}` }))
      : [];
  return [...constants, ...ports, ...setItems(place, "@"), ...variableItems(place, "$")];
}

/** The words with which a line in a block may start; in chains a rule may start besides. */
const blockWords: Readonly<Record<Block, string>> = {
  file: "table define redefine undefine include add create insert replace delete destroy flush rename reset list",
  table: "chain set map flowtable counter quota limit ct secmark synproxy tunnel flags comment define include",
  chain: "type policy comment define",
  set: "type typeof flags elements timeout gc-interval size policy auto-merge counter comment",
  map: "type typeof flags elements timeout gc-interval size policy counter comment",
  flowtable: "hook devices flags counter",
  object: "comment",
  elements: "",
};

function blockStart(place: Place): Completion[] {
  const { block, span } = place;
  const words = blockWords[block].split(" ").filter(Boolean);
  const own = words.map((word) => {
    const entry = keyword(word, "structure") ?? keyword(word);
    return { ...(entry ? entryItem(span, "keyword", entry) : item(span, "keyword", word)), sort: "0" };
  });
  return block === "chain" ? [...own, ...ruleItems(place)] : own;
}

/** What a rule may go on with: something to compare or something to do. */
function ruleItems({ span }: Place): Completion[] {
  const bare = keys.filter((key) => key.bare);
  const families = ["meta", "ct", "rt", "socket", "fib", "ipsec"].map((word) => item(span, "match", word));
  return [
    ...statements.map((entry) => ({ ...entryItem(span, "action", entry), sort: "0" })),
    ...headers
      .filter((entry) => entry.group === "payload")
      .map((entry) => ({ ...entryItem(span, "match", entry), sort: "1" })),
    ...families.map((entry) => ({ ...entry, sort: "1" })),
    ...bare.map((entry) => ({ ...entryItem(span, "match", entry), sort: "2" })),
  ];
}

function chainItems(place: Place): Completion[] {
  return tablesHere(place).flatMap(({ chains }) =>
    chains
      .filter(({ base }) => !base)
      .map(({ name }) => item(place.span, "chain", name, { detail: "chain of this table" })),
  );
}

function setItems(place: Place, sign = ""): Completion[] {
  return tablesHere(place).flatMap(({ sets }) =>
    sets.map(({ name, kind, keyType, valueType }) => {
      const detail = `${kind} of ${valueType ? `${keyType} : ${valueType}` : keyType}`;
      return item(place.span, "set", `${sign}${name}`, { detail });
    }),
  );
}

function variableItems({ analysis: { ruleset, sources }, span }: Place, sign = ""): Completion[] {
  return ruleset.variables.map(({ name, value }) => {
    const detail = sources.text.slice(value.start, value.end).replace(/\s+/g, " ").slice(0, 60);
    return item(span, "variable", `${sign}${name}`, { detail });
  });
}

/** The table around the place or named by its command, or all of them where none is. */
function tablesHere({ analysis: { ruleset }, block, offset, words }: Place) {
  const named = block === "file" ? namedTable(ruleset, words) : undefined;
  if (named) return [named];
  const around = ruleset.tables.filter(({ blocks }) => blocks.some((block) => touches(block, offset)));
  return around.length > 0 ? around : ruleset.tables;
}
