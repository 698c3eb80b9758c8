// @ts-check
import { statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createVSIX } from "@vscode/vsce";
import { build } from "./build.mjs";
import { root, runMain, SetupError } from "./lib/shell.mjs";

const limit = 1_000_000;

/** Builds for production and packs `hookscope.vsix`. @returns {Promise<string>} its path */
export async function pack() {
  await build({ production: true });
  const packagePath = join(root, "hookscope.vsix");
  await createVSIX({
    cwd: root,
    packagePath,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  const { size } = statSync(packagePath);
  if (size > limit) throw new SetupError(`hookscope.vsix has ${size} bytes; the limit is ${limit}`);
  console.log(`hookscope.vsix: ${Math.round(size / 1000)} kB`);
  return packagePath;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) runMain(async () => void (await pack()));
