import type { Packet } from "../../packet/packet.js";
import type { Tracked } from "../conntrack/tracker.js";
import type { NatRequest } from "../context.js";
import type { IpNumber } from "../ipNumber.js";
import { Answers } from "../tries.js";
import { walkChain } from "../walk.js";
import { Flight } from "./flight.js";
import type { Machine } from "./machine.js";
import { FlightPassage } from "./passage.js";

/**
 * The interface for which a masquerade must have made an entry that no tool told it of: the one that has the address which the
 * connection was given, if the rules would masquerade the connection's first packet there. Undefined where a rule that is not
 * certain, or any other, comes first. `first` is that packet to conntrack, `leaves` the packet, and its mark its connection's.
 */
export function masqueraderOf(machine: Machine, first: Tracked, leaves: Packet, given: IpNumber): string | undefined {
  const oif = machine.interfaces.ownerOf(given);
  if (oif === undefined) return undefined;
  const answers = new Answers([]);
  const flight = new Flight(machine, answers, { record: "none", oif: undefined }, leaves);
  flight.tracked = first;
  flight.oif = machine.interfaces.named(oif);
  flight.iif = cameBy(flight);
  const request = requestOf(flight);
  return request?.masquerade && answers.asked.length === 0 ? oif : undefined;
}

/** Packets of a connection come by the interface that leads back to their sender; the machine's own have none. */
function cameBy(flight: Flight): Flight["iif"] {
  const { machine, headers } = flight;
  if (machine.interfaces.owns(headers.saddr)) return undefined;
  const back = machine.routing.fib({ address: headers.saddr }, headers.family, flight)?.oif;
  return back === undefined ? undefined : machine.interfaces.named(back);
}

/** What the first nat rule that matches at postrouting asks; what limits and sets take note of is put back. */
function requestOf(flight: Flight): NatRequest | undefined {
  const { machine, family } = flight;
  const passage = new AskingPassage(flight, "postrouting", family, () => {});
  for (const callback of machine.hooks.at(family, "postrouting")) {
    if (callback.kind !== "kernel") continue;
    for (const { program, chain } of callback.chains) {
      const undo = program.snapshot();
      walkChain(program, chain, passage, undefined);
      undo();
      if (passage.asked) return passage.asked;
    }
  }
  return undefined;
}

/** Notes what a nat rule asks in the place of doing it. */
class AskingPassage extends FlightPassage {
  asked: NatRequest | undefined;

  override nat(request: NatRequest): "accept" {
    this.asked = request;
    return "accept";
  }
}
