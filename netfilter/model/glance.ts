import type { Chain, Rule, Ruleset } from "./ruleset.js";

/** Which rules to look at, in bits of `syntax/traits.ts`: they have all of `wanted` and nothing of `refused`. */
export interface Look {
  readonly wanted: number;
  readonly refused?: number;
}

function traitsIn({ memo, rules }: Chain): Uint16Array {
  if (!memo.traits) {
    memo.traits = new Uint16Array(rules.length);
    for (let place = 0; place < rules.length; place++) memo.traits[place] = (rules[place] as Rule).traits;
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
  const asked = wanted | refused;
  for (let place = from; place < all.length; place++) if (((all[place] as number) & asked) === wanted) return place;
  return -1;
}

/** The rules of a chain that a look finds, in order. */
export function rulesWith(chain: Chain, look: Look): Rule[] {
  const found: Rule[] = [];
  for (const place of placesWith(chain, look)) found.push(chain.rules[place] as Rule);
  return found;
}

/** Those of all chains of a ruleset. */
export function allRulesWith({ tables }: Ruleset, look: Look): Rule[] {
  return tables.flatMap(({ chains }) => chains.flatMap((chain) => rulesWith(chain, look)));
}
