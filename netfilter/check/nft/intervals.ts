import type { Span } from "../../text/span.js";

/** A closed range of numbers and where it stands. */
export interface Interval {
  readonly from: bigint;
  readonly to: bigint;
  readonly place: Span;
}

/** Two ranges that overlap without being equal, in the order in which they stand in the file. */
export interface Overlap {
  readonly earlier: Interval;
  readonly later: Interval;
}

/** So few ranges are put in their places one by one; more are sorted in together. */
const fewIntervals = 16;

/** The ranges of a set, in ascending order. */
export class IntervalIndex {
  private sorted: Interval[] = [];

  /** Adds ranges; gives the first overlap that they make. */
  add(batch: readonly Interval[]): Overlap | undefined {
    return batch.length > fewIntervals ? this.merge(batch) : this.insert(batch);
  }

  clear(): void {
    this.sorted = [];
  }

  private merge(batch: readonly Interval[]): Overlap | undefined {
    this.sorted = [...this.sorted, ...batch].sort(byNumber);
    for (let place = 1; place < this.sorted.length; place++) {
      const found = overlapOf(this.sorted[place - 1], this.sorted[place]);
      if (found) return found;
    }
    return undefined;
  }

  private insert(batch: readonly Interval[]): Overlap | undefined {
    for (const interval of batch) {
      const place = this.placeOf(interval);
      const found = overlapOf(this.sorted[place - 1], interval) ?? overlapOf(interval, this.sorted[place]);
      if (found) return found;
      this.sorted.splice(place, 0, interval);
    }
    return undefined;
  }

  private placeOf(interval: Interval): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (byNumber(this.sorted[middle] as Interval, interval) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function overlapOf(before: Interval | undefined, after: Interval | undefined): Overlap | undefined {
  if (!before || !after || after.from > before.to) return undefined;
  if (after.from === before.from && after.to === before.to) return undefined;
  return before.place.start < after.place.start ? { earlier: before, later: after } : { earlier: after, later: before };
}

/** Of two that start together the wider one comes first. */
function byNumber(a: Interval, b: Interval): number {
  if (a.from !== b.from) return a.from < b.from ? -1 : 1;
  return a.to === b.to ? 0 : a.to > b.to ? -1 : 1;
}
