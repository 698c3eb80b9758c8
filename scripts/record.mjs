// @ts-check
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root, runMain } from "./lib/shell.mjs";

/** Records the incidents of `test/lab/stories.ts` anew, in this machine's kernel. Needs root. */
async function main() {
  const outfile = join(root, "out/record.mjs");
  const entryPoints = [join(root, "test/lab/record.ts")];
  await build({ entryPoints, outfile, bundle: true, platform: "node", format: "esm", logLevel: "warning" });
  const { record } = await import(pathToFileURL(outfile).href);
  const by = [
    ["uname", "-r"],
    ["nft", "--version"],
    ["iptables", "--version"],
  ].map(([program, argument]) =>
    execFileSync(/** @type {string} */ (program), [/** @type {string} */ (argument)], { encoding: "utf8" }).trim(),
  );
  await record(join(root, "test/lab/kernel/lab.py"), join(root, "test/lab/recordings"), by.join(", "));
}

runMain(main);
