import type { CountedChain, CountedPolicy } from "./chains.js";

/** How many packets, as far as counters tell: at least `low`; at most `high`, where that is known. */
export interface Bounds {
  readonly low: number;
  readonly high?: number;
}

/** What a base chain's counters were, in the order of `CountedChain.counters`, at the beginning and at the end of a time. */
export interface Span {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** How many packets came into the chain. */
export function cameIn(chain: CountedChain, span: Span): Bounds {
  if (chain.entry !== undefined) return exactly(added(span, chain.entry));
  const out = leftTo(chain, span, "accept", "drop", "other");
  const met = Math.max(0, ...chain.own.map((at) => added(span, at)));
  const low = Math.max(met, out.low);
  return out.high === undefined ? { low } : { low, high: Math.max(low, out.high) };
}

/** How many packets the chain dropped or rejected. */
export function dropped(chain: CountedChain, span: Span): Bounds {
  return leftTo(chain, span, "drop");
}

/**
 * How many packets the chain is certain to have let pass in `inner`. What it counts at other places may have been read a little
 * earlier or later: `outer` is a longer time around, for what is to be taken away.
 */
export function passedAtLeast(chain: CountedChain, inner: Span, outer: Span): number {
  const accepted = leftTo(chain, inner, "accept").low;
  const { high } = leftTo(chain, outer, "drop", "other");
  if (chain.entry === undefined || high === undefined) return accepted;
  return Math.max(accepted, added(inner, chain.entry) - high);
}

/** Packets that left the chain in these ways. */
function leftTo(chain: CountedChain, span: Span, ...ways: readonly CountedChain["uncounted"][number][]): Bounds {
  const policy = ways.includes(chain.policy.to) ? byPolicy(chain.policy, span) : exactly(0);
  let [low, high] = [policy.low, policy.high];
  if (chain.uncounted.some((to) => to === "other" || ways.includes(to))) high = undefined;
  for (const { at, to, isSure, isShared } of chain.exits) {
    const count = added(span, at);
    const fits = ways.includes(to);
    if (fits && isSure && !isShared) low += count;
    if (high !== undefined && (fits || to === "other")) high += count;
  }
  return high === undefined ? { low } : { low, high };
}

/** A counter that has counted before is one that counts. */
function byPolicy({ at, isDoubtful, last, tail }: CountedPolicy, span: Span): Bounds {
  const own = at === undefined ? 0 : added(span, at);
  if (at !== undefined && (!isDoubtful || (span.before[at] ?? 0) > 0)) return exactly(own);
  if (last === "none") return exactly(0);
  if (last !== undefined) return exactly(added(span, last));
  return { low: Math.max(own, ...tail.map((place) => added(span, place))) };
}

function exactly(count: number): Bounds {
  return { low: count, high: count };
}

function added({ before, after }: Span, at: number): number {
  return (after[at] ?? 0) - (before[at] ?? 0);
}
