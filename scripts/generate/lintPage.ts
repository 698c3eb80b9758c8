import type { Example, Lint } from "../../netfilter/lint/rule.js";

/** The page about all lints: a table, then each with its reasons and examples. */
export function lintPage(lints: readonly Lint[]): string {
  return `${[intro, lintTable(lints), waiting, ...lints.map(section)].join("\n\n")}\n`;
}

const intro = `# Lints

Mistakes that \`nft\` and \`iptables-restore\` load without a word. The setting \`hookscope.lint.rules\` makes one louder,
quieter or \`off\`; a comment line \`# hookscope-ignore ID\` silences it for the line below. In the bad examples carets mark
what is found.

Nothing is said of a line that has an error, and what hangs on other lines of the file, such as that nothing accepts loopback,
waits until there is no error in it.

This page is made by \`npm run generate\` from the files in \`netfilter/lint/rules/\`.`;

const waiting = `## Not told yet

Mistakes of the same kind that a look at the rules alone does not decide with certainty.

- An interface name that no interface has: whether \`eht0\` is a slip, only the router knows.
- A verdict map without an answer for one value of many: which one was wanted, nobody wrote down. That a map of nothing but
  accepts keeps nobody out is told by [noOpenPolicy](#noopenpolicy).
- A script without \`flush ruleset\` that starts with no \`#!\` line: it may be a piece that another file loads, or a listing.
- ESTABLISHED accepted behind many other rules: slow perhaps, but not wrong. INVALID dropped behind it is dropped all the same;
  behind a rule for a service, [noLateInvalidDrop](#nolateinvaliddrop) tells it.`;

/** A row for each lint that links to its section on `page`. */
export function lintTable(lints: readonly Lint[], page = ""): string {
  const rows = lints.map(
    ({ id, severity, summary }) => `| [${id}](${page}#${id.toLowerCase()}) | ${severity} | ${summary} |`,
  );
  return ["| lint | severity | what it finds |", "| --- | --- | --- |", ...rows].join("\n");
}

function section({ id, doc, examples }: Lint): string {
  return [`## ${id}`, doc, "### Bad", ...examples.bad.map(fenced), "### Good", ...examples.good.map(fenced)].join(
    "\n\n",
  );
}

function fenced({ language, text }: Example): string {
  return `\`\`\`${language === "nftables" ? "nftables" : "iptables"}\n${text.trimEnd()}\n\`\`\``;
}
