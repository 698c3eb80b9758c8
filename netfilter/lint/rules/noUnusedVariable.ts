import type { Definition } from "../../model/ruleset.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { definesHooks } from "../ruleText.js";

/** Definitions that are never read. */
export const noUnusedVariable: Lint = {
  id: "noUnusedVariable",
  severity: "information",
  summary: "A variable that nothing reads has no effect.",
  doc: [
    "`define` gives a value a name for the rest of the file; the kernel never sees the name. One that is not read anywhere with",
    "`$` does nothing, and an address list that was meant to be blocked is not.",
    "",
    "Told in files that have base chains. A file of definitions only is made to be included, and where a file includes another",
    "one, that may read the variable.",
    "",
    "Use it, or remove the definition.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "define lan = lan0",
          "define blocked = { 192.0.2.1, 192.0.2.2 }",
          "#      ^^^^^^^",
          "table inet filter {",
          "  chain forward {",
          "    type filter hook forward priority filter; policy accept;",
          "    iifname $lan accept",
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
          "define blocked = { 192.0.2.1, 192.0.2.2 }",
          "table inet filter {",
          "  chain forward {",
          "    type filter hook forward priority filter; policy accept;",
          "    ip saddr $blocked drop",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      { language: "nftables", text: "define lan = lan0\ndefine blocked = { 192.0.2.1, 192.0.2.2 }\n" },
    ],
  },
  needsWhole: true,
  find,
};

function* find({ ruleset }: LintContext): Iterable<LintFinding> {
  const { variables, tables, incomplete } = ruleset;
  if (incomplete || variables.length === 0 || !tables.some(definesHooks)) return;
  const read = new Set<Definition | undefined>(ruleset.references.map(({ definition }) => definition));
  for (const variable of variables) {
    if (read.has(variable)) continue;
    yield {
      span: variable.nameSpan,
      message: `Nothing reads \`$${variable.name}\`, so its value has no effect. Use it, or remove the definition.`,
      tag: "unnecessary",
    };
  }
}
