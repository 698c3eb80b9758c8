import type { Interfaces } from "../interfaces.js";
import { textOf } from "../ipNumber.js";
import type { Sysctls } from "../sysctls.js";
import type { Doubts, RoutingFlow } from "./flow.js";
import type { RoutingTables } from "./tables.js";

/** What the check of a source address needs of the machine. */
export interface SourceCheck {
  readonly tables: RoutingTables;
  readonly interfaces: Interfaces;
  readonly sysctls: Sysctls;
}

/**
 * IPv4's check of the sender of a packet that came in: own addresses, and with `rp_filter` the way back. `oif` is where it would
 * go, undefined for this machine. The reason why it is thrown away, or undefined.
 */
export function sourceRefused(
  { tables, interfaces, sysctls }: SourceCheck,
  flow: RoutingFlow,
  oif: string | undefined,
  doubts: Doubts,
): string | undefined {
  const { iif } = flow;
  const filter = sysctls.greatest("rp_filter", iif);
  const acceptsLocal = sysctls.either("accept_local", iif);
  const sender = textOf(flow.family, flow.saddr);
  if (!filter && !tables.isCustom) {
    if (!acceptsLocal && interfaces.owns(flow.saddr)) return `martian source: ${sender} is an address of this machine`;
    if (filter !== undefined) return undefined;
  }
  const mark = sysctls.either("src_valid_mark", iif) ? flow.mark : 0;
  const back: RoutingFlow = {
    ...flow,
    saddr: flow.daddr,
    daddr: flow.saddr,
    sport: flow.dport,
    dport: flow.sport,
    iif: oif ?? "lo",
    oif: undefined,
    mark,
  };
  const way = wayBack(tables, back, iif, acceptsLocal, interfaces, doubts);
  if (way === "own") return `martian source: ${sender} is an address of this machine, or no unicast address`;
  if (way === "here") return undefined;
  if (filter === undefined) {
    doubts.assume(
      `rp_filter is not known and taken as 0: with 1 the source ${sender} would not be accepted from ${iif}`,
    );
    return undefined;
  }
  if (filter === 0 || (filter === 2 && way === "elsewhere")) return undefined;
  const what = way === "none" ? "there is no route back to it" : "the way back is by another interface";
  return `rp_filter ${filter} on ${iif}: source ${sender}, but ${what}`;
}

function wayBack(
  tables: RoutingTables,
  back: RoutingFlow,
  iif: string,
  acceptsLocal: boolean,
  interfaces: Interfaces,
  doubts: Doubts,
): "here" | "elsewhere" | "none" | "own" {
  const found = tables.lookup(back, doubts);
  if (!found.found) return tables.known ? "none" : "here";
  const { route } = found;
  if (route.type !== "unicast" && !(route.type === "local" && acceptsLocal)) return "own";
  if (route.hops.some(({ dev }) => dev === iif) || (route.type === "local" && iif === "lo")) return "here";
  return interfaces.named(iif).addresses.some(({ family }) => family === "ipv4") ? "elsewhere" : "none";
}
