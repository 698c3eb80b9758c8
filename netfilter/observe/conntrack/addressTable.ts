/** Gives each IPv6 address a number, the same for the same address: open addressing over four 32-bit words. */
export class AddressTable {
  count = 0;
  #words = new Uint32Array(4 * 256);
  #slots = new Int32Array(512).fill(-1);

  /** The words in order of number, four for each address. */
  words(): Uint32Array {
    return this.#words.slice(0, 4 * this.count);
  }

  /** The words without a copy; they change with the next address. */
  get live(): Uint32Array {
    return this.#words.subarray(0, 4 * this.count);
  }

  add(a: number, b: number, c: number, d: number): number {
    const words = this.#words;
    const slots = this.#slots;
    let slot = hash(a, b, c, d) & (slots.length - 1);
    for (let found = slots[slot] as number; found >= 0; found = slots[slot] as number) {
      const at = found * 4;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) return found;
      slot = (slot + 1) & (slots.length - 1);
    }
    if (this.count * 4 === words.length) {
      this.#grow();
      return this.add(a, b, c, d);
    }
    words.set([a, b, c, d], this.count * 4);
    slots[slot] = this.count;
    return this.count++;
  }

  #grow(): void {
    const words = new Uint32Array(this.#words.length * 2);
    words.set(this.#words);
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    for (let index = 0; index < this.count; index++) {
      const at = index * 4;
      let slot = hash(words[at], words[at + 1], words[at + 2], words[at + 3]) & (slots.length - 1);
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = index;
    }
    this.#words = words;
    this.#slots = slots;
  }
}

function hash(a = 0, b = 0, c = 0, d = 0): number {
  const mixed =
    Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35) ^ Math.imul(d, 0x27d4eb2f);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
