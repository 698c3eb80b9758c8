/** Walks over the words of a line of `ip`. */
export class Words {
  #at = 0;
  readonly #words: readonly string[];

  constructor(line: string) {
    this.#words = line.trim().split(/\s+/).filter(Boolean);
  }

  get peek(): string | undefined {
    return this.#words[this.#at];
  }

  next(): string | undefined {
    return this.#words[this.#at++];
  }

  /** Takes the word if it comes next. */
  skip(word: string): boolean {
    if (this.peek !== word) return false;
    this.#at++;
    return true;
  }
}

/** A number in decimal or with `0x`; undefined for all else. */
export function toNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^(?:\d+|0x[\da-f]+)$/i.test(text) ? Number(text) : undefined;
}

/** Sets a field where there is something to set; says whether there was. */
export function put<Target, Key extends keyof Target>(
  target: Target,
  key: Key,
  value: Target[Key] | undefined,
): boolean {
  if (value === undefined) return false;
  target[key] = value;
  return true;
}
