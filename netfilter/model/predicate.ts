import { merged, type Piece, pieceOf } from "./pieces.js";
import type { Condition } from "./ruleset.js";

/** What a condition on numbers asks: to be in one of the pieces, or in none of them. */
export interface Predicate {
  readonly pieces: readonly Piece[];
  readonly negated: boolean;
  /** How many bits the field has, where that is known. */
  readonly width: number | undefined;
}

/** Fields of which exactly one bit is set, by the bits there are. */
const oneBit: Readonly<Record<string, bigint>> = { "ct state": 0x4fn };

const widths: Readonly<Record<string, number>> = {
  "meta mark": 32,
  "ct mark": 32,
  "ip saddr": 32,
  "ip daddr": 32,
  "ip6 saddr": 128,
  "ip6 daddr": 128,
  "meta l4proto": 8,
  "tcp flags": 8,
  "ip ttl": 8,
  "ip6 hoplimit": 8,
};

const cache = new WeakMap<Condition, Predicate | "unknown">();

/** A condition on numbers in one form for all operators; undefined for values of another kind. */
export function predicateOf(condition: Condition): Predicate | undefined {
  let found = cache.get(condition);
  if (!found) {
    found = read(condition) ?? "unknown";
    cache.set(condition, found);
  }
  return found === "unknown" ? undefined : found;
}

function read(condition: Condition): Predicate | undefined {
  const { field, mask = -1n, op, values } = condition;
  if (values.kind !== "ranges") return undefined;
  const width = widths[field] ?? (/ [sd]port$/.test(field) ? 16 : undefined);
  const asked =
    op === "set" || op === "unset"
      ? readBits(mask, op, values.ranges)
      : {
          pieces: merged(values.ranges.flatMap(({ from, to }) => pieceOf(mask, from, to, width) ?? [])),
          negated: op === "!=",
        };
  const states = oneBit[field];
  if (asked && states !== undefined) return { pieces: statesOf(asked, states), negated: false, width };
  return asked && { ...asked, width };
}

type Asked = Omit<Predicate, "width">;

/** Any of the bits, or none of them. */
function readBits(
  mask: bigint,
  op: "set" | "unset",
  ranges: readonly { readonly from: bigint; readonly to: bigint }[],
): Asked | undefined {
  if (ranges.some(({ from, to }) => from !== to)) return undefined;
  const bits = ranges.reduce((all, { from }) => all | from, 0n) & mask;
  if (bits === 0n) return undefined;
  if ((bits & (bits - 1n)) === 0n) return { pieces: [{ mask: bits, from: bits, to: bits }], negated: op === "unset" };
  return { pieces: [{ mask: bits, from: 0n, to: 0n }], negated: op === "set" };
}

/** Those of the bits that a packet can have alone and pass. */
function statesOf({ pieces, negated }: Asked, states: bigint): Piece[] {
  const found: Piece[] = [];
  for (let bit = 1n; bit <= states; bit <<= 1n) {
    const inside = pieces.some(({ mask, from, to }) => from <= (bit & mask) && (bit & mask) <= to);
    if ((states & bit) !== 0n && inside !== negated) found.push({ mask: -1n, from: bit, to: bit });
  }
  return found;
}
