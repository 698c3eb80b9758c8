import { isUnspecified } from "../ipNumber.js";
import type { Decision } from "../routing/decision.js";
import { flowOf } from "../routing/flow.js";
import type { Disposition } from "../trace.js";
import type { Flight } from "./flight.js";

/** Routes a packet of this machine and takes the decision over. How it ended when there is no way; undefined when it goes on. */
export function routedOut(flight: Flight, decide = () => outputOf(flight)): Disposition | undefined {
  const decision = decide();
  noteRoute(flight, decision);
  if (decision.goes !== "out") return flight.dropped(`routing: ${decision.says}`);
  flight.oif = decision.oif;
  flight.nexthop = decision.nexthop;
  if (isUnspecified(flight.headers.saddr) && decision.source !== undefined) flight.headers.saddr = decision.source;
  return undefined;
}

/** The decision for a packet of this machine as it is now; `oif` is what its socket is bound to. */
export function outputOf(flight: Flight, oif = flight.packet.boundTo): Decision {
  const { headers, meta, machine, wishes } = flight;
  const flow = flowOf(headers, { iif: "lo", oif, mark: meta.mark, uid: meta.uid });
  return machine.routing.output(flow, wishes.oif, flight);
}

/** Writes a routing decision down. */
export function noteRoute(flight: Flight, decision: Decision): void {
  const { says, table } = decision;
  const oif = decision.goes === "out" ? { oif: decision.oif.name } : {};
  flight.note({ kind: "route", says, ...oif, ...(table !== undefined && { table }), changes: [] });
}

/** The kernel's second look at where a packet of this machine goes; without a way it is dropped. */
export function rerouted(flight: Flight): Disposition | undefined {
  return routedOut(flight);
}

/**
 * Remembers what a route chain may change. What comes back routes the packet anew if it did: mark, addresses, and the type of
 * service, and IPv6's hop limit.
 */
export function reroutedAfter(flight: Flight): () => Disposition | undefined {
  const before = watched(flight);
  return () => (watched(flight).every((value, index) => value === before[index]) ? undefined : rerouted(flight));
}

function watched({ headers, meta }: Flight): readonly unknown[] {
  const { family, saddr, daddr, dscp, ecn, ttl } = headers;
  return family === "ipv4" ? [meta.mark, saddr, daddr, dscp, ecn] : [meta.mark, saddr, daddr, dscp, ecn, ttl];
}
