// @ts-check
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureHost } from "./lib/ensureHost.mjs";
import { ensureModules } from "./lib/ensureModules.mjs";
import { ensureSystem } from "./lib/ensureSystem.mjs";
import { root, run, runMain, SetupError, step } from "./lib/shell.mjs";

const results = join(root, "out/test");

/** In this order: the quick ones first, and the editor tests after the package that they install. */
const checks = [
  { label: "types", run: () => npm("check-types") },
  { label: "style (biome)", run: () => npm("lint") },
  { label: "unit tests", run: () => vitest("unit") },
  { label: "slow tests", run: () => vitest("slow") },
  { label: "the packed extension", run: () => npm("package") },
  { label: "tests in a real VS Code", run: () => vitest("e2e") },
];

/** Everything from a fresh clone to the verdict. Plain Node: it runs before any package is there. */
async function main() {
  await ensureModules();
  await ensureSystem();
  await ensureHost();
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  const total = { passed: 0, failed: 0 };
  for (const check of checks) {
    const { passed, failed } = await step(check.label, check.run);
    total.passed += passed;
    total.failed += failed;
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

/** One script of package.json, which passes or fails as a whole. @param {string} script */
async function npm(script) {
  return (await succeeds("npm", ["run", "--silent", script])) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** One project of vitest.config.ts, counted by its tests. @param {string} project */
async function vitest(project) {
  const file = join(results, `${project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const ok = await succeeds("vitest", ["run", "--project", project, ...reporters]);
  const { numPassedTests: passed, numFailedTests } = readReport(file);
  // A file that does not even load has no tests to count, and must not pass for that.
  return { passed, failed: ok ? numFailedTests : Math.max(numFailedTests, 1) };
}

/** @param {string} file @returns {{ numPassedTests: number, numFailedTests: number }} */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0 };
  }
}

/** @param {string} command @param {readonly string[]} args */
async function succeeds(command, args) {
  try {
    await run(command, args);
    return true;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    return false;
  }
}

runMain(main);
