import { endsOf } from "../headers.js";
import { isLoopback, isMulticast } from "../ipNumber.js";
import type { Decision } from "../routing/decision.js";
import { flowOf } from "../routing/flow.js";
import type { Disposition } from "../trace.js";
import { tellSender } from "./answers.js";
import { bridgeOf, crossBridge } from "./bridge.js";
import { callHook } from "./callHook.js";
import type { Flight } from "./flight.js";
import { forward } from "./forward.js";
import { noteRoute } from "./reroute.js";

/** A packet that came in by an interface. `routed`: over loopback, where its route is known from the way out. */
export function arrive(flight: Flight, routed = false): Disposition {
  const { machine, family, meta } = flight;
  const device = flight.iif?.name ?? "?";
  const stopped = callHook(flight, "netdev", "ingress", machine.hooks.atDevice("ingress", device));
  if (stopped) return stopped;
  const bridge = bridgeOf(flight);
  if (bridge) return crossBridge(flight, bridge) ?? arrive(flight);
  if (meta.pktType === "other") return flight.dropped("the link layer addressed it to another machine");
  const odd = oddAddress(flight);
  if (odd !== undefined) return flight.dropped(odd);
  const { daddr } = endsOf(flight.headers);
  const callbacks = flight.prerouted ? [] : machine.hooks.at(family, "prerouting");
  const end = callHook(flight, family, "prerouting", callbacks);
  if (end) return end;
  if (routed && daddr === flight.headers.daddr) return deliver(flight);
  return follow(flight, decide(flight));
}

/** What IPv6 throws away before its first hook. */
function oddAddress({ headers, iif }: Flight): string | undefined {
  const { family, saddr, daddr } = headers;
  if (family === "ipv4") return undefined;
  if (isMulticast(family, saddr)) return "a group's address cannot be a sender's";
  const isInner = isLoopback(family, saddr) || isLoopback(family, daddr);
  return isInner && iif?.type !== "loopback" ? "the loopback address does not come from outside" : undefined;
}

function decide(flight: Flight): Decision {
  const { headers, meta, iif, machine, wishes } = flight;
  const flow = flowOf(headers, { iif: iif?.name ?? "lo", mark: meta.mark });
  return machine.routing.input(flow, wishes.oif, flight);
}

function follow(flight: Flight, decision: Decision): Disposition {
  noteRoute(flight, decision);
  if (decision.goes === "in") return deliver(flight);
  if (decision.goes === "out") return forward(flight, decision);
  const end = flight.dropped(`routing: ${decision.says}`);
  if (decision.tells) tellSender(flight, "prerouting", decision.tells);
  return end;
}

/** To this machine's own protocols. What they answer is another packet, which is not simulated. */
function deliver(flight: Flight): Disposition {
  const { machine, family } = flight;
  return callHook(flight, family, "input", machine.hooks.at(family, "input")) ?? { end: "delivered" };
}
