import { apart, coverEverything, type Piece, within } from "./pieces.js";
import { type Predicate, predicateOf } from "./predicate.js";
import type { Condition } from "./ruleset.js";

/*
 * Questions about conditions, answered with yes only where that is certain: what is opaque, drawn anew at each look
 * (`numgen`) or asked of two different fields is never compared. All of them speak of one moment: whether a mark was written
 * in between is for the caller to see (`changes.ts`). A packet that lacks the field fails a condition, negated or not.
 */

/** Whether every packet that passes `a` is certain to pass `b`. */
export function implies(a: Condition, b: Condition): boolean {
  if (a.field !== b.field || b.values.kind === "opaque" || !isComparable(a)) return false;
  if (a.values.kind === "set" || b.values.kind === "set") return sameSet(a, b) && a.op === b.op;
  const [first, second] = [namesOf(a), namesOf(b)];
  if (first && second) return namesImply(first, a.op === "!=", second, b.op === "!=");
  const [asked, wanted] = [predicateOf(a), predicateOf(b)];
  return asked !== undefined && wanted !== undefined && numbersImply(asked, wanted);
}

/** Whether it is certain that no packet passes both. */
export function excludes(a: Condition, b: Condition): boolean {
  return implies(a, negated(b));
}

/** Whether it is certain that every packet that has the field passes one of the two. */
export function exhausts(a: Condition, b: Condition): boolean {
  return implies(negated(a), b);
}

/** Whether it is certain that no packet passes: a value outside of the mask, two connection states at once. */
export function neverHolds(condition: Condition): boolean {
  if (!isComparable(condition)) return false;
  const asked = predicateOf(condition);
  if (!asked) return false;
  return asked.negated ? coverEverything(asked.pieces, asked.width) : asked.pieces.length === 0;
}

/** Whether it is certain that every packet passes that has the field. */
export function alwaysHolds(condition: Condition): boolean {
  return neverHolds(negated(condition));
}

/** Whether a packet that passes all of `narrow` is certain to pass all of `wide`, whose last condition mostly tells most. */
export function covers(wide: readonly Condition[], narrow: readonly Condition[]): boolean {
  for (let place = wide.length - 1; place >= 0; place--) if (!coversOne(wide[place] as Condition, narrow)) return false;
  return true;
}

function coversOne(asked: Condition, narrow: readonly Condition[]): boolean {
  for (const known of narrow) if (known.field === asked.field && implies(known, asked)) return true;
  return false;
}

/** The first two conditions of which no packet passes both. */
export function contradiction(conditions: readonly Condition[]): readonly [Condition, Condition] | undefined {
  for (const [index, second] of conditions.entries()) {
    for (let before = 0; before < index; before++) {
      const first = conditions[before] as Condition;
      if (excludes(first, second)) return [first, second];
    }
  }
  return undefined;
}

/** Values that are another one at each look, or whose arguments the field's name does not tell. */
const drawn = /^(numgen|jhash|symhash|meta random)/;

function isComparable({ field, values }: Condition): boolean {
  return values.kind !== "opaque" && !drawn.test(field);
}

const opposites = { "==": "!=", "!=": "==", set: "unset", unset: "set" } as const;

/** The condition that the same packets fail. */
export function negated(condition: Condition): Condition {
  return { ...condition, op: opposites[condition.op] };
}

function sameSet(a: Condition, b: Condition): boolean {
  return a.values.kind === "set" && b.values.kind === "set" && a.values.name === b.values.name && a.mask === b.mask;
}

function namesOf({ op, values }: Condition): readonly string[] | undefined {
  return values.kind === "names" && (op === "==" || op === "!=") ? values.names : undefined;
}

function namesImply(a: readonly string[], negatedA: boolean, b: readonly string[], negatedB: boolean): boolean {
  if (!negatedA && negatedB)
    return a.every((name) => b.every((other) => !nameWithin(name, other) && !nameWithin(other, name)));
  if (negatedA && !negatedB) return [...a, ...b].includes("*");
  const [inner, outer] = negatedA ? [b, a] : [a, b];
  return inner.every((name) => outer.some((other) => nameWithin(name, other)));
}

/** Whether every name that fits `inner` fits `outer`. */
function nameWithin(inner: string, outer: string): boolean {
  return outer.endsWith("*") ? inner.startsWith(outer.slice(0, -1)) : inner === outer;
}

/** Lists longer than this are compared with nobody: the time would grow with their product. */
const patience = 4096;

function numbersImply(a: Predicate, b: Predicate): boolean {
  const { width } = a;
  if (a.pieces.length * b.pieces.length > patience) return false;
  const allWithin = (inner: readonly Piece[], outer: readonly Piece[]) =>
    inner.every((piece) => outer.some((other) => within(piece, other, width)));
  if (a.negated) return b.negated ? allWithin(b.pieces, a.pieces) : coverEverything([...a.pieces, ...b.pieces], width);
  return b.negated
    ? a.pieces.every((piece) => b.pieces.every((other) => apart(piece, other, width)))
    : allWithin(a.pieces, b.pieces);
}
