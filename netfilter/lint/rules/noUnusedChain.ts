import type { Chain, Ruleset, Table } from "../../model/ruleset.js";
import { isChain } from "../../model/walk.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { definesHooks, isOfProgram } from "../ruleText.js";

/** A chain with rules that no packet ever meets. */
export const noUnusedChain: Lint = {
  id: "noUnusedChain",
  severity: "information",
  summary: "Nothing leads to a chain with rules in it, so they never run.",
  doc: [
    "The kernel calls only base chains. Another chain runs when a rule that is itself reached jumps or goes to it, or a verdict",
    "map names it. A chain that nothing leads to is loaded and never asked, which often is a forgotten jump.",
    "",
    "Told for chains that have rules. Not told for a table whose base chains are not in the file, where an `include` may hold",
    "the jump, for chains such as `DOCKER-USER`, to which a program jumps, nor where the table has a verdict map with a name,",
    "which may be filled while it runs.",
    "",
    "Add the jump, or remove the chain.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "iptables",
        text: [
          "*filter",
          ":FORWARD ACCEPT [0:0]",
          ":guests - [0:0]",
          "#^^^^^^",
          "-A FORWARD -i lan0 -j ACCEPT",
          "-A guests -d 192.0.2.0/24 -j DROP",
          "COMMIT",
          "",
        ].join("\n"),
      },
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain guests {",
          "  #     ^^^^^^",
          "    ip daddr 192.0.2.0/24 drop",
          "  }",
          "  chain forward {",
          "    type filter hook forward priority filter; policy accept;",
          "    iifname lan0 accept",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
    ],
    good: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain guests {",
          "    ip daddr 192.0.2.0/24 drop",
          "  }",
          "  chain forward {",
          "    type filter hook forward priority filter; policy accept;",
          "    iifname vmap { guest0 : jump guests, lan0 : accept }",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
    ],
  },
  needsWhole: true,
  find,
};

function* find({ ruleset }: LintContext): Iterable<LintFinding> {
  if (ruleset.incomplete) return;
  const used = usedChains(ruleset);
  for (const table of ruleset.tables.filter(isWhole)) {
    for (const chain of table.chains) {
      if (used.has(chain) || chain.rules.length === 0 || isOfProgram(chain)) continue;
      yield {
        span: chain.nameSpan,
        message:
          `No packet gets into chain \`${chain.name}\`: it is not called at a hook and nothing that runs jumps to it. ` +
          "Add the jump that is missing, or remove the chain.",
        tag: "unnecessary",
      };
    }
  }
}

/** Whether all that leads to the table's chains is in this file: a verdict map with a name may be filled while it runs. */
function isWhole(table: Table): boolean {
  return definesHooks(table) && !table.sets.some(({ valueType, flags }) => isVerdict(valueType) && !isConstant(flags));
}

function isVerdict(type: string | undefined): boolean {
  return type !== undefined && /\bverdict$/.test(type);
}

function isConstant(flags: readonly string[]): boolean {
  return flags.includes("constant");
}

/** Base chains, blocks behind a jump, and every chain that they lead to, also by a map's elements. */
function usedChains({ tables, jumps }: Ruleset): Set<Chain> {
  const callees = new Map<Chain | undefined, Chain[]>();
  for (const { definition, rule } of jumps) {
    if (!isChain(definition)) continue;
    const called = callees.get(rule?.chain);
    if (called) called.push(definition);
    else callees.set(rule?.chain, [definition]);
  }
  const used = new Set(tables.flatMap(({ chains }) => chains.filter(({ base, name }) => base || name === "")));
  for (const chain of callees.get(undefined) ?? []) used.add(chain);
  for (const chain of used) for (const callee of callees.get(chain) ?? []) used.add(callee);
  return used;
}
