import { excludes, implies } from "./compare.js";
import type { Condition } from "./ruleset.js";

const bits = { invalid: 1n, established: 2n, related: 4n, new: 8n, untracked: 64n } as const;

export type ConnectionState = keyof typeof bits;

/** Whether every packet in this state is certain to pass a condition on `ct state`. */
export function passesState(condition: Condition, state: ConnectionState): boolean {
  return implies(inState(state), condition);
}

/** Whether it is certain that no packet in this state passes a condition on `ct state`. */
export function failsState(condition: Condition, state: ConnectionState): boolean {
  return excludes(inState(state), condition);
}

/** The condition that only packets in this state pass. */
export function inState(state: ConnectionState): Condition {
  const bit = bits[state];
  const values = { kind: "ranges", ranges: [{ from: bit, to: bit }] } as const;
  return { kind: "condition", start: 0, end: 0, field: "ct state", op: "==", values };
}
