import type { Definition, Table } from "../../model/ruleset.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { definesHooks } from "../ruleText.js";

/** Sets and maps that no rule asks. */
export const noUnusedSet: Lint = {
  id: "noUnusedSet",
  severity: "information",
  summary: "A named set or map that no rule of its table asks or fills has no effect.",
  doc: [
    "Sets and maps belong to one table, and only rules of that table can use them (`ip saddr @blocked`, `tcp dport vmap @ports`).",
    "One that no rule names is loaded and filled for nothing: the rule is missing, or names another set.",
    "",
    "Told when the file has base chains and rules for the table. Not told where an `include` may hold the rule.",
    "",
    "Add the rule that asks it, or remove the set.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  set blocked {",
          "#     ^^^^^^^",
          "    type ipv4_addr",
          "    elements = { 192.0.2.1 }",
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
          "  set blocked {",
          "    type ipv4_addr",
          "    elements = { 192.0.2.1 }",
          "  }",
          "  set seen {",
          "    type ipv4_addr",
          "    flags dynamic, timeout",
          "    timeout 1h",
          "  }",
          "  chain forward {",
          "    type filter hook forward priority filter; policy accept;",
          "    ip saddr @blocked drop",
          "    add @seen { ip saddr }",
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
  if (ruleset.incomplete || ruleset.language !== "nftables") return;
  const used = new Set<Definition | undefined>();
  for (const { how, definition } of ruleset.references) if (how === "lookup" || how === "update") used.add(definition);
  for (const table of ruleset.tables.filter(isWhole)) {
    for (const set of table.sets) {
      if (used.has(set)) continue;
      yield {
        span: set.nameSpan,
        message:
          `No rule of table \`${table.name}\` asks ${set.kind} \`${set.name}\`, and no other table can. ` +
          `Add the rule that uses it (\`@${set.name}\`), or remove it where no program reads it either.`,
        tag: "unnecessary",
      };
    }
  }
}

/** Whether the rules of the table are in this file. */
function isWhole(table: Table): boolean {
  return definesHooks(table) && table.chains.some(({ rules }) => rules.length > 0);
}
