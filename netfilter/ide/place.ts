import type { Analysis } from "../analyze.js";
import type { Option, Value } from "../facts/iptables/extension.js";
import type { Chain, NamedSet, Part, Rule } from "../model/ruleset.js";
import type { Token } from "../syntax/tree.js";
import { touches } from "../text/span.js";

/** The place in `tokens` of the last one that starts before `offset`; -1 when there is none. */
export function lastStartingBefore(tokens: readonly Token[], offset: number): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle] as Token).start < offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The option whose value stands, or would stand, behind the token at `index`, and which of its values that is. */
export function expectedAfter(
  tokens: readonly Token[],
  index: number,
  lineStart: number,
): { option: Option; value: Value } | undefined {
  for (let back = 0; back < mostValues; back++) {
    const token = tokens[index - back];
    if (!token || token.start < lineStart) return undefined;
    if (token.entry?.kind !== "option") continue;
    const option = token.entry as Option;
    const value = option.values?.[back];
    return value && { option, value };
  }
  return undefined;
}

/** No option has more values. */
const mostValues = 4;

/** The rule that stands at `offset`. */
export function ruleAt({ ruleset }: Analysis, offset: number): Rule | undefined {
  for (const chain of chainsOf(ruleset)) {
    const rule = chain.rules.find((rule) => touches(rule, offset));
    if (rule) return rule;
  }
  return undefined;
}

/** What a rule asks and does at `offset`. */
export function partsAt(analysis: Analysis, offset: number): Part[] {
  return ruleAt(analysis, offset)?.parts.filter((part) => touches(part, offset)) ?? [];
}

/** The named set among whose elements `offset` is. */
export function setAround({ ruleset }: Analysis, offset: number): NamedSet | undefined {
  for (const { sets } of ruleset.tables) {
    const set = sets.find(({ elements }) => elements && touches(elements, offset));
    if (set) return set;
  }
  return undefined;
}

/** The chain in whose declaration or block `offset` is. */
export function chainAround({ ruleset }: Analysis, offset: number): Chain | undefined {
  for (const chain of chainsOf(ruleset)) {
    if (touches(chain.span, offset) || chain.blocks.some((block) => touches(block, offset))) return chain;
  }
  return undefined;
}

function* chainsOf({ tables }: Analysis["ruleset"]): Generator<Chain> {
  for (const { chains } of tables) yield* chains;
}
