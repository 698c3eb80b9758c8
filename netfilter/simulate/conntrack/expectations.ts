import type { Expectation } from "../state.js";
import { type Direction, directionOfTuple, plain } from "./tuple.js";

/** An expectation that a new connection fulfils. */
export interface Fulfilled {
  readonly source: Expectation;
  /** The original direction of the connection whose helper announced it. */
  readonly master: Direction;
  readonly permanent: boolean;
}

/** The first expectation, in the order given, that a new connection's original direction fulfils. */
export function expectedBy(
  expectations: readonly Expectation[],
  direction: Direction,
  zone: number,
): Fulfilled | undefined {
  const source = expectations.find((expectation) => (expectation.zone ?? 0) === zone && fits(expectation, direction));
  return source && { source, master: directionOfTuple(source.master), permanent: source.permanent ?? false };
}

function fits({ saddr, daddr, protocol, sport, dport }: Expectation, direction: Direction): boolean {
  return (
    protocol === direction.protocol &&
    plain(daddr) === direction.daddr &&
    (!saddr || plain(saddr) === direction.saddr) &&
    (sport === undefined || sport === direction.sport) &&
    (dport === undefined || dport === direction.dport)
  );
}
