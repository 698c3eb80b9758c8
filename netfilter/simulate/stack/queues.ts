import type { Outcome } from "../context.js";
import { changedEnds, endsOf, headersOf, metaOf, packetOf } from "../headers.js";
import type { Change, Disposition } from "../trace.js";
import type { Flight } from "./flight.js";

type Queue = Extract<Outcome, { do: "queue" }>;

/** Hands a packet to the program on a queue; undefined when it comes back and goes on behind the chain that queued it. */
export function queued(flight: Flight, { numbers, bypass }: Queue): Disposition | undefined {
  const queue = numbers.from === numbers.to ? `${numbers.from}` : `${numbers.from}-${numbers.to}`;
  const { headers, meta, packet, wishes } = flight;
  const waits: Disposition = { end: "queued", queue, step: flight.lastStep };
  if (!wishes.queue)
    return bypass && flight.guess(`whether no program listens on queue ${queue}, which the packet then passes by`)
      ? undefined
      : waits;
  const back = wishes.queue(queue, packetOf(headers, meta, packet));
  if (back === "wait") return waits;
  if (back === "drop") return flight.dropped(`the program on queue ${queue} drops it`);
  if (back === undefined) return bypass ? undefined : flight.dropped(`no program listens on queue ${queue}`);
  const [ends, mark] = [endsOf(headers), meta.mark];
  Object.assign(headers, headersOf(back));
  Object.assign(meta, { ...metaOf(back), nftrace: meta.nftrace });
  const marked = mark === meta.mark ? [] : [{ field: "meta mark", before: markText(mark), after: markText(meta.mark) }];
  tell(flight, [...changedEnds(ends, headers), ...marked]);
  return undefined;
}

/** What the program changed belongs to the rule that handed the packet over. */
function tell({ steps, lastStep }: Flight, changes: readonly Change[]): void {
  const step = steps[lastStep];
  if (step) steps[lastStep] = { ...step, changes: [...step.changes, ...changes] };
}

function markText(mark: number): string {
  return `0x${mark.toString(16).padStart(8, "0")}`;
}
