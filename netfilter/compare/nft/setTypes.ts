import type * as nft from "../../syntax/nft/nodes.js";
import { type ExpressionKeys, type Types, typeNamed } from "./expressions.js";

/** How a set's keys and a map's values are to be read. */
export interface SetTypes {
  readonly key: Types;
  readonly value: Types;
}

/** What `type` or `typeof` of a set says. */
export function typesOfSet(items: readonly nft.SetItem[], expressions: ExpressionKeys): SetTypes {
  const type = items.find((item) => item.kind === "setType" || item.kind === "setTypeof");
  if (type?.kind === "setType")
    return { key: type.key.map(({ text }) => typeNamed(text)), value: type.value.map(({ text }) => typeNamed(text)) };
  if (type?.kind !== "setTypeof") return { key: [], value: [] };
  const { key, value } = type;
  const typed = value?.kind === "word" ? [typeNamed(value.text)] : value ? expressions.typesOf(value) : [];
  return { key: expressions.typesOf(key), value: typed };
}
