import { type Packet, tcpFlag } from "../../netfilter/packet/packet.js";
import type { GivenPacket } from "../../netfilter/packet/packetJson.js";
import type { Router } from "../../netfilter/simulate/router.js";
import type { Trace } from "../../netfilter/simulate/trace.js";

/** ICMP's questions and their answers, of both versions. */
const icmpAnswers: Readonly<Record<number, number>> = { 8: 0, 13: 14, 128: 129 };

/**
 * Sends a packet, the answer that the other side would give to it as it arrived there, and the next packet of the same side. Ends
 * with the first that does not arrive.
 */
export function sendExchange(router: Router, given: GivenPacket): Trace[] {
  const first = send(router, given.packet, given.oif);
  const back = arrived(first) ? answerTo(first) : undefined;
  if (!back) return [first];
  const second = send(router, back, given.packet.iif);
  const next = arrived(second) ? following(given.packet) : undefined;
  return next ? [first, second, send(router, next, given.oif)] : [first, second];
}

function send(router: Router, packet: Packet, oif: string | undefined): Trace {
  return router.send(packet, oif === undefined ? {} : { oif });
}

function arrived({ disposition }: Trace): boolean {
  return disposition.end === "sent" || disposition.end === "delivered";
}

/** What comes back, by the interface by which the packet left; of this machine's own if it arrived here. */
function answerTo({ last, disposition }: Trace): Packet | undefined {
  const { saddr, daddr, protocol, sport, dport, tcpFlags, icmpType, icmpId } = last;
  const type = icmpType === undefined ? undefined : icmpAnswers[icmpType];
  if (icmpType !== undefined && type === undefined) return undefined;
  return {
    ...(disposition.end === "sent" && { iif: disposition.oif }),
    saddr: daddr,
    daddr: saddr,
    protocol,
    ...(dport !== undefined && { sport: dport }),
    ...(sport !== undefined && { dport: sport }),
    ...(tcpFlags !== undefined && { tcpFlags: tcpFlags | tcpFlag.ack }),
    ...(type !== undefined && { icmpType: type }),
    ...(icmpId !== undefined && { icmpId }),
  };
}

function following(packet: Packet): Packet {
  return packet.tcpFlags === undefined ? packet : { ...packet, tcpFlags: tcpFlag.ack };
}
