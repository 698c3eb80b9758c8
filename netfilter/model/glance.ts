import type { Chain, Rule, Ruleset } from "./ruleset.js";

/** Which rules to look at, in bits of `syntax/traits.ts`: they have all of `wanted` and nothing of `refused`. */
export interface Look {
  readonly wanted: number;
  readonly refused?: number;
}

function traitsIn(chain: Chain): readonly number[] {
  const { memo, rules } = chain;
  if (!memo.traits) {
    const found: number[] = [];
    for (const rule of rules) {
      found.push(rule.traits);
      memo.anyTraits |= rule.traits;
    }
    memo.traits = found;
  }
  return memo.traits;
}

/** The places in a chain of the rules that a look finds, in order. */
export function* placesWith(chain: Chain, look: Look): Generator<number> {
  for (let place = placeWith(chain, look); place !== -1; place = placeWith(chain, look, place + 1)) yield place;
}

/** The first of those places from `from` on; -1 where none follows. */
export function placeWith(chain: Chain, { wanted, refused = 0 }: Look, from = 0): number {
  const all = traitsIn(chain);
  if ((chain.memo.anyTraits & wanted) !== wanted) return -1;
  const asked = wanted | refused;
  for (let place = from; place < all.length; place++) if (((all[place] as number) & asked) === wanted) return place;
  return -1;
}

/** The rules of a chain that a look finds, in order. */
export function rulesWith(chain: Chain, look: Look): Rule[] {
  const found: Rule[] = [];
  addRulesWith(chain, look, found);
  return found;
}

function addRulesWith(chain: Chain, look: Look, found: Rule[]): void {
  for (let place = placeWith(chain, look); place !== -1; place = placeWith(chain, look, place + 1))
    found.push(chain.rules[place] as Rule);
}

/** Those of all chains of a ruleset. */
export function allRulesWith({ tables }: Ruleset, look: Look): Rule[] {
  const found: Rule[] = [];
  for (const { chains } of tables) for (const chain of chains) addRulesWith(chain, look, found);
  return found;
}
