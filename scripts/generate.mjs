// @ts-check
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root, runMain } from "./lib/shell.mjs";

/** Writes what is made from the catalogue and the lints: the grammars, the settings in package.json, the page about the lints. */
async function main() {
  const outfile = join(root, "out/generate.mjs");
  const entryPoints = [join(root, "scripts/generate/files.ts")];
  await build({ entryPoints, outfile, bundle: true, platform: "node", format: "esm", logLevel: "warning" });
  const { generatedFiles } = await import(pathToFileURL(outfile).href);
  for (const [path, text] of generatedFiles(pathToFileURL(`${root}/`))) writeFileSync(join(root, path), text);
}

runMain(main);
