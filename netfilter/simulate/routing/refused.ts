import type { AddressFamily } from "../../packet/address.js";
import { textOf } from "../ipNumber.js";
import type { Decision } from "./decision.js";
import type { Lookup, RoutingFlow } from "./flow.js";
import { ruleText } from "./rules.js";
import { routeText } from "./tables.js";

type Refusal = Extract<Lookup, { found: false }>;

/** ICMP's type and code for each way of having no route; a blackhole tells nothing. */
const answers: Readonly<Record<AddressFamily, Partial<Record<Refusal["error"], { type: number; code: number }>>>> = {
  ipv4: { none: { type: 3, code: 0 }, unreachable: { type: 3, code: 1 }, prohibit: { type: 3, code: 13 } },
  ipv6: { none: { type: 1, code: 0 }, unreachable: { type: 1, code: 0 }, prohibit: { type: 1, code: 1 } },
};

/** The decision that follows from a lookup without a way; `answered`: the sender is told of it. */
export function refused(refusal: Refusal, { family, daddr }: RoutingFlow, answered: boolean): Decision {
  const { error, route, rule } = refusal;
  const says =
    error === "none"
      ? `no route to ${textOf(family, daddr)}`
      : `${route ? routeText(route) : `ip rule says ${error}`}${rule ? `, by ${ruleText(rule)}` : ""}`;
  const byRule = route === undefined && error === "unreachable" && family === "ipv4" ? "none" : error;
  const tells = answered ? answers[family][byRule] : undefined;
  return {
    goes: "nowhere",
    says,
    ...(rule?.action.do === "lookup" && { table: rule.action.table }),
    ...(tells && { tells }),
  };
}

/** A packet that routing does not believe, or does not take. */
export function martian(says: string): Decision {
  return { goes: "nowhere", says };
}
