import type { BaseType, Constant, Datatype } from "../types.js";

/** A constant as a row: name, value, what it means, and the first nft that knows the name where that is newer than 1.0.6. */
export type Row = readonly [word: string, value: number, doc: string, since?: string];

interface Definition {
  readonly word: string;
  readonly bits: number;
  readonly byteorder?: Datatype["byteorder"];
  readonly base?: BaseType;
  /** How a value is written. */
  readonly forms: readonly string[];
  readonly doc: string;
  readonly constants?: readonly Row[];
  readonly numeric?: boolean;
  readonly internal?: boolean;
  readonly since?: string;
}

/** Fills in what most datatypes have in common: host byte order, a number as base, numbers allowed beside the names. */
export function datatype({ constants = [], ...definition }: Definition): Datatype {
  return {
    kind: "datatype",
    byteorder: "host",
    base: "integer",
    numeric: true,
    ...definition,
    constants: constants.map((row) => constant(definition.word, row)),
  };
}

function constant(type: string, [word, value, doc, since]: Row): Constant {
  return {
    kind: "constant",
    word,
    forms: [word],
    value,
    doc: `${doc} (\`${type}\` ${value})`,
    ...(since && { since }),
  };
}
