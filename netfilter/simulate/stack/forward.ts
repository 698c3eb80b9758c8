import type { Decision } from "../routing/decision.js";
import type { Disposition } from "../trace.js";
import { tellSender } from "./answers.js";
import { callHook } from "./callHook.js";
import type { Flight } from "./flight.js";
import { leave } from "./local.js";

/** Routes a packet through: its time to live, its size, then the hooks forward and postrouting. */
export function forward(flight: Flight, { oif, nexthop }: Extract<Decision, { goes: "out" }>): Disposition {
  const { headers, meta, machine, family } = flight;
  flight.oif = oif;
  flight.nexthop = nexthop;
  if (meta.pktType !== "host") return flight.dropped(`a link-layer ${meta.pktType} is not forwarded`);
  if (flight.tproxied) return flight.dropped("it has a proxy's socket, but its route does not lead to this machine");
  const refused = tooOld(flight) ?? tooBig(flight);
  if (refused) return refused;
  if (headers.ttl !== undefined) headers.ttl--;
  if (family === "ip")
    meta.priority = priorityOf(
      headers.dscp,
      machine.sysctls.number("net.ipv4.ip_forward_update_priority"),
      meta.priority,
    );
  return callHook(flight, family, "forward", machine.hooks.at(family, "forward")) ?? leave(flight);
}

function tooOld(flight: Flight): Disposition | undefined {
  const { ttl, family } = flight.headers;
  if (ttl === undefined || ttl > 1) return undefined;
  const word = family === "ipv4" ? "time to live" : "hop limit";
  const end = flight.dropped(`its ${word} of ${ttl} ends here; the sender is told`);
  tellSender(flight, "forward", { type: family === "ipv4" ? 11 : 3, code: 0 });
  return end;
}

function tooBig(flight: Flight): Disposition | undefined {
  const { oif, headers } = flight;
  const { length, df, family } = headers;
  if (oif?.mtu === undefined || length === undefined || length <= oif.mtu) return undefined;
  const whole = family === "ipv6" || (df ?? flight.guess("whether the packet may be fragmented (df) is not known"));
  if (!whole) return undefined;
  const end = flight.dropped(
    `${length} bytes are more than ${oif.name}'s MTU of ${oif.mtu}, and it must not be cut; the sender is told`,
  );
  tellSender(flight, "forward", family === "ipv4" ? { type: 3, code: 4 } : { type: 2, code: 0 });
  return end;
}

/** The traffic class that the kernel takes from the type of service as it forwards, four values of it each. */
const classes = [0, 2, 6, 4];

function priorityOf(dscp: number | undefined, switched: number | undefined, before: number): number {
  if (switched === 0 || dscp === undefined) return before;
  const tos = (dscp << 2) & 0x1e;
  return classes[tos >> 3] ?? 0;
}
