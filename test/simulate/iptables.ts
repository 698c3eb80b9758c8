import { iptablesRuleset } from "../../netfilter/model/iptables.js";
import type { Ruleset } from "../../netfilter/model/ruleset.js";
import type { Outcome, Passage, RulesetProgram } from "../../netfilter/simulate/context.js";
import { iptablesProgram } from "../../netfilter/simulate/iptables/program.js";
import { type ChainEnd, type WalkRecord, walkChain } from "../../netfilter/simulate/walk.js";
import { parseIptables } from "../../netfilter/syntax/iptables/parse.js";

/** A file made ready for packets. Throws when it has an error: a test that means another text than it says is none. */
export function load(text: string, family: "ipv4" | "ipv6" = "ipv4"): { ruleset: Ruleset; program: RulesetProgram } {
  const tree = parseIptables(text, { family });
  const [error] = tree.errors.filter(({ severity }) => severity === "error");
  if (error) throw new Error(`${error.message}\n${text}`);
  return { ruleset: iptablesRuleset(tree), program: iptablesProgram(tree) };
}

/** What one rule of a table says to a packet: what a chain of just that rule would do with it. */
export function runRule(rule: string, passage: Passage, table = "filter"): Outcome | undefined {
  const family = passage.headers.family;
  const { ruleset, program } = load(`*${table}\n:U - [0:0]\n-A U ${rule}\nCOMMIT\n`, family);
  const [chain] = ruleset.tables[0]?.chains ?? [];
  if (!chain) throw new Error("The table has no chain.");
  for (const compiled of program.rulesOf(chain)) {
    const outcome = compiled.run(passage);
    if (outcome !== undefined) return outcome;
  }
  return undefined;
}

/** Leads a packet through a built-in chain. */
export function walk(text: string, chainName: string, passage: Passage, record?: WalkRecord): ChainEnd {
  const { ruleset, program } = load(text, passage.headers.family);
  const chain = ruleset.tables.flatMap(({ chains }) => chains).find(({ name }) => name === chainName);
  if (!chain) throw new Error(`There is no chain ${chainName}.`);
  return walkChain(program, chain, passage, record);
}
