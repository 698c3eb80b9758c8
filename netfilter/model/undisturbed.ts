import type { Base } from "./bases.js";
import { excludes } from "./compare.js";
import type { Action, Condition, Rule } from "./ruleset.js";
import { conditionsOf } from "./walk.js";

/**
 * Whether a packet that such conditions describe is certain to come to a rule of a base chain: no rule before it may end the
 * walk, lead elsewhere or translate the packet.
 */
export function isUndisturbed(rule: Rule, { rules }: Base, packet: readonly Condition[]): boolean {
  for (const before of rules) {
    if (before === rule) return true;
    if (before.actions.some(disturbs) && mayMeet(conditionsOf(before), packet)) return false;
  }
  return false;
}

/** Whether a packet of which all of `packet` holds may pass all of `conditions`: true unless it is certain that it cannot. */
export function mayMeet(conditions: readonly Condition[], packet: readonly Condition[]): boolean {
  return !conditions.some((asked) => packet.some((fact) => excludes(asked, fact)));
}

const steady =
  /^(meta (iif|iifname|l4proto|nfproto|protocol)|ip6? [sd]addr|(tcp|udp|sctp|dccp|th) [sd]port|icmp(v6)? type)$/;

/** Whether a later chain is certain to see the same in this field, translations left aside: marks, for one, may change. */
export function isSteady({ field }: Condition): boolean {
  return steady.test(field);
}

function disturbs(action: Action): boolean {
  switch (action.do) {
    case "verdict":
      return action.verdict !== "continue";
    case "setMark":
    case "notrack":
      return false;
    case "other":
      return action.effect !== "inert";
    default:
      return true;
  }
}
