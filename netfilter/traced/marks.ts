import type { Change } from "../simulate/trace.js";

/** A step whose changes may still grow. */
interface Growing {
  readonly changes: Change[];
}

/** Follows a packet's mark through what is told of it, and finds the rule that changed it. */
export class Marks {
  /** Undefined until it is told. */
  private known: number | undefined;
  /** Rules that wrote it since it was told last. */
  private writers: Growing[] = [];

  /** A rule matched that writes the mark. */
  wrote(step: Growing): void {
    this.writers.push(step);
  }

  /** The mark was told; 0 at first says nothing. The last rule that wrote it did it, else something at `here`. */
  told(mark: number, here: Growing): void {
    const { known, writers } = this;
    const writer = writers.at(-1);
    this.known = mark;
    this.writers = [];
    if (mark === (known ?? 0) || (!writer && known === undefined)) return;
    const before = known !== undefined && writers.length <= 1 ? { before: markText(known) } : {};
    (writer ?? here).changes.push({ field: "meta mark", ...before, after: markText(mark) });
  }
}

/** As nft writes marks. */
export function markText(mark: number): string {
  return `0x${mark.toString(16).padStart(8, "0")}`;
}
