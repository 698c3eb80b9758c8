import type { Entry } from "../catalogue.js";
import { datatypes } from "./datatypes/index.js";
import { headers } from "./headers/index.js";
import { keys } from "./keys/index.js";
import { keywords } from "./keywords/index.js";
import { statements } from "./statements/index.js";
import type {
  Constant,
  Datatype,
  Field,
  Header,
  HeaderGroup,
  Key,
  KeyFamily,
  Keyword,
  KeywordGroup,
  Statement,
} from "./types.js";

export { datatypes, headers, keys, keywords, statements };

const statementOf = new Map(statements.map((entry) => [entry.word, entry]));
const headerOf = new Map(headers.map((entry) => [`${entry.group} ${entry.word}`, entry]));
const keyOf = new Map(keys.map((entry) => [`${entry.family} ${entry.word}`, entry]));
const datatypeOf = new Map(datatypes.map((entry) => [entry.word, entry]));
const keywordsOf = groupBy(keywords, ({ word }) => word);
const fieldsOf = new WeakMap<Header, Map<string, Field>>();
const constantsOf = new WeakMap<Datatype, Map<string, Constant>>();

/** What a rule can do, by its first word, or by two where the second tells: `masquerade`, `ct count`, `flow add`. */
export function findStatement(word: string): Statement | undefined {
  return statementOf.get(word);
}

/** A header by the word before its fields. */
export function findHeader(word: string, group: HeaderGroup = "payload"): Header | undefined {
  return headerOf.get(`${group} ${word}`);
}

/** A field of a header. */
export function findField(header: Header, word: string): Field | undefined {
  return memo(fieldsOf, header, () => byWord(header.fields)).get(word);
}

/** `findKey("ct", "state")`. */
export function findKey(family: KeyFamily, word: string): Key | undefined {
  return keyOf.get(`${family} ${word}`);
}

/** All keys of one family, for completion. */
export function keysOf(family: KeyFamily): readonly Key[] {
  return keys.filter((key) => key.family === family);
}

export function findDatatype(word: string): Datatype | undefined {
  return datatypeOf.get(word);
}

/** A name that a value of the type has. */
export function findConstant(datatype: Datatype, word: string): Constant | undefined {
  return memo(constantsOf, datatype, () => byWord(datatype.constants)).get(word);
}

/** A word of structure, an option, a flag, a unit or an operator; where it stands in several lists, `group` chooses. */
export function keyword(word: string, group?: KeywordGroup): Keyword | undefined {
  const found = keywordsOf.get(word);
  return group === undefined ? found?.[0] : found?.find((entry) => entry.group === group);
}

/** Every entry of the nftables catalogue. */
export function allEntries(): readonly Entry[] {
  return [
    ...keywords,
    ...statements,
    ...statements.flatMap(({ options }) => options ?? []),
    ...headers,
    ...headers.flatMap(({ fields }) => fields),
    ...keys,
    ...datatypes,
    ...datatypes.flatMap(({ constants }) => constants),
  ];
}

function byWord<T extends Entry>(entries: readonly T[]): Map<string, T> {
  return new Map(entries.map((entry) => [entry.word, entry]));
}

function memo<K extends object, V>(cache: WeakMap<K, V>, key: K, make: () => V): V {
  let value = cache.get(key);
  if (value === undefined) {
    value = make();
    cache.set(key, value);
  }
  return value;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
