import type { Family } from "../facts/hooks.js";
import type { Chain } from "../model/ruleset.js";
import type { Change, Step } from "../simulate/trace.js";
import type { ChainWalk, Frame } from "./walk.js";

/** A step whose changes may still be found. */
export type Draft = Step & { readonly changes: Change[] };

/** A step that does not say yet where it is. */
export type Placeless = DistributiveOmit<Exclude<Step, { kind: "route" }>, "hook" | "priority" | "family" | "changes">;
type DistributiveOmit<T, Keys extends PropertyKey> = T extends unknown ? Omit<T, Keys> : never;

/** Of the rules that did not match: there may be thousands, and they change nothing. */
const unchanged: Change[] = [];

/** The steps of a packet so far: those that were told, and what follows from them. */
export class StepList {
  readonly steps: Draft[] = [];
  /** Changes that belong to the step that comes next. */
  readonly pending: Change[] = [];

  /** `gaps`: events may have been lost, so that nothing follows from what was not told. */
  constructor(private readonly gaps: boolean) {}

  /** Writes a step down where the packet is. */
  push(walk: ChainWalk, step: Placeless): Draft {
    const { hook, priority } = walk;
    const family: Family = step.kind === "callback" ? walk.family : step.chain.table.family;
    const draft = { ...step, hook, priority, family, changes: this.pending.splice(0) } as Draft;
    this.steps.push(draft);
    return draft;
  }

  /** Where the packet is in the chain: what it had called before has ended then. */
  reach(chain: Chain, walk: ChainWalk): Frame {
    const known = walk.frameOf(chain);
    while (known && walk.top && walk.top !== known) this.leave(walk.top, walk);
    if (known) return known;
    const frame: Frame = { chain };
    walk.frames.splice(0, walk.frames.length, frame);
    return frame;
  }

  /** The packet came to the end of a called chain. */
  leave(frame: Frame, walk: ChainWalk): void {
    this.passed(frame, frame.chain.rules.length, walk);
    if (!this.gaps) this.push(walk, { kind: "end", chain: frame.chain, verdict: "return" });
    walk.frames.splice(walk.frames.indexOf(frame));
  }

  /** Rules that tell nothing did not match, if none of them can have been lost. */
  passed({ chain, next }: Frame, to: number, { hook, priority }: ChainWalk): void {
    if (next === undefined || this.gaps) return;
    const { family } = chain.table;
    const [kind, matched, verdict, changes] = ["rule", false, undefined, unchanged] as const;
    for (const rule of chain.rules.slice(next, to))
      this.steps.push({ kind, hook, priority, family, chain, rule, matched, verdict, changes });
  }
}
