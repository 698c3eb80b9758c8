import { readTraceText } from "../../../netfilter/observe/trace/commands.js";
import { type PacketTrace, TraceGrouper } from "../../../netfilter/observe/trace/group.js";
import { formatAddress } from "../../../netfilter/packet/address.js";
import type { Packet } from "../../../netfilter/packet/packet.js";
import type { Router, SendOptions } from "../../../netfilter/simulate/router.js";
import type { Trace } from "../../../netfilter/simulate/trace.js";
import { changesOf } from "./entries.js";
import { packetOf, resetOf } from "./packets.js";

/** The packets of a recorded trace, in order; one that came back by the loopback is one. Throws when the tool lost something. */
export function tracesIn(text: string): PacketTrace[] {
  const grouper = new TraceGrouper();
  for (const item of readTraceText(text)) {
    if (item.kind === "lost") throw new Error("The recording has gaps.");
    grouper.add(item);
  }
  return joined(grouper.traces);
}

function joined(traces: readonly PacketTrace[]): PacketTrace[] {
  const whole: PacketTrace[] = [];
  for (const trace of traces) {
    const before = whole.findIndex(({ packet }) => packet?.oif === "lo" && packet.ipId === trace.packet?.ipId);
    const first = whole[before];
    if (first && trace.packet?.iif === "lo") whole[before] = { ...trace, ...first, ...ended(first, trace) };
    else whole.push(trace);
  }
  return whole;
}

function ended(first: PacketTrace, { events, verdict }: PacketTrace): Partial<PacketTrace> {
  return { events: [...first.events, ...events], ...(verdict && { verdict }) };
}

/** What the simulator made of each recorded packet, and of the resets of the router's own that no rule traces. */
export interface Played {
  readonly traces: readonly Trace[];
  readonly resets: readonly Trace[];
  /** Both, in the order in which they were sent. */
  readonly all: readonly Trace[];
  /** What conntrack would have told, in order. */
  readonly events: readonly string[];
}

/** Sends packets through a router as they were recorded; what one makes the router send is not sent once more. */
export function play(router: Router, packets: readonly Packet[], options: PlayOptions = {}): Played {
  const { listening, ...sending } = options;
  const caused: Trace[] = [];
  const resets: Trace[] = [];
  const all: Trace[] = [];
  const events: string[] = [];
  const send = (packet: Packet): Trace => {
    const before = router.entries();
    const trace = router.send(packet, { record: "all", ...sending });
    events.push(...changesOf(before, router.entries()));
    caused.push(...trace.caused);
    all.push(trace);
    return trace;
  };
  const traces = packets.map((packet) => {
    const made = caused.findIndex((one) => isSame(one.packet, packet));
    if (made !== -1) return caused.splice(made, 1)[0] as Trace;
    const trace = send(packet);
    const reset = trace.disposition.end === "delivered" ? resetOf(trace.last, listening) : undefined;
    if (reset) resets.push(send(reset));
    return trace;
  });
  return { traces, resets, all, events };
}

interface PlayOptions extends SendOptions {
  /** TCP ports on which a program of the router's listens. */
  readonly listening?: readonly number[];
}

function isSame(made: Packet, seen: Packet): boolean {
  if (seen.iif !== undefined || made.protocol !== seen.protocol) return false;
  const ends = ({ saddr, daddr, icmpType }: Packet) => `${formatAddress(saddr)} ${formatAddress(daddr)} ${icmpType}`;
  return ends(made) === ends(seen);
}

/** The packets as they came in or were made. */
export function packetsOf(traces: readonly PacketTrace[]): Packet[] {
  return traces.flatMap(({ packet }) => (packet ? [packetOf(packet)] : []));
}

/** How a recorded packet ended, as far as the tool tells. */
export function endOf({ events, verdict }: PacketTrace): string {
  if (verdict === "drop") return "gone";
  if (verdict === "queue") return "queued";
  const last = events.findLast((event) => event.kind === "packet");
  const { oif, ttl } = last?.kind === "packet" ? last.packet : {};
  return oif === undefined ? "delivered" : `sent by ${oif} ttl ${ttl}`;
}

/** How a simulated one did. */
export function simulatedEnd({ disposition, last }: Trace): string {
  if (disposition.end === "sent") return `sent by ${disposition.oif} ttl ${last.ttl}`;
  if (disposition.end === "delivered" || disposition.end === "queued") return disposition.end;
  return disposition.end === "unknown" ? `unknown: ${disposition.why}` : "gone";
}
