import { quoted } from "./failure.js";

const mostSamples = 3;

/** Counts lines that could not be read and keeps the first few, to say so in one sentence. */
export class Unread {
  count = 0;
  readonly #samples: string[] = [];

  add(line: string): void {
    this.count++;
    if (this.#samples.length < mostSamples) this.#samples.push(quoted(line));
  }

  /** Whether another sample would be kept, for callers that first have to make a text of it. */
  get wantsSample(): boolean {
    return this.#samples.length < mostSamples;
  }

  /** The first such line as a quotation; empty where there is none. */
  get first(): string {
    return this.#samples[0] ?? "";
  }

  /** No sentence when everything was read. */
  warnings(what: string): string[] {
    if (this.count === 0) return [];
    const lines = this.count === 1 ? "1 line" : `${this.count} lines`;
    const more = this.count > this.#samples.length ? " …" : "";
    return [`${lines} of the router's answer could not be read as ${what}: ${this.#samples.join(", ")}${more}`];
  }
}
