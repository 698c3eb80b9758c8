import type { ValueType } from "../../model/nft/values.js";
import type { Span } from "../../text/span.js";
import type { Outcome, Passage } from "../context.js";
import type { PortRange } from "../state.js";

/** A value of one part. */
export type Atom = number | bigint | string;

/** One part as it was read: a range is a port of which only the bounds are known. */
export type Part = Atom | PortRange;

/** What reading gives: `null` where there is no such header or key (the rule ends), `undefined` where it is not known. */
export type Read = Part | readonly Part[] | null | undefined;

/** Something that a rule reads of a packet. */
export interface Source {
  /** nft's spelling, for messages. */
  readonly field: string;
  /** One for each part of a concatenation. */
  readonly types: readonly ValueType[];
  read(passage: Passage): Read;
}

/**
 * One statement made ready: `continue` goes on to the next statement, `undefined` ends the rule without a match, all else is
 * the verdict.
 */
export type Step = (passage: Passage) => Outcome | undefined;

/** Asks whether something that is not known holds. */
export function guess(passage: Passage, field: string, { start, end }: Span): boolean {
  const why = `\`${field}\` of this packet is not known: give it with the packet or the state.`;
  return passage.guess(why, { start, end });
}

/** Picks one of several things of which it is not known which it is; every one is picked in some try. */
export function choose<T>(passage: Passage, of: readonly T[], why: (one: T) => string, { start, end }: Span): T {
  for (const one of of.slice(0, -1)) if (passage.guess(why(one), { start, end })) return one;
  return of[of.length - 1] as T;
}

/** True for a port of which only the bounds are known. */
export function isRange(value: unknown): value is PortRange {
  return typeof value === "object" && value !== null && "from" in value;
}

/** True for what was read of a concatenation. */
export function isList(read: Read): read is readonly Part[] {
  return Array.isArray(read);
}

/** True for what can be calculated with. */
export function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

/** A number as values of so many bits are kept: up to 48 as `number`, else as `bigint`; 0 bits are taken for few. */
export function toAtom(value: bigint, bits: number): number | bigint {
  return bits > 48 ? BigInt.asUintN(bits, value) : Number(bits > 0 ? BigInt.asUintN(bits, value) : value);
}

/** Calculates with numbers of so many bits as the kernel does with its registers, which hold at least 32. */
export function calculate(
  left: number | bigint,
  operator: string,
  right: number | bigint,
  bits: number,
): number | bigint {
  const width = Math.max(bits, 32);
  if (width > 32 || typeof left !== "number" || typeof right !== "number")
    return toAtom(calculateWide(BigInt(left), operator, BigInt(right)), width);
  switch (operator) {
    case "&":
      return (left & right) >>> 0;
    case "|":
      return (left | right) >>> 0;
    case "^":
      return (left ^ right) >>> 0;
    case "<<":
      return right > 31 ? 0 : (left << right) >>> 0;
    default:
      return right > 31 ? 0 : left >>> right;
  }
}

function calculateWide(left: bigint, operator: string, right: bigint): bigint {
  switch (operator) {
    case "&":
      return left & right;
    case "|":
      return left | right;
    case "^":
      return left ^ right;
    case "<<":
      return left << right;
    default:
      return left >> right;
  }
}

/** The values at which an answer may change, within a range: its start and the edges inside. */
export function pointsOf({ from, to }: PortRange, edges: readonly Atom[]): number[] {
  const points = new Set([from]);
  for (const edge of edges) if (typeof edge === "number" && edge > from && edge <= to) points.add(edge);
  return [...points];
}
