import type { AddressFamily } from "../../packet/address.js";
import { type IpNumber, prefixOf, toNumber } from "../ipNumber.js";
import type { Route } from "../state.js";

/** The routes of one table and family, found by longest prefix. */
export class RouteTable {
  /** By prefix length, the longest first. */
  private levels: { readonly length: number; readonly routes: Map<IpNumber, Route[]> }[] = [];

  constructor(
    readonly family: AddressFamily,
    routes: readonly Route[],
  ) {
    for (const route of routes)
      this.level(route.prefixLength, toNumber({ family, value: route.destination })).push(route);
    this.levels.sort((a, b) => b.length - a.length);
    for (const { routes } of this.levels) for (const group of routes.values()) group.sort(byRank);
  }

  private level(length: number, destination: IpNumber): Route[] {
    let level = this.levels.find((known) => known.length === length);
    if (!level) {
      level = { length, routes: new Map() };
      this.levels.push(level);
    }
    const prefix = prefixOf(this.family, destination, length);
    const group = level.routes.get(prefix) ?? [];
    level.routes.set(prefix, group);
    return group;
  }

  /** The first route that holds the address and passes: longest prefix first, then by type of service and metric. */
  find(address: IpNumber, passes: (route: Route) => boolean): Route | undefined {
    for (const { length, routes } of this.levels) {
      const found = routes.get(prefixOf(this.family, address, length))?.find(passes);
      if (found) return found;
    }
    return undefined;
  }
}

/** Routes for one type of service stand before those for all. */
function byRank(a: Route, b: Route): number {
  return (b.tos ?? 0) - (a.tos ?? 0) || (a.metric ?? 0) - (b.metric ?? 0);
}
