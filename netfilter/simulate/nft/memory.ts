/** All that changes while packets pass: elements that rules added, used-up quotas, counters of `numgen`. */
export class Memory {
  /** Grows with every snapshot and restoration: what a cell holds is copied once before it is changed in a new one. */
  epoch = 0;
  readonly changed = new Set<Cell<unknown>>();

  /** Gives back a function that puts everything back as it is now. */
  snapshot(): () => void {
    this.epoch++;
    const kept = new Map([...this.changed].map((cell) => [cell, cell.value]));
    return () => {
      this.epoch++;
      for (const cell of this.changed) cell.value = kept.has(cell) ? kept.get(cell) : cell.initial;
    };
  }
}

/** One thing that changes. */
export class Cell<T> {
  value: T;
  private editedIn = -1;

  constructor(
    private readonly memory: Memory,
    readonly initial: T,
    private readonly copy: (value: T) => T,
  ) {
    this.value = initial;
  }

  /** The value, safe to be changed in place. */
  edit(): T {
    if (this.editedIn !== this.memory.epoch) {
      this.editedIn = this.memory.epoch;
      this.memory.changed.add(this as Cell<unknown>);
      this.value = this.copy(this.value);
    }
    return this.value;
  }

  /** Puts another value in its place. */
  set(value: T): void {
    this.memory.changed.add(this as Cell<unknown>);
    this.value = value;
  }
}
