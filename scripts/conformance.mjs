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
  const score = [join(corpus, "score.py"), "--misses", "1000000", join(corpus, "dev"), ...command];
  const lines = execFileSync("python3", score, { encoding: "utf8", maxBuffer: 1 << 28 })
    .trimEnd()
    .split("\n");
  const table = lines.filter((line) => !line.startsWith("miss ")).join("\n");
  const rejects = lines.flatMap((line) => /^miss (\S+) accept (.+) line \d+$/.exec(line)?.slice(1, 3).join(" ") ?? []);
  console.log(process.argv.includes("--misses") ? lines.join("\n") : table);
  mkdirSync(join(root, "docs"), { recursive: true });
  writeFileSync(join(root, "docs/conformance.md"), page(table, rejects));
}

/** @param {string} table @param {readonly string[]} rejects corpus and id of each false reject */
function page(table, rejects) {
  return `# Agreement with the real tools

Written by \`npm run conformance\`: what \`hookscope check --no-lint\` says of the labelled corpus beside what nft 1.1.7 and four
builds of iptables-restore say. *False rejects* are texts that the tools take and we call wrong, *missed* are texts that
they refuse and we do not, *same line* is how often our first error stands on the line of theirs.

\`\`\`
${table.trimEnd()}
\`\`\`

## False rejects

The labels say what user space accepts: \`nft -c\` asks the kernel little. A load is what counts for whoever has the file, and
these ${rejects.length} texts, which the labels call accepted, no kernel loads: a nat or reject statement where its chain's hook does not
allow it, a chain type that the hook does not have, a base chain declared again with another hook or priority.
\`test/tools/kernelRefusals.test.ts\` loads every one of them and sees it refused.

${rejects.map((reject) => `- ${reject}`).join("\n")}
`;
}

runMain(main);
