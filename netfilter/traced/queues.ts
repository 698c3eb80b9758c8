import type { TracedPacket } from "../observe/trace/event.js";
import type { PacketTrace } from "../observe/trace/group.js";
import type { Packet } from "../packet/packet.js";
import type { SendOptions } from "../simulate/router.js";
import { toldPacketOf } from "./packet.js";

/** What the program on a queue did with a packet, as the chain behind it shows; the packet waits where nothing came after. */
export function programOf(trace: PacketTrace): Pick<SendOptions, "queue"> {
  if (queuedAt(trace) === -1) return {};
  const back = afterQueue(trace);
  return { queue: (_, packet) => (back ? changed(packet, back) : "wait") };
}

/** Whether a program had the packet and gave it back. */
export function isBack(trace: PacketTrace): boolean {
  return afterQueue(trace) !== undefined;
}

function queuedAt({ events }: PacketTrace): number {
  return events.findIndex((event) => event.kind === "rule" && event.verdict?.kind === "queue");
}

function afterQueue(trace: PacketTrace): TracedPacket | undefined {
  const at = queuedAt(trace);
  if (at === -1) return undefined;
  const shown = trace.events.slice(at).find((event) => event.kind === "packet");
  return shown?.kind === "packet" ? shown.packet : undefined;
}

/** A mark that it may have set is not taken: the rules of that chain may have done it. */
function changed(packet: Packet, back: TracedPacket): Packet {
  const { saddr, daddr, sport, dport } = toldPacketOf(back, packet.daddr.family === "ipv6");
  const ports = { ...(sport !== undefined && { sport }), ...(dport !== undefined && { dport }) };
  return { ...packet, saddr, daddr, ...ports };
}
