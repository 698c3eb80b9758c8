import { findDatatype } from "../../facts/nft/index.js";
import { isSelector, subjectOf } from "../../model/nft/selectors.js";
import type * as nft from "../../syntax/nft/nodes.js";
import { stateKinds } from "./elements.js";
import { declaresMap, kindOf, type SetInfo, type TableInfo } from "./environment.js";
import { IntervalIndex } from "./intervals.js";
import { MappedValues } from "./mappedValues.js";
import { giveUp, refuse } from "./refusal.js";
import { concatenated, sameType, type Type, typeNamed, typeText } from "./types.js";

const longestKey = 512;

/** Checks what a set or map is declared to be. */
export function checkSetDeclaration(node: nft.SetDeclaration, name: nft.Name, table: TableInfo): SetInfo {
  const made = readDeclaration(node, name);
  if (made.autoMerge && !made.flags.has("interval")) {
    refuse("badValue", autoMergeOf(node) ?? node, "`auto-merge` joins ranges, so it needs `flags interval` too.");
  }
  const existing = table.sets.get(name.text);
  if (existing) compareWith(existing, made, name);
  return existing ?? made;
}

function readDeclaration(node: nft.SetDeclaration, name: nft.Name): SetInfo {
  const type = node.items.find((item) => item.kind === "setType" || item.kind === "setTypeof");
  const isMap = declaresMap(node);
  const kind = kindOf({ isMap });
  const damaged = node.items.some((item) => item.kind === "unknownItem" || item.kind === "include");
  if (!type && !damaged)
    refuse(
      "missingType",
      name,
      `Nothing says of which type the elements of this ${kind} are. Add \`type ...\` or \`typeof ...\`.`,
    );
  const flags = node.items.flatMap((item) => (item.kind === "flags" ? item.flags.map(({ text }) => text) : []));
  return {
    name: name.text,
    place: { start: name.start, end: name.end },
    isMap,
    key: type && keyType(type),
    data: type && dataType(type),
    objectType: type?.objectType,
    intervalData: type?.interval !== undefined,
    flags: new Set(hasTimeout(node) ? [...flags, "timeout"] : flags),
    autoMerge: autoMergeOf(node) !== undefined,
    statements: node.items.filter((item) => stateKinds.has(item.kind)).map((item) => item.kind),
    anonymous: false,
    intervals: new IntervalIndex(),
    mapped: new MappedValues(),
  };
}

/** A timeout for all elements makes a set whose elements expire. */
function hasTimeout({ items }: nft.SetDeclaration): boolean {
  return items.some((item) => item.kind === "setting" && item.name.text === "timeout");
}

function autoMergeOf(node: nft.SetDeclaration): nft.NftNode | undefined {
  return node.items.find((item) => item.kind === "setting" && item.name.text === "auto-merge");
}

// ------------------------------------------------------------------------------------------ types

function keyType(type: nft.SetType | nft.SetTypeof): Type | undefined {
  if (type.kind === "setTypeof") return typeOfExpression(type.key);
  return typeOfWords(type.key);
}

function dataType(type: nft.SetType | nft.SetTypeof): Type | undefined {
  if (type.objectType !== undefined) return undefined;
  if (type.kind === "setType") return type.value.length > 0 ? typeOfWords(type.value, true) : undefined;
  if (!type.value) return undefined;
  return type.value.kind === "word" ? typeOfWords([type.value], true) : typeOfExpression(type.value);
}

function typeOfWords(words: readonly nft.Word[], isValue = false): Type | undefined {
  const parts = words.map((word) => typeOfWord(word, isValue && words.length === 1));
  const type = parts.length === 1 ? parts[0] : concatenated(parts);
  if (type && type.bits > longestKey)
    refuse(
      "badValue",
      words[0] as nft.Word,
      `These types have ${type.bits / 8} bytes together, and at most ${longestKey / 8} are possible.`,
    );
  return type;
}

function typeOfWord(word: nft.Word, verdicts: boolean): Type {
  const datatype = findDatatype(word.text) ?? giveUp();
  if (datatype.bits > 0 || (verdicts && datatype.base === "verdict")) return { datatype, bits: datatype.bits };
  return refuse(
    "badValue",
    word,
    `Values of type \`${word.text}\` have no fixed length, so this cannot be the type of elements. Use \`typeof\` with an expression instead.`,
  );
}

/** The type of `typeof ip saddr . meta mark`; undefined where it is not certain. */
function typeOfExpression(node: nft.Expression): Type | undefined {
  if (node.kind === "concatenation") return concatenated(node.parts.map(typeOfExpression));
  if (!isSelector(node)) return undefined;
  if (node.kind === "numgen" || node.kind === "hash") return typeNamed("integer", 32);
  const { datatype, bits, key } = subjectOf(node);
  if (key?.addressFamily && "family" in node && !node.family) refuseFamily(node);
  return datatype && (bits || datatype.bits) > 0 ? { datatype, bits: bits || datatype.bits } : undefined;
}

function refuseFamily(node: nft.Expression): never {
  const text = "Nothing says whether this is an IPv4 or an IPv6 address. Put `ip` or `ip6` in front of its last word.";
  return refuse("ambiguousProtocol", node, text);
}

// ------------------------------------------------------------------------------------------ declared again

function compareWith(existing: SetInfo, made: SetInfo, name: nft.Name): void {
  const related = [{ span: existing.place, message: "the first declaration" }];
  const kind = kindOf(made);
  if (made.flags.has("interval") && !existing.flags.has("interval")) {
    refuse(
      "duplicateSet",
      name,
      `\`${made.name}\` is declared already, without \`flags interval\`. Both must say the same.`,
      { related },
    );
  }
  if (existing.isMap !== made.isMap || (existing.objectType === undefined) !== (made.objectType === undefined)) {
    refuse(
      "duplicateSet",
      name,
      `\`${made.name}\` is declared already, as another kind of set or map. Choose another name.`,
      { related },
    );
  }
  const differs = !sameType(existing.key, made.key) ? "key" : !sameType(existing.data, made.data) ? "data" : undefined;
  if (!differs) return;
  const types = `\`${typeText(existing[differs])}\` there and \`${typeText(made[differs])}\` here`;
  refuse("duplicateSet", name, `This ${kind} is declared already, with another type: ${types}. Choose another name.`, {
    related,
  });
}
