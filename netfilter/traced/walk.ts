import type { Family, Hook } from "../facts/hooks.js";
import type { Chain } from "../model/ruleset.js";

/** A chain that a packet is in. */
export interface Frame {
  readonly chain: Chain;
  /** The index of the first rule that it has not passed; absent where that is not known. */
  next?: number;
  /** The first chain that the trace tells of: it may have begun at a rule of it. */
  isFirst?: true;
}

/** A packet's way through one base chain and those that it calls, as far as events tell. */
export class ChainWalk {
  /** The innermost chain last. */
  readonly frames: Frame[] = [];
  /** A verdict has ended it. */
  ended = false;
  /** Chains without a name of their own, by the name that the kernel has given them. */
  readonly named = new Map<string, Chain>();

  constructor(
    /** Absent for a chain that the rules do not have. */
    readonly base: Chain | undefined,
    /** `ip filter FORWARD`. */
    readonly place: string,
    readonly hook: Hook,
    readonly priority: number,
    readonly family: Family,
    /** Whether hook and priority are those of the rules, and not only what they may be. */
    readonly isKnown: boolean,
  ) {}

  /** Where the packet is; undefined where that is not known. */
  get top(): Frame | undefined {
    return this.frames.at(-1);
  }

  /** The innermost frame of the chain. */
  frameOf(chain: Chain): Frame | undefined {
    return this.frames.findLast((frame) => frame.chain === chain);
  }
}
