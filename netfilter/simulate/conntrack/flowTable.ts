import { textOf } from "../ipNumber.js";
import type { Flow } from "./flow.js";
import { covers, type Direction, isCertain, keyOf } from "./tuple.js";

/** A flow's place in the table: the flow changes, its place stays. */
export interface Slot {
  flow: Flow;
}

/** Where a packet's direction was found. */
export interface Found {
  readonly slot: Slot;
  readonly direction: "original" | "reply";
}

/** So many changes are kept to be undone: far more than the packets of any try make. */
const longestLog = 100_000;

/**
 * All connections, found by either direction. Every change goes through here and can be undone. Directions whose port the
 * kernel picked at random are found by any port of the range.
 */
export class FlowTable {
  private readonly known = new Map<string, Found>();
  private readonly open = new Set<Found>();
  private readonly bySource = new Map<string, Set<Slot>>();
  private readonly slots = new Set<Slot>();
  private log: (() => void)[] = [];
  private dropped = 0;

  get size(): number {
    return this.slots.size;
  }

  all(): Iterable<Slot> {
    return this.slots;
  }

  /** Remembers this moment; what comes back returns to it. */
  snapshot(): () => void {
    const moment = this.dropped + this.log.length;
    return () => {
      while (this.dropped + this.log.length > moment) (this.log.pop() as () => void)();
    };
  }

  /** Notes how to undo a change that has just been made. */
  undoBy(undo: () => void): void {
    this.log.push(undo);
    if (this.log.length <= 2 * longestLog) return;
    this.dropped += longestLog;
    this.log = this.log.slice(longestLog);
  }

  change(slot: Slot, changes: Partial<Flow>): void {
    const before = slot.flow;
    slot.flow = { ...before, ...changes };
    this.undoBy(() => {
      slot.flow = before;
    });
  }

  /** `guess` is asked where several connections may have been given the same port. */
  find(direction: Direction, zone: number, guess: (why: string) => boolean): Found | undefined {
    const found = this.known.get(keyOf(direction, zone));
    return found ?? (this.open.size > 0 ? this.findOpen(direction, zone, guess) : undefined);
  }

  private findOpen(direction: Direction, zone: number, guess: (why: string) => boolean): Found | undefined {
    const candidates = [...this.open].filter(({ slot: { flow }, direction: side }) => {
      const own = flow[side];
      return flow.zone === zone && own.saddr === direction.saddr && matches(own, direction);
    });
    return candidates.slice(0, -1).find((one) => guess(whichPort(one))) ?? candidates.at(-1);
  }

  /** True when another connection goes, in either way, where this direction does; a port still open never collides. */
  taken(direction: Direction, zone: number, except: Slot): boolean {
    const found = this.known.get(keyOf(direction, zone));
    return found !== undefined && found.slot !== except;
  }

  insert(slot: Slot): void {
    this.add(slot);
    this.undoBy(() => this.take(slot));
  }

  remove(slot: Slot): void {
    if (!this.slots.has(slot)) return;
    this.take(slot);
    this.undoBy(() => this.add(slot));
  }

  /** Connections that have their source translated and come from the same end as this one, oldest first. */
  *sameSource(original: Direction, zone: number): Iterable<Slot> {
    for (const slot of this.bySource.get(sourceKey(original, zone)) ?? []) yield slot;
  }

  /** Makes the connection known to `sameSource`; the kernel does so before it is confirmed. */
  addSource(slot: Slot): void {
    const key = sourceKey(slot.flow.original, slot.flow.zone);
    const slots = this.bySource.get(key) ?? new Set();
    slots.add(slot);
    this.bySource.set(key, slots);
    this.undoBy(() => slots.delete(slot));
  }

  removeSource(slot: Slot): void {
    const slots = this.bySource.get(sourceKey(slot.flow.original, slot.flow.zone));
    if (slots?.delete(slot)) this.undoBy(() => slots.add(slot));
  }

  private add(slot: Slot): void {
    this.slots.add(slot);
    for (const direction of ["original", "reply"] as const) {
      const found = { slot, direction };
      if (isCertain(slot.flow[direction])) this.known.set(keyOf(slot.flow[direction], slot.flow.zone), found);
      else this.open.add(found);
    }
  }

  private take(slot: Slot): void {
    this.slots.delete(slot);
    for (const direction of ["original", "reply"] as const) {
      const key = keyOf(slot.flow[direction], slot.flow.zone);
      if (this.known.get(key)?.slot === slot) this.known.delete(key);
    }
    for (const found of this.open) if (found.slot === slot) this.open.delete(found);
  }
}

function whichPort({ slot: { flow } }: Found): string {
  const { family, protocol, saddr, sport, daddr, dport } = flow.original;
  const ends = `${textOf(family, saddr)} ${sport} to ${textOf(family, daddr)} ${dport}, protocol ${protocol}`;
  return `the kernel picked ports at random: has the connection from ${ends} been given this packet's?`;
}

function matches(own: Direction, other: Direction): boolean {
  return (
    own.daddr === other.daddr &&
    own.protocol === other.protocol &&
    covers(own.sport, other.sport) &&
    covers(own.dport, other.dport)
  );
}

function sourceKey({ saddr, protocol, sport }: Direction, zone: number): string {
  return `${saddr} ${protocol} ${typeof sport === "number" ? sport : `${sport.from}-${sport.to}`} ${zone}`;
}
