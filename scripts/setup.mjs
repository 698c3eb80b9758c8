// @ts-check
import { ensureModules } from "./lib/ensureModules.mjs";
import { run, runMain } from "./lib/shell.mjs";

/** What F5 needs before it can start: the packages and a build. Plain Node: it runs before any package is there. */
async function main() {
  await ensureModules();
  await run("node", ["scripts/build.mjs"]);
}

runMain(main);
