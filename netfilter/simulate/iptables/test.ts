import type { Span } from "../../text/span.js";
import type { Passage } from "../context.js";
import type { PortRange } from "../state.js";

/** What a match says of a packet; `drop`: it cannot be read at all, and the kernel throws it away on the spot. */
export type Answer = boolean | "drop";

/** A match made ready for packets. */
export type Test = (passage: Passage) => Answer;

/** The opposite, where `negated`. */
export function invert(test: Test, negated: boolean): Test {
  if (!negated) return test;
  return (passage) => {
    const answer = test(passage);
    return answer === "drop" ? answer : !answer;
  };
}

/** Holds when every test does, asked in order; undefined when there is nothing to ask. */
export function every(tests: readonly (Test | undefined)[]): Test | undefined {
  let all: Test | undefined;
  for (const test of tests) all = both(all, test);
  return all;
}

/** Holds when both do; the second is asked only where the first holds. */
export function both(first: Test | undefined, second: Test | undefined): Test | undefined {
  if (!first || !second) return first ?? second;
  return (passage) => {
    const answer = first(passage);
    return answer === true ? second(passage) : answer;
  };
}

/** A question that nothing known of the machine decides. */
export function unsure(why: string, span: Span): Test {
  return (passage) => passage.guess(why, span);
}

/** What a rule wants of a header's number; `what` names it in a question: "source port". */
export interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly negated: boolean;
  readonly what: string;
  readonly span: Span;
}

/** Whether a number lies in the range. One that is not known, or only as a range that lies partly within, is asked for. */
export function isWanted(value: number | PortRange | undefined, wanted: Wanted, passage: Passage): boolean {
  if (typeof value === "number") return (value >= wanted.from && value <= wanted.to) !== wanted.negated;
  if (value === undefined) {
    if (wanted.from > wanted.to) return wanted.negated;
    return passage.guess(`The packet's ${wanted.what} is not known.`, wanted.span);
  }
  if (value.from > wanted.to || value.to < wanted.from) return wanted.negated;
  if (value.from >= wanted.from && value.to <= wanted.to) return !wanted.negated;
  const picked = `between ${value.from} and ${value.to}`;
  return passage.guess(`The kernel picks the ${wanted.what} at random, ${picked}.`, wanted.span);
}

/** A later fragment, which carries no transport header. */
export function isLaterFragment({ headers: { fragment } }: Passage): boolean {
  return fragment !== undefined && fragment.offset > 0;
}
