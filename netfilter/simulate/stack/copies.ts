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
  // The way is looked up by the address alone: of the packet only the type of service counts.
  const saddr = headers.family === "ipv4" ? 0 : 0n;
  const ends = { saddr, daddr: address, protocol: 0, sport: 0, dport: 0 };
  const flow = flowOf({ ...headers, ...ends }, { iif: "lo", oif: device, mark: 0, uid: undefined });
  const end = routedOut(copy, () => machine.routing.output(flow, undefined, copy));
  copy.nexthop ??= address;
  flight.caused.push(copy.trace(end ?? sendOff(copy)));
}
