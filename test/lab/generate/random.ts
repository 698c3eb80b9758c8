/** A seeded source of choices: the same seed makes the same choices on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 to 1, 1 left out. Mulberry32: one 32-bit word of state is plenty for test data. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number; both ends belong to it. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new Error("There is nothing to pick from.");
    return choices[this.int(0, choices.length - 1)] as T;
  }

  /** Some different ones of the choices, in the choices' order. */
  some<T>(choices: readonly T[], from: number, to: number): T[] {
    const kept = new Set<number>();
    const count = Math.min(this.int(from, to), choices.length);
    while (kept.size < count) kept.add(this.int(0, choices.length - 1));
    return choices.filter((_, index) => kept.has(index));
  }

  /** One of the choices, each as likely as its weight. */
  weighed<T>(choices: readonly (readonly [number, T])[]): T {
    let left = this.next() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, choice] of choices) {
      left -= weight;
      if (left < 0) return choice;
    }
    return (choices.at(-1) as readonly [number, T])[1];
  }

  times<T>(from: number, to: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.int(from, to) }, (_, index) => make(index));
  }
}
