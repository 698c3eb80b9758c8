import type { KernelStep, Observed, WirePacket } from "../kernel.js";

/** One packet's whole way through the kernel; a way round by the loopback is one. */
export interface Journey {
  /** True when the router made it: a program's packet, an error, a reset. */
  readonly made: boolean;
  /** As it was where it was first seen. */
  readonly first: WirePacket;
  /** The mark that it had there. */
  readonly mark: number;
  /** The ruleset's own events, without the lab's. */
  readonly steps: readonly KernelStep[];
  /** Where the lab saw it last before it left or was delivered; absent when it did not get so far. */
  readonly end?: {
    readonly at: "leaving" | "delivered";
    readonly oif?: string;
    readonly mark: number;
    readonly packet: WirePacket;
  };
  /** What really left for it. */
  readonly left?: Observed["left"][number];
}

const labTable = "hookscope_lab";

/** Sorts what a packet caused into journeys: the packet's own is the first one, absent when it left no trace at all. */
export function journeysOf({ walks, left }: Observed): Journey[] {
  const gone = [...left];
  return joined(walks).flatMap((steps) => {
    const seen = steps.find(({ packet }) => packet);
    if (!seen?.packet) return [];
    const { packet: first, mark } = seen;
    const end = endOf(steps);
    const frame = end?.at === "leaving" ? take(gone, end.packet, end.oif) : undefined;
    const own = steps.filter(({ table }) => table !== labTable);
    return [
      { made: steps[0]?.chain === "made", first, mark, steps: own, ...(end && { end }), ...(frame && { left: frame }) },
    ];
  });
}

/** What comes in by the loopback goes on with the walk that left by it: the loopback hands packets over in their order. */
function joined(walks: Observed["walks"]): KernelStep[][] {
  const found: KernelStep[][] = [];
  for (const walk of walks) {
    const open = begins(walk[0]) ? [] : found.filter((steps) => endOf(steps)?.oif === "lo");
    const packet = walk.find((step) => step.packet)?.packet;
    const same = open.find((steps) => !packet || isSamePacket(endOf(steps)?.packet, packet));
    // It may have been changed when it is first shown, by NAT or by the rule itself: then the order decides.
    const before = same ?? open[0];
    if (before) before.push(...walk);
    else found.push([...walk]);
  }
  return found;
}

function isSamePacket(left: WirePacket | undefined, came: WirePacket): boolean {
  const names = ["saddr", "daddr", "protocol", "sport", "dport", "tcpFlags", "icmpType", "icmpCode"] as const;
  return left !== undefined && names.every((name) => left[name] === came[name]);
}

/** Nothing sees a packet at the loopback's ingress: its second half begins in a chain at prerouting. */
function begins(step: KernelStep | undefined): boolean {
  return step?.table === labTable && /^(arrived|made)/.test(step.chain);
}

/** The last place at which the lab's own chains saw it, unless a chain behind them dropped it. */
function endOf(steps: readonly KernelStep[]): Journey["end"] {
  const index = steps.findLastIndex(({ table, packet }) => table === labTable && packet);
  const seen = steps[index];
  if (seen?.packet === undefined || (seen.chain !== "leaving" && seen.chain !== "delivered")) return undefined;
  if (steps.slice(index).some(({ verdict }) => verdict === "drop")) return undefined;
  return { at: seen.chain, mark: seen.mark, packet: seen.packet, ...(seen.oif && { oif: seen.oif }) };
}

/** Takes the frame that a packet became: same interface, same ends; a copy that was sent beside it has another time to live. */
function take(
  gone: Observed["left"][number][],
  { saddr, daddr, protocol, ttl, dscp }: WirePacket,
  oif: string | undefined,
) {
  const same = (frame: Observed["left"][number]) =>
    frame.oif === oif &&
    frame.packet.protocol === protocol &&
    frame.packet.daddr === daddr &&
    frame.packet.saddr === saddr;
  const exact = gone.findIndex((frame) => same(frame) && frame.packet.ttl === ttl && frame.packet.dscp === dscp);
  const index = exact === -1 ? gone.findIndex(same) : exact;
  return index === -1 ? undefined : gone.splice(index, 1)[0];
}
