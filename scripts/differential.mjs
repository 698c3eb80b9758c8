// @ts-check
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root, runMain } from "./lib/shell.mjs";

/** Compares the simulator with this machine's kernel: `npm run differential -- --pairs 10000 --seed 1`. Needs root. */
async function main() {
  const outfile = join(root, "out/differential.mjs");
  const entryPoints = [join(root, "test/lab/main.ts")];
  await build({ entryPoints, outfile, bundle: true, platform: "node", format: "esm", logLevel: "warning" });
  const { run } = await import(pathToFileURL(outfile).href);
  process.exitCode = await run(join(root, "test/lab/kernel/lab.py"), process.argv.slice(2));
}

runMain(main);
