import type { AddressFamily } from "../../packet/address.js";
import type { FibAnswer, FibQuery } from "../context.js";
import type { Interfaces } from "../interfaces.js";
import { type IpNumber, isLinkLocal, isLoopback, isMulticast, isUnspecified, textOf, toNumber } from "../ipNumber.js";
import type { RouterState } from "../state.js";
import type { Sysctls } from "../sysctls.js";
import type { Decision } from "./decision.js";
import type { Doubts, Lookup, RoutingFlow } from "./flow.js";
import { martian, refused } from "./refused.js";
import { sourceRefused } from "./reversePath.js";
import { ruleText } from "./rules.js";
import { RoutingTables, routeText } from "./tables.js";

const loopback = { ipv4: 0x7f00_0001, ipv6: 1n } as const;

type Found = Extract<Lookup, { found: true }>;

/** Decides where packets go, as the machine's rules, routes, addresses and switches say. */
export class Routing {
  private readonly tables: Readonly<Record<AddressFamily, RoutingTables>>;

  constructor(
    state: RouterState,
    private readonly interfaces: Interfaces,
    private readonly sysctls: Sysctls,
  ) {
    this.tables = {
      ipv4: new RoutingTables(state, interfaces, "ipv4"),
      ipv6: new RoutingTables(state, interfaces, "ipv6"),
    };
  }

  /** For a packet that came in. `hint`: where it leaves if routes are not known and it is not for this machine. */
  input(flow: RoutingFlow, hint: string | undefined, doubts: Doubts): Decision {
    const odd = flow.family === "ipv4" ? this.oddInput4(flow) : undefined;
    if (odd) return odd;
    if (flow.family === "ipv4" && flow.daddr === 0xffff_ffff) return { goes: "in", says: "the limited broadcast" };
    if (isMulticast(flow.family, flow.daddr)) return this.group(flow, doubts);
    const found = this.tables[flow.family].lookup(flow, doubts);
    if (!found.found) return this.noWayIn(found, flow, hint, doubts);
    return flow.family === "ipv4" ? this.input4(found, flow, doubts) : this.input6(found, flow, doubts);
  }

  private oddInput4({ saddr, daddr, iif }: RoutingFlow): Decision | undefined {
    if (isMulticast("ipv4", saddr) || saddr === 0xffff_ffff) return martian("martian source: no host has this address");
    if (daddr === 0xffff_ffff || (saddr === 0 && daddr === 0)) return undefined;
    if ((saddr as number) >>> 24 === 0) return martian("martian source: it begins with 0");
    if ((daddr as number) >>> 24 === 0) return martian("martian destination: it begins with 0");
    const strange = isLoopback("ipv4", daddr) ? "destination" : isLoopback("ipv4", saddr) ? "source" : undefined;
    if (!strange || iif === "lo" || this.sysctls.either("route_localnet", iif)) return undefined;
    return martian(`martian ${strange}: 127.0.0.0/8 from outside, and route_localnet is off on ${iif}`);
  }

  private group(flow: RoutingFlow, doubts: Doubts): Decision {
    const { family, daddr } = flow;
    const everyone = family === "ipv4" ? daddr === 0xe000_0001 : daddr === (0xff02n << 112n) + 1n;
    const listens =
      everyone || doubts.guess(`whether this machine has joined the group ${textOf(family, daddr)} is not known`);
    return listens ? { goes: "in", says: "a group of this machine's" } : martian("a group that nobody here has joined");
  }

  private input4(found: Found, flow: RoutingFlow, doubts: Doubts): Decision {
    const { type } = found.route;
    const local = type === "local" || type === "broadcast";
    if (!local && !this.forwards(flow, doubts)) return martian(`forwarding is off on ${flow.iif}`);
    if (!local && type !== "unicast") return martian(`martian destination: ${routeText(found.route)}`);
    const check = { tables: this.tables.ipv4, interfaces: this.interfaces, sysctls: this.sysctls };
    const oif = local ? undefined : found.hop.dev;
    const believed = type === "broadcast" && isUnspecified(flow.saddr);
    const why = believed ? undefined : sourceRefused(check, flow, oif, doubts);
    if (why !== undefined) return martian(why);
    return local ? { goes: "in", ...this.said(found) } : this.out(found, flow);
  }

