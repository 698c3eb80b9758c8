import type { Hook } from "../../facts/hooks.js";
import type { Interface } from "../state.js";
import type { Disposition } from "../trace.js";
import { callHook } from "./callHook.js";
import type { Flight } from "./flight.js";

/** The bridge that the packet came in by, where its interface is a port of one. */
export function bridgeOf({ iif, machine }: Flight): Interface | undefined {
  const master = iif?.master === undefined ? undefined : machine.interfaces.named(iif.master);
  return master?.type === "bridge" ? master : undefined;
}

/**
 * A frame that came in by a bridge's port: through the bridge's hooks to another port, or up to this machine, for which the
 * answer is undefined and the packet then has the bridge as its interface.
 */
export function crossBridge(flight: Flight, bridge: Interface): Disposition | undefined {
  const { machine, headers } = flight;
  const { daddr } = headers;
  const end = callHook(flight, "bridge", "prerouting", machine.hooks.at("bridge", "prerouting"));
  if (end) return end;
  if (headers.daddr !== daddr || isForThisMachine(flight, bridge)) return passUp(flight, bridge);
  flight.oif = portFor(flight, bridge);
  return callHook(flight, "bridge", "forward", machine.hooks.at("bridge", "forward")) ?? leaveByPort(flight);
}

function passUp(flight: Flight, bridge: Interface): Disposition | undefined {
  const { hooks } = flight.machine;
  const end = callHook(flight, "bridge", "input", hooks.at("bridge", "input"));
  if (end) return end;
  flight.iif = bridge;
  if (flight.meta.pktType === "other") flight.meta.pktType = "host";
  return undefined;
}

/** Through the bridge's output, for a packet whose route leads to a bridge; without rules there, the port does not matter. */
export function leaveByBridge(flight: Flight, bridge: Interface): Disposition {
  const { machine } = flight;
  const ports = machine.interfaces.all.filter(({ master }) => master === bridge.name);
  const hasRules = ["output", "postrouting"].some((hook) =>
    machine.hooks.at("bridge", hook as Hook).some(({ kind }) => kind === "chain"),
  );
  if (!hasRules && !ports.some(({ name }) => machine.hooks.atDevice("egress", name).length > 0)) return flight.sent();
  flight.iif = undefined;
  flight.oif = portFor(flight, bridge);
  return callHook(flight, "bridge", "output", machine.hooks.at("bridge", "output")) ?? leaveByPort(flight);
}

function leaveByPort(flight: Flight): Disposition {
  const { machine, oif } = flight;
  const end = callHook(flight, "bridge", "postrouting", machine.hooks.at("bridge", "postrouting"));
  if (end) return end;
  return callHook(flight, "netdev", "egress", machine.hooks.atDevice("egress", oif?.name ?? "?")) ?? flight.sent();
}

/** Told by the frame's destination where that is known, else by where the packet's address lies. */
function isForThisMachine(flight: Flight, bridge: Interface): boolean {
  const { headers, meta, machine, iif } = flight;
  const { etherDaddr, family, daddr } = headers;
  if (etherDaddr !== undefined && bridge.mac !== undefined)
    return etherDaddr === bridge.mac || etherDaddr === iif?.mac || isGroupMac(etherDaddr);
  if (meta.pktType === "other") return false;
  if (machine.interfaces.owns(daddr)) return true;
  const answer = machine.routing.fib({ address: daddr }, family, flight);
  const across = answer?.oif === bridge.name;
  flight.assume(
    across
      ? `the frame is addressed to a neighbour on ${bridge.name}, since the packet's destination lies there`
      : `the frame is addressed to this machine, since the packet's destination does not lie on ${bridge.name}`,
  );
  return !across;
}

function isGroupMac(mac: number): boolean {
  return (Math.floor(mac / 2 ** 40) & 1) === 1;
}

/** The port by which a frame leaves: the one that was named, or the only other one; else which of them is not known. */
function portFor(flight: Flight, bridge: Interface): Interface {
  const { machine, wishes, iif } = flight;
  const ports = machine.interfaces.all.filter(({ master, name }) => master === bridge.name && name !== iif?.name);
  const named = ports.find(({ name }) => name === wishes.oif);
  if (named) return named;
  const picked = ports
    .slice(0, -1)
    .find(({ name }) => flight.guess(`behind which port of ${bridge.name} the destination is: is it ${name}?`));
  return picked ?? ports.at(-1) ?? machine.interfaces.named("?");
}

/** Whether `br_netfilter` takes bridged packets of the family through IP's hooks. */
function takesIp({ machine, headers }: Flight): boolean {
  const word = headers.family === "ipv4" ? "iptables" : "ip6tables";
  return (machine.sysctls.number(`net.bridge.bridge-nf-call-${word}`) ?? 0) !== 0;
}

/** `br_netfilter`'s part at a bridge hook: IP's chains, which see the bridge as their interface. */
export function callIpFromBridge(flight: Flight, hook: Hook): Disposition | undefined {
  if (!takesIp(flight)) return undefined;
  const { machine, family, iif, oif } = flight;
  const parent = (port: Interface | undefined) =>
    port?.master === undefined ? port : machine.interfaces.named(port.master);
  const isSwitched = iif !== undefined;
  if (hook !== "prerouting" && !isSwitched) return undefined;
  flight.iif = hook === "postrouting" ? undefined : parent(iif);
  flight.oif = hook === "prerouting" ? undefined : parent(oif);
  const end = callHook(flight, family, hook, machine.hooks.at(family, hook));
  flight.iif = iif;
  flight.oif = oif;
  if (hook === "prerouting") flight.prerouted = true;
  return end;
}
