import type { SyntaxNode, Token } from "../tree.js";
import { readCounters } from "./counters.js";
import { type Counters, mark, moveSpan, type Word } from "./nodes.js";

/** `:INPUT ACCEPT [12:3456]`; a user chain's policy is `-`. */
export class ChainDeclaration implements SyntaxNode {
  constructor(
    readonly start: number,
    readonly end: number,
    readonly name: Word | undefined,
    readonly policy: Word | undefined,
    private readonly count: Word | undefined,
    /** Words that mean nothing there. */
    private readonly rest: readonly Word[],
  ) {
    if (count) mark(count, "counter");
  }

  get kind(): "chain" {
    return "chain";
  }

  get counters(): Counters | undefined {
    return this.count && readCounters(this.count);
  }

  get tokens(): readonly Token[] {
    const { start } = this;
    return [{ start, end: start + 1, role: "punctuation" }, ...this.words];
  }

  private get words(): readonly Word[] {
    return [this.name, this.policy, this.count, ...this.rest].filter((word) => word !== undefined);
  }

  get children(): readonly SyntaxNode[] {
    return [this.name, this.policy, this.counters].filter((node) => node !== undefined);
  }

  /** Takes the line to where it stands after an edit of what is before it. */
  move(by: number): void {
    moveSpan(this, by);
    for (const word of this.words) moveSpan(word, by);
  }
}
