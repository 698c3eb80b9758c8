import type { Key, KeyFamily } from "../types.js";

/** A key as a row: word, datatype, bits, meaning, and what is special about it. */
export type KeyRow = readonly [
  word: string,
  datatype: string,
  bits: number,
  doc: string,
  more?: Partial<Omit<Key, "kind" | "word" | "family" | "datatype" | "bits" | "doc">>,
];

/** Makes the keys of one family; where nothing else is said they are read-only and in host byte order. */
export function keysOfFamily(family: KeyFamily, rows: readonly KeyRow[]): readonly Key[] {
  return rows.map(([word, datatype, bits, doc, more]) => ({
    kind: "expression",
    family,
    word,
    datatype,
    bits,
    byteorder: "host",
    writable: false,
    forms: forms(family, word, datatype, more),
    doc,
    ...more,
  }));
}

/** What stands before the keys of a family where that is more than its word. */
const starts: Partial<Record<KeyFamily, string>> = {
  fib: "fib saddr|daddr [. mark] [. iif|oif]",
  ipsec: "ipsec in|out [spnum NUMBER]",
};

/** The plain way to write a key comes first, then what may be added or left out. */
function forms(family: KeyFamily, word: string, datatype: string, more: KeyRow[4]): string[] {
  const start = starts[family] ?? family;
  const direction = more?.direction ? ["original|reply"] : [];
  const addressFamily = more?.addressFamily ? ["ip|ip6"] : [];
  const full = [start, ...direction, ...addressFamily, word].join(" ");
  const plain = more?.direction === "may" || more?.addressFamily === "may" ? plainPath(start, word, more) : full;
  const paths = [...new Set([plain, full, ...(more?.bare ? [word] : [])])];
  return paths.flatMap((path) => [
    ...(more?.writeOnly ? [] : [`${path} <${datatype}>`]),
    ...(more?.writable ? [`${path} set <${datatype}>`] : []),
  ]);
}

function plainPath(start: string, word: string, { direction, addressFamily }: NonNullable<KeyRow[4]>): string {
  const needed = [...(direction === "must" ? ["original|reply"] : []), ...(addressFamily === "must" ? ["ip|ip6"] : [])];
  return [start, ...needed, word].join(" ");
}
