import type { BaseChain, Chain, Ruleset } from "./ruleset.js";
import { reachableFrom } from "./walk.js";

/** A chain that the kernel calls at a hook. */
export type Base = Chain & { readonly base: BaseChain };

/** The base chains from which packets come to a chain. */
export type BasesOf = (chain: Chain) => readonly Base[];

const cache = new WeakMap<Ruleset, BasesOf>();

/**
 * Asks from which base chains of the file packets come to a chain, itself included where it is one. Chains that are only
 * jumped to from elsewhere (an include that was not read) have none, so whoever asks for "only from" asks for some too.
 */
export function basesIn(ruleset: Ruleset): BasesOf {
  let found = cache.get(ruleset);
  if (!found) {
    const callers = new Map<Chain, Base[]>();
    for (const base of baseChainsOf(ruleset)) addCaller(base, callers);
    found = (chain) => callers.get(chain) ?? [];
    cache.set(ruleset, found);
  }
  return found;
}

/** Every base chain of the tables that are awake. */
export function baseChainsOf({ tables }: Ruleset): Base[] {
  return tables.filter(({ dormant }) => !dormant).flatMap(({ chains }) => chains.filter(isBase));
}

/** The chains to which packets come from base chains that fit, and from no others. */
export function chainsOnlyAt(ruleset: Ruleset, fits: (base: Base) => boolean): Chain[] {
  if (!baseChainsOf(ruleset).some(fits)) return [];
  return ruleset.tables.flatMap(({ chains }) => chains).filter((chain) => isOnlyAt(chain, ruleset, fits));
}

/** Whether packets come to a chain from base chains that fit, and from no others. */
export function isOnlyAt(chain: Chain, ruleset: Ruleset, fits: (base: Base) => boolean): boolean {
  const callers = basesIn(ruleset)(chain);
  return callers.length > 0 && callers.every(fits) && (isBase(chain) || !ruleset.incomplete);
}

function isBase(chain: Chain): chain is Base {
  return chain.base !== undefined;
}

function addCaller(base: Base, callers: Map<Chain, Base[]>): void {
  for (const chain of reachableFrom(base)) {
    const known = callers.get(chain);
    if (known) known.push(base);
    else callers.set(chain, [base]);
  }
}
