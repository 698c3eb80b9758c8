import type { Action, Chain } from "../model/ruleset.js";
import { reachableFrom } from "../model/walk.js";

/** Whether a chain only accepts, drops, counts and logs: one that also marks packets or hands them on may accept just for that. */
export function isPlainFilter(base: Chain): boolean {
  return [...reachableFrom(base)].every(({ rules }) => rules.every(({ actions }) => actions.every(isPlain)));
}

function isPlain(action: Action): boolean {
  return action.do !== "setMark" && action.do !== "notrack" && (action.do !== "other" || action.effect === "inert");
}
