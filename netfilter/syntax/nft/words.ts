import type { Entry } from "../../facts/catalogue.js";
import { datatypes, findStatement, headers, keys, keyword, keywords } from "../../facts/nft/index.js";
import type { Header, HeaderGroup, Key, KeyFamily, KeywordGroup, Statement } from "../../facts/nft/types.js";

/** The catalogue as the parser asks it: one map for each place in the grammar where words of a closed list stand. */
export type Words<T extends Entry | undefined = Entry> = ReadonlyMap<string, T>;

/** A header with its fields by name. */
export interface HeaderWords {
  readonly entry: Header;
  readonly fields: Words;
}

export const payloadHeaders = headersOf("payload");
export const extensionHeaders = headersOf("exthdr");
export const tcpOptions = withAlias(headersOf("tcp option"), "noop", "nop");
export const ipOptions = headersOf("ip option");
export const sctpChunks = headersOf("sctp chunk");

export const metaKeys = keysOf("meta");
/** Keys that may stand without `meta`. */
export const bareMetaKeys: Words<Key> = new Map([...metaKeys].filter(([, key]) => key.bare));
export const ctKeys = keysOf("ct");
export const rtKeys = keysOf("rt");
export const socketKeys = keysOf("socket");
export const osfKeys = keysOf("osf");
export const fibKeys = keysOf("fib");
export const ipsecKeys = keysOf("ipsec");
export const tunnelKeys = keysOf("tunnel");
export const numgenModes = keysOf("numgen");

export const chainTypes = group("chainType");
export const hooks = group("hook");
export const tableFlags = group("tableFlag");
export const setFlags = group("setFlag");
export const setPolicies = group("setPolicy");
export const logLevels = group("logLevel");
export const natFlags = group("natFlag");
export const queueFlags = group("queueFlag");
export const timeUnits = group("rateUnit");
export const byteUnits = group("sizeUnit");
export const families = group("family");
export const commands = group("command");

/** The entry of a statement, for a hover. */
export function statementEntry(word: string): Statement | undefined {
  return findStatement(word);
}

/** The entry of an option of a statement, else of a word of structure. */
export function optionEntry(statement: string, word: string): Entry | undefined {
  return findStatement(statement)?.options?.find((option) => option.word === word) ?? keyword(word);
}

function headersOf(wanted: HeaderGroup): ReadonlyMap<string, HeaderWords> {
  const found = headers.filter((header) => header.group === wanted);
  return new Map(found.map((entry) => [entry.word, { entry, fields: byWord(entry.fields) }]));
}

function withAlias<T>(words: ReadonlyMap<string, T>, alias: string, word: string): ReadonlyMap<string, T> {
  const meant = words.get(word);
  return meant === undefined ? words : new Map([...words, [alias, meant]]);
}

function keysOf(family: KeyFamily): Words<Key> {
  return byWord(keys.filter((key) => key.family === family));
}

function group(wanted: KeywordGroup): Words {
  return byWord(keywords.filter((entry) => entry.group === wanted));
}

/** Where a word stands twice (hooks and priorities differ by family) the first one is kept. */
function byWord<T extends Entry>(entries: readonly T[]): Words<T> {
  return new Map(entries.toReversed().map((entry) => [entry.word, entry]));
}

/** Words of the grammar itself, with what the catalogue says of them. */
export function wordList(words: string): Words<Entry | undefined> {
  return new Map(words.split(" ").map((word) => [word, keyword(word)]));
}

/** Names of types, for a misspelled one. */
export const datatypeWords: readonly string[] = datatypes.filter((type) => !type.internal).map(({ word }) => word);
