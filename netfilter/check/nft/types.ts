import { findDatatype } from "../../facts/nft/index.js";
import type { Datatype } from "../../facts/nft/types.js";

/** The type of a value: one of the catalogue's, or several joined by dots. */
export interface Type {
  /** Undefined for a concatenation. */
  readonly datatype?: Datatype;
  /** How many bits a value has; 0 where that is not known. */
  readonly bits: number;
  readonly parts?: readonly Type[];
}

/** The catalogue's type of that name, with its own length unless another is given. */
export function typeNamed(word: string, bits?: number): Type | undefined {
  const datatype = findDatatype(word);
  return datatype && { datatype, bits: bits ?? datatype.bits };
}

/** A concatenation; undefined as soon as one part is not known. */
export function concatenated(parts: readonly (Type | undefined)[]): Type | undefined {
  if (!parts.every((part) => part !== undefined)) return undefined;
  return { parts, bits: parts.reduce((sum, { bits }) => sum + Math.ceil(bits / 32) * 32, 0) };
}

/** The type as `type` of a set writes it. */
export function typeText(type: Type | undefined): string {
  if (!type) return "unknown";
  return type.parts ? type.parts.map(typeText).join(" . ") : (type.datatype?.word ?? "unknown");
}

/** Whether nft takes both for the same; so where one is not known. */
export function sameType(a: Type | undefined, b: Type | undefined): boolean {
  if (!a || !b) return true;
  if (!a.parts || !b.parts) return !a.parts === !b.parts && sameDatatype(a.datatype, b.datatype);
  return a.parts.length === b.parts.length && a.parts.every((part, place) => sameType(part, b.parts?.[place]));
}

/** Texts of all kinds are taken for the same. */
function sameDatatype(a: Datatype | undefined, b: Datatype | undefined): boolean {
  return a === b || (a?.base === "string" && b?.base === "string");
}

/** Like `sameType`, but a mark may be compared with and set from any number. */
export function compatible(expected: Type | undefined, actual: Type | undefined): boolean {
  if (expected?.datatype?.word === "mark" && actual?.datatype) return isNumeric(actual.datatype);
  return sameType(expected, actual);
}

function isNumeric({ base, word }: Datatype): boolean {
  return base === "integer" || base === "boolean" || (base === "address" && word !== "ether_addr");
}
