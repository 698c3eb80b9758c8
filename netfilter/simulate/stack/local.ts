import type { Disposition } from "../trace.js";
import { leaveByBridge } from "./bridge.js";
import { callHook } from "./callHook.js";
import { type Flight, noTemplate } from "./flight.js";
import { arrive } from "./receive.js";
import { routedOut } from "./reroute.js";

/** A packet that this machine makes: it is routed, and then goes through output. */
export function emit(flight: Flight): Disposition {
  return routedOut(flight) ?? sendOff(flight);
}

/** From the hook output on, for a packet that has its route. */
export function sendOff(flight: Flight): Disposition {
  const { machine, family } = flight;
  return callHook(flight, family, "output", machine.hooks.at(family, "output")) ?? leave(flight);
}

/** Postrouting and egress: out of an interface, or over loopback back in. */
export function leave(flight: Flight): Disposition {
  const { machine, family } = flight;
  const end = callHook(flight, family, "postrouting", machine.hooks.at(family, "postrouting"));
  if (end) return end;
  const device = flight.oif?.name ?? "?";
  const stopped = callHook(flight, "netdev", "egress", machine.hooks.atDevice("egress", device));
  if (stopped) return stopped;
  if (flight.oif?.type === "loopback") return comeBack(flight);
  return flight.oif?.type === "bridge" ? leaveByBridge(flight, flight.oif) : flight.sent();
}

/** Over loopback a packet comes in again, with its mark and its connection; one that had none is looked up anew. */
function comeBack(flight: Flight): Disposition {
  if (flight.tracked?.state === "invalid") flight.tracked = undefined;
  Object.assign(flight.template, noTemplate);
  flight.iif = flight.oif;
  flight.oif = undefined;
  flight.nexthop = undefined;
  return arrive(flight, true);
}
