import { resolved, type Variables } from "../../model/nft/variables.js";
import type { Span } from "../../text/span.js";

/** Rules as they are written, on one line, variables replaced by what they stand for, counted numbers left out. */
export class RuleTexts {
  /** Variables in order of place, with the text that each stands for. */
  private readonly uses: readonly (Span & { readonly stands: string })[];

  constructor(
    private readonly text: string,
    variables: Variables,
  ) {
    this.uses = [...variables.uses.keys()]
      .flatMap((use) => {
        const value = resolved(use, variables);
        return value ? [{ start: use.start, end: use.end, stands: text.slice(value.start, value.end) }] : [];
      })
      .sort((a, b) => a.start - b.start);
  }

  of({ start, end }: Span): string {
    let written = "";
    let at = start;
    for (let index = this.firstFrom(start); ; index++) {
      const use = this.uses[index];
      if (!use || use.end > end) break;
      if (use.start < at) continue;
      written += this.text.slice(at, use.start) + use.stands;
      at = use.end;
    }
    return onOneLine(written + this.text.slice(at, end));
  }

  private firstFrom(start: number): number {
    let [low, high] = [0, this.uses.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.uses[middle] as Span).start < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function onOneLine(text: string): string {
  return text
    .replace(/\\\n/g, " ")
    .replace(/\bcounter packets \d+ bytes \d+/g, "counter")
    .replace(/\s+/g, " ")
    .trim();
}
