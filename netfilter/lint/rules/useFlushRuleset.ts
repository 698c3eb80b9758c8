import { familyOf } from "../../model/nft/builder.js";
import type { FileItem, Table, TableReference } from "../../syntax/nft/nodes.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { definesHooks } from "../ruleText.js";
import { nftTreeOf } from "../written.js";

/** A file whose rules are there twice when it is loaded twice. */
export const useFlushRuleset: Lint = {
  id: "useFlushRuleset",
  severity: "information",
  summary: "A script adds rules to a table without emptying it first: loaded again, it doubles them.",
  doc: [
    "`nft -f` adds what a file says to what the kernel has already. Tables, chains and sets that exist are kept as they are,",
    "but every rule is appended once more. After an edit and a reload the old rules still stand in front of the new ones and",
    "decide; counters, logs and limits run twice.",
    "",
    "Only information, as a script may be made to run once. Told of a file that starts with `#!` and nft, for its first table",
    "with base chains and rules that no command before has flushed, deleted or destroyed. Not told of files that include",
    "others, which may do so, nor of pieces that only add rules to the chains of another file.",
    "",
    "Start with `flush ruleset`, or, where other programs have tables of their own, with `table inet t` and",
    "`delete table inet t` (`destroy table inet t` since nft 1.0.7).",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "#!/usr/sbin/nft -f",
          "table inet filter {",
          "#     ^^^^^^^^^^^",
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          "    tcp dport 23 drop",
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
          "#!/usr/sbin/nft -f",
          "table inet filter",
          "delete table inet filter",
          "table inet filter {",
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          "    tcp dport 23 drop",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          "    tcp dport 23 drop",
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

function* find(context: LintContext): Iterable<LintFinding> {
  const tree = nftTreeOf(context);
  if (!tree || context.ruleset.incomplete || !/^#!.*\bnft\b/.test(context.text)) return;
  const emptied = new Set<string>();
  const whole = new Set(context.ruleset.tables.filter(definesHooks).map(({ family, name }) => `${family} ${name}`));
  for (const item of tree.root.items) {
    if (isFlushRuleset(item)) return;
    const gone = emptiedBy(item);
    if (gone) emptied.add(gone);
    const filled = item.kind === "table" && whole.has(keyOf(item)) ? filledBy(item, emptied) : undefined;
    if (!filled) continue;
    yield filled;
    return;
  }
}

const emptying = new Set(["flush", "delete", "destroy"]);

function isFlushRuleset(item: FileItem): boolean {
  return item.kind === "command" && item.verb.text === "flush" && item.object[0]?.text === "ruleset";
}

/** The table that a command empties, or whose chains it does: all of them, as one that is emptied is a sign of care. */
function emptiedBy(item: FileItem): string | undefined {
  if (item.kind !== "command" || !emptying.has(item.verb.text)) return undefined;
  const [object] = item.object;
  return item.table && /^(table|chain)s?$/.test(object?.text ?? "") ? keyOf(item.table) : undefined;
}

/** A table that exists already is refused by `create`. */
function filledBy(table: Table, emptied: ReadonlySet<string>): LintFinding | undefined {
  const { name } = table;
  if (!name || table.verb?.text === "create" || emptied.has(keyOf(table))) return undefined;
  if (!table.items.some((item) => item.kind === "chain" && item.items.some(({ kind }) => kind === "rule")))
    return undefined;
  const family = table.family?.text;
  const written = family ? `${family} ${name.text}` : name.text;
  const lineStart = { start: table.start, end: table.start };
  return {
    span: { start: table.family?.start ?? name.start, end: name.end },
    message:
      "Nothing empties this table before its rules are added: when the script is run again, they are there twice, and old " +
      `ones still decide. Start with \`flush ruleset\`, or with \`table ${written}\` and \`delete table ${written}\`.`,
    fixes: [
      {
        title: `Insert \`delete table ${written}\``,
        edits: [{ span: lineStart, text: `table ${written}\ndelete table ${written}\n` }],
        preferred: true,
      },
      {
        title: "Insert `flush ruleset`, which empties other programs' tables too",
        edits: [{ span: lineStart, text: "flush ruleset\n" }],
      },
    ],
  };
}

function keyOf({ family, name }: Pick<TableReference, "family" | "name">): string {
  return `${familyOf(family)} ${name?.text ?? ""}`;
}