  private input6(found: Found, flow: RoutingFlow, doubts: Doubts): Decision {
    const { type } = found.route;
    if (type === "local" || type === "anycast") return { goes: "in", ...this.said(found) };
    if (!this.forwards(flow, doubts)) return martian("net.ipv6.conf.all.forwarding is off");
    if (isUnspecified(flow.saddr)) return martian("a packet without a sender's address is not forwarded");
    if (isLinkLocal("ipv6", flow.saddr))
      return {
        ...martian("a link-local sender's packet does not leave its link"),
        tells: { type: 1, code: 2 },
      } as Decision;
    return this.out(found, flow);
  }

  private forwards({ family, iif }: RoutingFlow, doubts: Doubts): boolean {
    const known = this.sysctls.forwards(family, iif);
    if (known === undefined)
      doubts.assume(
        family === "ipv4"
          ? "net.ipv4.ip_forward is not known and taken as 1"
          : "net.ipv6.conf.all.forwarding is not known and taken as 1",
      );
    return known ?? true;
  }

  /** Nothing in the tables: certain where they are known, else what little there is decides, and says so. */
  private noWayIn(
    refusal: Extract<Lookup, { found: false }>,
    flow: RoutingFlow,
    hint: string | undefined,
    doubts: Doubts,
  ): Decision {
    const { family, iif } = flow;
    const forwards = this.sysctls.forwards(family, iif) ?? true;
    if (refusal.error !== "none" || this.tables[family].known) {
      if (!forwards && family === "ipv4")
        return martian(`forwarding is off on ${iif}, and the address is not this machine's`);
      return refused(refusal, flow, forwards || family === "ipv6");
    }
    const target = textOf(family, flow.daddr);
    if (!this.interfaces.known && hint === undefined) {
      doubts.assume(`no addresses and routes are known: ${target} is taken for an address of this machine`);
      return { goes: "in", says: "assumed to be for this machine" };
    }
    if (!this.forwards(flow, doubts)) return martian("forwarding is off");
    return this.presumed(flow, hint, doubts);
  }

  /** The interface that a packet leaves by when no route is known. */
  private presumed(flow: RoutingFlow, hint: string | undefined, doubts: Doubts): Decision {
    const { family, daddr, iif } = flow;
    const target = textOf(family, daddr);
    const others = this.interfaces.all.filter(({ name, type }) => type !== "loopback" && name !== iif);
    const picked =
      hint ??
      others.slice(0, -1).find(({ name }) => doubts.guess(`no routes are known: does ${target} lie behind ${name}?`))
        ?.name ??
      others.at(-1)?.name;
    doubts.assume(
      `no routes are known: ${target} is taken to lie behind ${picked ?? "an interface that is not known"}`,
    );
    return { goes: "out", says: "assumed, no routes are known", oif: this.interfaces.named(picked ?? "?") };
  }

  /** For a packet of this machine. `flow.oif` is what its socket is bound to. */
  output(flow: RoutingFlow, hint: string | undefined, doubts: Doubts): Decision {
    const { family, daddr } = flow;
    const itself = isLoopback(family, daddr) || isUnspecified(daddr);
    if (itself && flow.oif === undefined && (family === "ipv6" || !this.interfaces.owns(daddr)))
      return { goes: "out", says: "loopback", oif: this.interfaces.named("lo"), source: loopback[family] };
    const found = this.tables[family].lookup(flow, doubts);
    if (found.found) return found.route.type === "local" ? this.toItself(found, flow) : this.out(found, flow);
    if (flow.oif !== undefined && (family === "ipv4" || !this.tables[family].known)) return this.onLink(flow, flow.oif);
    if (found.error === "none" && !this.tables[family].known) return this.presumed(flow, hint, doubts);
    return refused(found, flow, false);
  }

