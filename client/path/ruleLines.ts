import type { Chain, Rule, Ruleset } from "../../netfilter/model/ruleset.js";
import { Places } from "../../netfilter/simulate/places.js";
import type { Loaded } from "../../netfilter/simulate/router.js";
import type { ChainLines, RuleLines } from "../../webview/protocol.js";

/** Where every rule stands, and from which base chains packets come to it. */
export function ruleLines(loaded: readonly Loaded[]): ChainLines[] {
  const places = new Places(loaded);
  return loaded.flatMap(({ ruleset }) => {
    const callers = callersIn(ruleset);
    const chains = ruleset.tables.flatMap((table) => table.chains).filter((chain) => chain.rules.length > 0);
    return chains.flatMap((chain) => linesOf(chain, basesOf(chain, callers), places));
  });
}

/** A chain may be filled by several files, and shown by two listings. */
function linesOf(chain: Chain, bases: readonly Chain[], places: Places): ChainLines[] {
  const byFile = new Map<string, number[]>();
  for (const rule of chain.rules) {
    const { file, line } = places.lineOf(chain, rule);
    const twin = places.twinOf(rule);
    add(byFile, { file, line, lastLine: line + heightOf(rule, chain, places) });
    if (twin) add(byFile, twin);
  }
  return [...byFile].map(([file, lines]) => ({ where: nameOf(chain), file, lines, bases: bases.map(nameOf) }));
}

function add(byFile: Map<string, number[]>, { file, line, lastLine }: RuleLines): void {
  const lines = byFile.get(file) ?? [];
  byFile.set(file, lines);
  lines.push(line, lastLine);
}

/** Lines behind its first that a rule goes on. */
function heightOf({ start, end }: Rule, chain: Chain, places: Places): number {
  return places.lineOf(chain, { start: end, end }).line - places.lineOf(chain, { start, end: start }).line;
}

function nameOf({ table, name }: Chain): string {
  return `${table.family} ${table.name} ${name}`;
}

/** By chain: those with a rule that jumps or goes there. */
function callersIn({ references }: Ruleset): ReadonlyMap<unknown, ReadonlySet<Chain>> {
  const callers = new Map<unknown, Set<Chain>>();
  for (const { definition, how, rule } of references) {
    if (!rule || (how !== "jump" && how !== "goto")) continue;
    const known = callers.get(definition) ?? new Set();
    callers.set(definition, known.add(rule.chain));
  }
  return callers;
}

function basesOf(chain: Chain, callers: ReadonlyMap<unknown, ReadonlySet<Chain>>): Chain[] {
  const seen = new Set([chain]);
  for (const one of seen) for (const caller of callers.get(one) ?? []) seen.add(caller);
  return [...seen].filter(({ base }) => base);
}
