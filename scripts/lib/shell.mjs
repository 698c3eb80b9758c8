// @ts-check
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = normalize(join(fileURLToPath(import.meta.url), "../../.."));

/** The project's own Node and tools come before the machine's. */
export const env = {
  ...process.env,
  PATH: [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter),
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_update_notifier: "false",
};

/** Something that the person at the terminal can put right; told without a stack. */
export class SetupError extends Error {}

/**
 * Runs a program in the checkout and waits for it. With `quiet` its output is kept back and shown only if it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, quiet?: boolean }} [options]
 * @returns {Promise<void>}
 */
export function run(command, args, { cwd = root, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
    });
    /** @type {Buffer[]} */
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => output.push(chunk));
    child.on("error", (error) => reject(new SetupError(`${command} could not be started: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0) return resolve();
      process.stderr.write(Buffer.concat(output));
      reject(new SetupError(`${[command, ...args].join(" ")} ended with ${signal ?? `code ${code}`}`));
    });
  });
}

/**
 * Runs npm, silent unless it fails. Registries have weak moments: what failed is tried once more.
 * @param {readonly string[]} args
 * @param {string} [cwd]
 */
export async function npm(args, cwd = root) {
  try {
    await run("npm", args, { cwd, quiet: true });
  } catch {
    console.error("  once more ...");
    await run("npm", args, { cwd, quiet: true }).catch((error) => {
      throw new SetupError(`${error.message}: is the npm registry reachable?`);
    });
  }
}

/**
 * Says what is being done and how long it took.
 * @template T
 * @param {string} label
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(label, work) {
  const started = Date.now();
  console.log(`> ${label}`);
  const result = await work();
  console.log(`  done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return result;
}

/**
 * Runs a script's main function; a SetupError is told in one line, anything else with its stack.
 * @param {() => Promise<void>} main
 */
export function runMain(main) {
  main().catch((error) => {
    console.error(error instanceof SetupError ? `\n${error.message}` : error);
    process.exitCode = 1;
  });
}

/** @param {string} path in the checkout */
export function read(path) {
  return readFileSync(join(root, path), "utf8");
}