  /** IPv4 takes what it finds no route for to lie on the link that the socket is bound to. */
  private onLink({ family, daddr }: RoutingFlow, name: string): Decision {
    const source = this.interfaces.sourceTowards(name, family, daddr);
    const says = `no route, but bound to ${name}: taken to lie on its link`;
    return { goes: "out", says, oif: this.interfaces.named(name), ...(source !== undefined && { source }) };
  }

  private toItself(found: Found, { daddr }: RoutingFlow): Decision {
    const { source } = found.route;
    const own = source === undefined ? daddr : toNumber({ family: found.route.family, value: source });
    return { goes: "out", ...this.said(found), oif: this.interfaces.named("lo"), source: own };
  }

  private out(found: Found, { family, daddr }: RoutingFlow): Decision {
    const { route, hop } = found;
    const oif = this.interfaces.named(hop.dev ?? "?");
    const nexthop = hop.via && hop.via.family === family ? toNumber(hop.via) : undefined;
    const source =
      route.source === undefined
        ? this.interfaces.sourceTowards(oif.name, family, family === "ipv4" ? (nexthop ?? daddr) : daddr)
        : toNumber({ family, value: route.source });
    return {
      goes: "out",
      ...this.said(found),
      oif,
      ...(nexthop !== undefined && { nexthop }),
      ...(source !== undefined && { source }),
    };
  }

  private said({ route, hop, rule }: Found): { says: string; table: number } {
    return { says: `${routeText(route, hop)} (table ${route.table}, ${ruleText(rule)})`, table: route.table };
  }

  /** What `fib`, `addrtype` and `rpfilter` ask; undefined when nothing is known that could answer. */
  fib(query: FibQuery, family: AddressFamily, doubts: Doubts): FibAnswer | undefined {
    const tables = this.tables[family];
    if (!this.interfaces.known && !tables.known) return undefined;
    const { address, source, mark, iif, oif } = query;
    const device = iif ?? oif;
    const type = this.typeOf(address, family, device);
    const flow: RoutingFlow = {
      family,
      daddr: address,
      saddr: source ?? (family === "ipv4" ? 0 : 0n),
      iif: "lo",
      oif,
      mark: mark ?? 0,
      tos: 0,
      protocol: 0,
      sport: undefined,
      dport: undefined,
      uid: 0,
    };
    const best = tables.lookup(flow, doubts);
    if (!best.found && best.error === "none" && !tables.known && type === "unicast") return undefined;
    const bound = best.found && family === "ipv6" && iif && tables.lookup({ ...flow, oif: iif }, doubts);
    const found = bound && isBeside(bound, best) ? bound : best;
    if (!found.found) return { type };
    if (family === "ipv6" && device === undefined && found.route.type === "local")
      return { type: "local", route: "local" };
    const dev = deviceOf(found, device);
    return { type, route: found.route.type, ...(dev !== undefined && { oif: dev }) };
  }

  private typeOf(address: IpNumber, family: AddressFamily, device: string | undefined): string {
    if (family === "ipv4" && (address === 0xffff_ffff || (address as number) >>> 24 === 0)) return "broadcast";
    if (isMulticast(family, address)) return "multicast";
    return this.tables[family].typeOf(address, device);
  }
}

/** Among the routes of one table to one network IPv6 takes the one by the device that is asked for, whatever its metric. */
function isBeside(one: Lookup, other: Lookup): one is Found {
  if (!one.found || !other.found) return false;
  const [a, b] = [one.route, other.route];
  return a.table === b.table && a.prefixLength === b.prefixLength && a.destination === b.destination;
}

/** The device that a route leads to; where one was asked for, that one if any of its hops does. */
function deviceOf({ route, hop }: Found, asked: string | undefined): string | undefined {
  if (asked === undefined) return hop.dev;
  return route.hops.some(({ dev }) => dev === asked) ? asked : undefined;
}
