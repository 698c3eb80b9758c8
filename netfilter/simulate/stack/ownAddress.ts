import type { Hook } from "../../facts/hooks.js";
import type { NatRequest } from "../context.js";
import { type IpNumber, textOf } from "../ipNumber.js";
import type { Flight } from "./flight.js";

/**
 * The address that `masquerade` and `redirect` take of an interface; undefined when it has none, for which the kernel drops the
 * packet. Where nothing is known of the interface, the unspecified address stands for it, and that is stated.
 */
export function ownAddress(flight: Flight, request: NatRequest, hook: Hook): IpNumber | undefined {
  const { headers, oif, nexthop, iif, machine } = flight;
  const { family, daddr } = headers;
  if (request.kind === "destination") {
    if (hook === "output") return family === "ipv4" ? 0x7f00_0001 : 1n;
    return iif && (machine.interfaces.firstOf(iif.name, family) ?? unknown(flight, iif.name));
  }
  const towards = family === "ipv4" ? (nexthop ?? daddr) : daddr;
  return oif && (machine.interfaces.sourceTowards(oif.name, family, towards) ?? unknown(flight, oif.name));
}

function unknown(flight: Flight, name: string): IpNumber | undefined {
  if (flight.machine.interfaces.isKnown(name)) return undefined;
  const { family } = flight.headers;
  const none = family === "ipv4" ? 0 : 0n;
  flight.assume(`the address of ${name} is not known: ${textOf(family, none)} stands for it`);
  return none;
}
