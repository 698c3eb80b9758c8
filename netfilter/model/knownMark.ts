import type { Condition, MarkAction } from "./ruleset.js";

/** What is known of a 32-bit mark: the bits set in `bits` have the values they have in `value`. */
export interface KnownMark {
  readonly bits: number;
  readonly value: number;
}

export const unknownMark: KnownMark = { bits: 0, value: 0 };

/** The mark after `action` wrote it, given what was known before. */
export function afterMark(before: KnownMark, action: MarkAction): KnownMark {
  if (typeof action.value === "string" || !("constant" in action.value)) return unknownMark;
  const bits = (before.bits | action.clear) >>> 0;
  const value = (((before.value & ~action.clear) ^ action.value.constant) & bits) >>> 0;
  return { bits, value };
}

/** Whether a condition on the mark holds; undefined when that hangs on bits that are not known. */
export function markHolds(condition: Condition, mark: KnownMark): boolean | undefined {
  if (condition.values.kind !== "ranges") return undefined;
  const mask = Number((condition.mask ?? 0xffff_ffffn) & 0xffff_ffffn) >>> 0;
  if ((mask & ~mark.bits) !== 0) return undefined;
  const seen = BigInt((mark.value & mask) >>> 0);
  const within = condition.values.ranges.some(({ from, to }) => from <= seen && seen <= to);
  const overlapping = condition.values.ranges.some(({ from }) => (from & seen) !== 0n);
  switch (condition.op) {
    case "==":
      return within;
    case "!=":
      return !within;
    case "set":
      return overlapping;
    case "unset":
      return !overlapping;
  }
}
