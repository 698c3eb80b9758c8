import type { AddressFamily } from "../../packet/address.js";
import { formatAddress, widths } from "../../packet/address.js";
import type { Interfaces } from "../interfaces.js";
import { type IpNumber, isLoopback, toNumber } from "../ipNumber.js";
import type { PolicyRule, Route, RouterState } from "../state.js";
import type { Doubts, Hop, Lookup, RoutingFlow } from "./flow.js";
import { connectedRoutes, localRoutes, localTable, tellsLocal } from "./inferred.js";
import { RouteTable } from "./prefixes.js";
import { appliesTo, areCustom, orderedRules } from "./rules.js";

/** All rules and routes of one family. */
export class RoutingTables {
  readonly rules: readonly PolicyRule[];
  /** Own rules or local routes beside the kernel's: senders are then looked up whatever `rp_filter` says. */
  readonly isCustom: boolean;
  /** False: routes beyond the networks of the interfaces are not known. */
  readonly known: boolean;
  private readonly tables = new Map<number, RouteTable>();

  constructor(
    state: RouterState,
    private readonly interfaces: Interfaces,
    readonly family: AddressFamily,
  ) {
    this.rules = orderedRules(state.rules, family);
    const all = allRoutes(state, interfaces, family);
    this.isCustom = areCustom(this.rules) || all.some((route) => isOwnLocal(route, interfaces));
    this.known = state.routes !== undefined;
    for (const [number, routes] of byTable(all)) this.tables.set(number, new RouteTable(family, routes));
  }

  /** Goes through the rules as the kernel does. */
  lookup(flow: RoutingFlow, doubts: Doubts): Lookup {
    const { rules } = this;
    for (let index = 0; index < rules.length; index++) {
      const rule = rules[index] as PolicyRule;
      if (!appliesTo(rule, flow, doubts)) continue;
      const { action } = rule;
      if (action.do === "goto") {
        const target = rules.findIndex(({ priority }) => priority >= action.priority);
        if (target > index) index = target - 1;
      } else if (action.do === "lookup") {
        const answer = this.lookupIn(rule, action, flow, doubts);
        if (answer) return answer;
      } else if (action.do !== "nop") return { found: false, error: action.do, rule };
    }
    return { found: false, error: "none" };
  }

  private lookupIn(
    rule: PolicyRule,
    action: Extract<PolicyRule["action"], { do: "lookup" }>,
    flow: RoutingFlow,
    doubts: Doubts,
  ): Lookup | undefined {
    const route = this.tables.get(action.table)?.find(flow.daddr, (candidate) => this.passes(candidate, flow));
    if (!route || route.type === "throw") return undefined;
    if (action.suppressPrefixLength !== undefined && route.prefixLength <= action.suppressPrefixLength)
      return undefined;
    if (isRefusal(route.type)) return { found: false, error: route.type, route, rule };
    const hop = this.hopOf(route, flow, doubts);
    if (action.suppressGroup !== undefined && this.groupOf(hop) === action.suppressGroup) return undefined;
    return { found: true, route, hop, rule };
  }

  private groupOf({ dev }: Hop): number | undefined {
    return dev === undefined ? undefined : (this.interfaces.named(dev).group ?? 0);
  }

  private passes(route: Route, flow: RoutingFlow): boolean {
    if (route.tos !== undefined && route.tos !== 0 && route.tos !== flow.tos) return false;
    if (isRefusal(route.type) || route.type === "throw") return flow.oif === undefined || this.family === "ipv4";
    return route.hops.some((hop) => this.isUsable(hop, flow));
  }

  private isUsable({ dev }: Hop, { oif }: RoutingFlow): boolean {
    if (dev === undefined) return oif === undefined;
    return (oif === undefined || oif === dev) && this.interfaces.named(dev).up;
  }

  /** Which of several next hops the kernel's hash picks is not known. */
  private hopOf(route: Route, flow: RoutingFlow, doubts: Doubts): Hop {
    const usable = route.hops.filter((hop) => this.isUsable(hop, flow));
    const picked = usable
      .slice(0, -1)
      .find((hop) => doubts.guess(`a route with several next hops: does the packet take ${hopText(hop)}?`));
    return picked ?? usable.at(-1) ?? {};
  }

  /** The type of an address by the local table alone: what `fib type` and `addrtype` tell. */
  typeOf(address: IpNumber, device: string | undefined): Route["type"] {
    const any = this.tables.get(localTable)?.find(address, () => true);
    if (!any) return "unicast";
    return device === undefined || any.hops.some(({ dev }) => dev === device) ? any.type : "unicast";
  }
}

function allRoutes(state: RouterState, interfaces: Interfaces, family: AddressFamily): readonly Route[] {
  const given = state.routes?.filter((route) => route.family === family);
  const local = localRoutes(interfaces.all).filter((route) => route.family === family);
  if (!given) return [...local, ...connectedRoutes(interfaces.all).filter((route) => route.family === family)];
  return tellsLocal(given, family) ? given : [...local, ...given];
}

/** A local route that somebody added, beside those that the kernel makes of addresses. */
function isOwnLocal({ family, type, table, destination, prefixLength }: Route, interfaces: Interfaces): boolean {
  if (type !== "local") return false;
  const address = toNumber({ family, value: destination });
  const made = prefixLength === widths[family] ? interfaces.owns(address) : isLoopback(family, address);
  return table !== localTable || !(made || isLoopback(family, address));
}

function byTable(routes: readonly Route[]): ReadonlyMap<number, Route[]> {
  const tables = new Map<number, Route[]>();
  for (const route of routes) {
    const table = tables.get(route.table);
    if (table) table.push(route);
    else tables.set(route.table, [route]);
  }
  return tables;
}

function isRefusal(type: Route["type"]): type is "blackhole" | "unreachable" | "prohibit" {
  return type === "blackhole" || type === "unreachable" || type === "prohibit";
}

/** `via 10.0.0.1 dev wan1`. */
export function hopText({ dev, via }: Hop): string {
  return [via && `via ${formatAddress(via)}`, dev !== undefined && `dev ${dev}`].filter(Boolean).join(" ");
}

/** `default via 10.0.0.1 dev wan1`, as `ip route` begins its lines. */
export function routeText({ family, type, destination, prefixLength }: Route, hop?: Hop): string {
  const network = prefixLength === 0 ? "default" : `${formatAddress({ family, value: destination })}/${prefixLength}`;
  return [type === "unicast" ? "" : type, network, hop ? hopText(hop) : ""].filter(Boolean).join(" ");
}
