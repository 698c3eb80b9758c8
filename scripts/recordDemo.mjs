// @ts-check
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root, runMain } from "./lib/shell.mjs";

/** Records the demo router of `demo/home-router` anew, in this machine's kernel. Needs root, and takes some minutes. */
async function main() {
  // What is put back at the end is put back then too.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));
  const outfile = join(root, "out/recordDemo.mjs");
  const entryPoints = [join(root, "test/routers/home/record.ts")];
  await build({
    ...{ entryPoints, outfile, bundle: true, packages: "external" },
    ...{ platform: "node", format: "esm", logLevel: "warning" },
  });
  const { recordHome } = await import(pathToFileURL(outfile).href);
  const kernel = execFileSync("uname", ["-r"], { encoding: "utf8" }).split("-")[0];
  await recordHome(
    join(root, "demo/home-router"),
    `A Debian 12 router with three lines to the internet, Linux ${kernel}`,
  );
}

runMain(main);
