import type { Hook } from "../../facts/hooks.js";
import type { Passage } from "../context.js";
import { packetOf } from "../headers.js";
import { flowOf } from "../routing/flow.js";
import type { Flight } from "./flight.js";
import { sendOff } from "./local.js";
import { routedOut } from "./reroute.js";

/** Sends a copy of a packet to a host that is looked up by address, or straight out of a device. It is never tracked. */
export function sendCopy(flight: Flight, { address, device }: Parameters<Passage["copy"]>[0], hook: Hook): void {
  const { headers, meta, machine } = flight;
  const arrived = hook === "prerouting" || hook === "input";
  const ttl = arrived && headers.ttl !== undefined ? headers.ttl - 1 : headers.ttl;
  const copy = flight.offspring(packetOf({ ...headers, ttl }, meta, {}), true);
  copy.tracked = machine.tracker.untracked();
  if (address === undefined) {
    copy.oif = machine.interfaces.named(device ?? "?");
    flight.caused.push(copy.trace(copy.sent()));
    return;
  }
  const { mark } = meta;
  const flow = flowOf({ ...headers, daddr: address }, { iif: "lo", oif: device, mark, uid: undefined });
  const end = routedOut(copy, () => machine.routing.output(flow, undefined, copy));
  copy.nexthop ??= address;
  flight.caused.push(copy.trace(end ?? sendOff(copy)));
}
