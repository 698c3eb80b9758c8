import type { Piece } from "../model/pieces.js";
import { predicateOf } from "../model/predicate.js";
import type { Condition } from "../model/ruleset.js";

/** What a condition asks, the same for all its spellings; undefined where its values are not understood. */
export function conditionKey(condition: Condition): string | undefined {
  const { field, op, values } = condition;
  switch (values.kind) {
    case "opaque":
      return undefined;
    case "set":
      return `${field} ${op} @${values.name}`;
    case "names":
      return `${field} ${op} ${[...new Set(values.names)].sort().join(",")}`;
    case "ranges": {
      const predicate = predicateOf(condition);
      if (predicate) return `${field} ${predicateKey(predicate.pieces, predicate.negated)}`;
      return `${field} ${condition.mask ?? ""} ${op} ${values.ranges.map(({ from, to }) => `${from}-${to}`).join(",")}`;
    }
  }
}

function predicateKey(pieces: readonly Piece[], negated: boolean): string {
  const [only] = pieces;
  if (only && pieces.length === 1 && isBit(only.mask) && only.from === only.to)
    return `bit ${only.mask}=${(only.from === 0n) === negated ? 1 : 0}`;
  return `${negated ? "!=" : "=="} ${pieces.map(pieceKey).join(",")}`;
}

function isBit(mask: bigint): boolean {
  return mask > 0n && (mask & (mask - 1n)) === 0n;
}

function pieceKey({ mask, from, to }: Piece): string {
  return `${mask === -1n ? "" : `${mask}&`}${from}-${to}`;
}
