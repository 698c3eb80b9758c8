import type { Dependency, Field, Header, HeaderGroup } from "../types.js";

/** A field as a row: name, datatype, length and offset in bits, meaning. */
export type FieldRow = readonly [
  word: string,
  datatype: string,
  bits: number,
  offset: number,
  doc: string,
  more?: Partial<Pick<Field, "writable" | "since" | "needsType">>,
];

interface Definition extends Omit<Header, "kind" | "group" | "fields" | "forms"> {
  readonly group?: HeaderGroup;
  readonly dependency?: Dependency;
  readonly forms?: readonly string[];
  readonly fields: readonly FieldRow[];
}

const carriesTransport = { families: ["ip", "ip6", "inet", "bridge", "netdev"], familyJudge: "nft" } as const;

/** A header whose fields are written behind its group's words and its own. */
export function header({ group = "payload", fields, ...definition }: Definition): Header {
  const places = group === "payload" && definition.dependency?.on === "l4proto" ? carriesTransport : {};
  const path = group === "payload" || group === "exthdr" ? definition.word : `${group} ${definition.word}`;
  return {
    kind: "expression",
    group,
    forms: [`${path} FIELD VALUE`],
    ...places,
    ...definition,
    fields: fields.map((row) => field(path, group, row)),
  };
}

/** Payload can be rewritten; of options the kernel writes TCP's alone, and only values of two or four bytes. */
function field(path: string, group: HeaderGroup, [word, datatype, bits, offset, doc, more]: FieldRow): Field {
  const writable = more?.writable ?? (group === "payload" || (group === "tcp option" && bits >= 16));
  const compared = `${path} ${word} <${datatype}>`;
  const forms = writable ? [compared, `${path} ${word} set <${datatype}>`] : [compared];
  return { kind: "field", word, forms, datatype, bits, offset, doc, ...more, writable };
}

/** The transport protocol must be one of these. */
export const l4proto = (...values: number[]): Dependency => ({ on: "l4proto", values });

/** The frame must carry one of these. */
export const ethertype = (...values: number[]): Dependency => ({ on: "ethertype", values });
