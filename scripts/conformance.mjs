// @ts-check
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { root, runMain, SetupError } from "./lib/shell.mjs";

/** Scores `hookscope check` on the labelled corpus and writes the table into docs/conformance.md. */
async function main() {
  const corpus = join(root, "../shared/corpus");
  if (!existsSync(corpus))
    throw new SetupError(`${corpus} is missing: the labelled rule texts lie beside the checkout.`);
  await build();
  const command = [process.execPath, join(root, "out/cli.cjs"), "check", "--no-lint", "--format", "json"];
  const misses = process.argv.includes("--misses") ? ["--misses", "1000000"] : [];
  const table = execFileSync("python3", [join(corpus, "score.py"), ...misses, join(corpus, "dev"), ...command], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  console.log(table);
  if (misses.length === 0) writePage(table);
}

/** @param {string} table */
function writePage(table) {
  mkdirSync(join(root, "docs"), { recursive: true });
  writeFileSync(join(root, "docs/conformance.md"), page(table));
}

/** @param {string} table */
function page(table) {
  return `# Agreement with the real tools

Written by \`npm run conformance\`: what \`hookscope check --no-lint\` says of the labelled corpus beside what nft 1.1.7 and four
builds of iptables-restore say. *False rejects* are texts that the tools take and we call wrong, *missed* are texts that
they refuse and we do not, *same line* is how often our first error stands on the line of theirs.

\`\`\`
${table.trimEnd()}
\`\`\`
`;
}

runMain(main);
