// @ts-check
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root, runMain, SetupError } from "./lib/shell.mjs";

const folder = join(root, "docs/images");

/** Pictures of the whole editor, by the name of that which the last end-to-end tests have left in `out/screenshots/`. */
const ofEditor = { "problems-light": "light", "rules-and-path-dark": "packet-path", "demo-conntrack-dark": "routers" };

/** Takes the pictures of README and docs anew, into `docs/images/`. Needs chromium and pngquant. */
async function main() {
  // As deep in `out/` as it lies in `test/`, so that it finds the project's root and scripts.
  const outfile = join(root, "out/e2e/views/pictures.mjs");
  await build({
    ...{ entryPoints: [join(root, "test/e2e/views/pictures.ts")], outfile, bundle: true, packages: "external" },
    ...{ platform: "node", format: "esm", logLevel: "warning", external: ["../../../scripts/*"] },
  });
  const { takePictures } = await import(pathToFileURL(outfile).href);
  mkdirSync(folder, { recursive: true });
  await takePictures(keep);
  for (const [left, name] of Object.entries(ofEditor)) {
    const file = join(root, "out/screenshots", `${left}.png`);
    if (existsSync(file)) keep(name, readFileSync(file));
    else process.stdout.write(`docs/images/${name}.png stays: \`npm run e2e\` has not left ${left}.png\n`);
  }
}

/**
 * @param {string} name
 * @param {Uint8Array} png
 */
function keep(name, png) {
  const small = smaller(png);
  writeFileSync(join(folder, `${name}.png`), small);
  process.stdout.write(`docs/images/${name}.png  ${Math.round(small.length / 1000)} kB\n`);
}

/**
 * The picture with a palette: a third of the bytes, and to the eye the same.
 * @param {Uint8Array} png
 */
function smaller(png) {
  const { stdout, stderr, error, status } = spawnSync(
    "pngquant",
    ["--quality", "60-98", "--speed", "1", "--strip", "-"],
    {
      input: png,
      maxBuffer: 1 << 26,
    },
  );
  if (error) throw new SetupError("pngquant is missing: on Debian and its kin, sudo apt-get install pngquant");
  if (status !== 0) throw new Error(`pngquant ended with ${status}: ${stderr}`);
  return stdout;
}

runMain(main);
