import type { ValueType } from "../../model/nft/values.js";
import type { Hash } from "../../syntax/nft/nodes.js";
import { jhash2 } from "../conntrack/jhash.js";
import type { Reader } from "./payload.js";
import { isList, isRange, type Part, type Source } from "./reading.js";

/** Calculates a `jhash` whose seed the file gives; undefined where it does not, or where the key is no whole words. */
export function seededHash({ modulus, seed, offset }: Hash, key: Source): Reader | undefined {
  const single = key.types.length === 1;
  if (!seed || !key.types.every(({ bits }) => (single ? bits > 0 && bits % 32 === 0 : bits > 0))) return undefined;
  const [below, first, start] = [Number(modulus.value), Number(offset?.value ?? 0n), Number(seed.value)];
  return (passage) => {
    const read = key.read(passage);
    if (read === null || read === undefined) return read;
    const parts = isList(read) ? read : [read];
    if (parts.some((part) => isRange(part) || typeof part === "string")) return undefined;
    const words = parts.flatMap((part, index) => wordsOf(part, key.types[index] as ValueType));
    return Math.floor((jhash2(words, start) * below) / 2 ** 32) + first;
  };
}

/** A part as it lies in the kernel's registers, filled up to whole words. */
function wordsOf(part: Part, { bits, datatype }: ValueType): number[] {
  const bytes = Math.ceil(bits / 8);
  const value = BigInt(part as number | bigint);
  const inOrder = Array.from({ length: bytes }, (_, index) =>
    Number((value >> BigInt(8 * (bytes - 1 - index))) & 0xffn),
  );
  if (datatype?.byteorder === "host") inOrder.reverse();
  return Array.from({ length: Math.ceil(bytes / 4) }, (_, word) =>
    [3, 2, 1, 0].reduce((sum, byte) => ((sum << 8) | (inOrder[word * 4 + byte] ?? 0)) >>> 0, 0),
  );
}
