import type { Chain } from "../../model/ruleset.js";
import type { IptablesTree } from "../../syntax/iptables/nodes.js";
import type { CompiledRule, RulesetProgram } from "../context.js";
import { Memory } from "./memory.js";
import { compileRule } from "./rule.js";

/** Makes the rules of an iptables file ready for packets, each chain when it is first entered. */
export function iptablesProgram({ family }: IptablesTree): RulesetProgram {
  const memory = new Memory();
  const compiled = new Map<Chain, readonly CompiledRule[]>();
  return {
    rulesOf: (chain) => {
      let rules = compiled.get(chain);
      if (!rules) {
        rules = chain.rules.flatMap((rule) => compileRule(rule, family, memory));
        compiled.set(chain, rules);
      }
      return rules;
    },
    snapshot: () => memory.snapshot(),
  };
}
