import type { GivenPacket } from "../../netfilter/packet/packetJson.js";
import type { Router } from "../../netfilter/simulate/router.js";
import type { PathPacket } from "../../webview/protocol.js";
import { sendExchange } from "./exchange.js";
import type { Shown } from "./shown.js";

/** Follows a packet, or the exchange that it begins, and what it makes the machine send. */
export function follow(router: Router, shown: Shown, given: GivenPacket, exchange: boolean): PathPacket[] {
  const { packet, oif } = given;
  const traces = exchange ? sendExchange(router, given) : [router.send(packet, oif === undefined ? {} : { oif })];
  return traces.flatMap((trace, index) => {
    const caused = trace.caused.map((one, place) =>
      shown.packet(one, `${index + 1}${"abcdefgh"[place] ?? "+"} caused`),
    );
    return [shown.packet(trace, String(index + 1)), ...caused];
  });
}
