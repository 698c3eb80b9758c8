/** All numbers `x` for which `x & mask` is from `from` to `to`. A mask of -1n has every bit: `x` itself is compared. */
export interface Piece {
  readonly mask: bigint;
  readonly from: bigint;
  readonly to: bigint;
}

const everyBit = -1n;

/** The piece of a field this many bits wide (undefined: not known); undefined where no number is in it. */
export function pieceOf(mask: bigint, from: bigint, to: bigint, width: number | undefined): Piece | undefined {
  const highest = highestOf(width);
  const whole = mask === everyBit || (highest !== undefined && (mask & highest) === highest);
  const limit = whole ? highest : mask;
  if (from > to || (limit !== undefined && from > limit)) return undefined;
  if (from === to && (from & ~mask) !== 0n) return undefined;
  return { mask: whole ? everyBit : mask, from, to: limit !== undefined && to > limit ? limit : to };
}

/** Whether every number of `inner` is in `outer`; false where that is not certain. */
export function within(inner: Piece, outer: Piece, width: number | undefined): boolean {
  if (inner.mask === outer.mask) return outer.from <= inner.from && inner.to <= outer.to;
  if (outer.mask === everyBit) {
    const { lowest, highest } = bounds(inner, width);
    return outer.from <= lowest && highest !== undefined && highest <= outer.to;
  }
  const seen = seenThrough(outer.mask, inner);
  return seen !== undefined && outer.from <= seen && seen <= outer.to;
}

/** Whether no number is in both; false where that is not certain. */
export function apart(a: Piece, b: Piece, width: number | undefined): boolean {
  if (a.mask === b.mask) return a.to < b.from || b.to < a.from;
  const [first, second] = [bounds(a, width), bounds(b, width)];
  if (isBelow(first.highest, second.lowest) || isBelow(second.highest, first.lowest)) return true;
  const [one, other] = [knownBits(a), knownBits(b)];
  if (((one.value ^ other.value) & one.bits & other.bits) !== 0n) return true;
  return missesSeen(a, b) || missesSeen(b, a);
}

/** The same numbers in as few pieces as neighbours of one mask allow. */
export function merged(pieces: readonly Piece[]): Piece[] {
  const sorted = [...pieces].sort((a, b) => compare(a.mask, b.mask) || compare(a.from, b.from));
  const found: Piece[] = [];
  for (const piece of sorted) {
    const last = found.at(-1);
    if (last && last.mask === piece.mask && piece.from <= last.to + 1n)
      found[found.length - 1] = { ...last, to: piece.to > last.to ? piece.to : last.to };
    else found.push(piece);
  }
  return found;
}

/** Whether every number of the field is in one of the pieces; false where that is not certain. */
export function coverEverything(pieces: readonly Piece[], width: number | undefined): boolean {
  return merged(pieces).some(({ mask, from, to }) => {
    const highest = mask === everyBit ? highestOf(width) : mask;
    return from === 0n && highest !== undefined && to >= highest;
  });
}

function highestOf(width: number | undefined): bigint | undefined {
  return width === undefined ? undefined : (1n << BigInt(width)) - 1n;
}

/** The lowest and highest number that may be in a piece; no highest where the field's width is not known. */
function bounds({ mask, from, to }: Piece, width: number | undefined): { lowest: bigint; highest: bigint | undefined } {
  if (mask === everyBit) return { lowest: from, highest: to };
  const all = highestOf(width);
  return { lowest: from, highest: all === undefined ? undefined : to | (all & ~mask) };
}

/** The bits that are the same in all numbers of a piece. */
function knownBits({ mask, from, to }: Piece): { bits: bigint; value: bigint } {
  const different = from ^ to;
  const low = different === 0n ? 0n : (1n << BigInt(different.toString(2).length)) - 1n;
  const bits = mask & ~low;
  return { bits, value: from & bits };
}

/** What all numbers of a piece are under `mask`, where that is one number. */
function seenThrough(mask: bigint, piece: Piece): bigint | undefined {
  const { bits, value } = knownBits(piece);
  return (mask & ~bits) === 0n ? value & mask : undefined;
}

function missesSeen(piece: Piece, other: Piece): boolean {
  const seen = seenThrough(other.mask, piece);
  return seen !== undefined && (seen < other.from || other.to < seen);
}

function isBelow(highest: bigint | undefined, lowest: bigint): boolean {
  return highest !== undefined && highest < lowest;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
