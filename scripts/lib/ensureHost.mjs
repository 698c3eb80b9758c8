// @ts-check
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { env, npm, read, root, SetupError, step } from "./shell.mjs";

/** Where code-server lives: beside node_modules, which `npm ci` wipes. */
const home = join(root, ".vscode-host");

/** The code-server that `ensureHost` has installed. */
export const codeServer = join(home, "node_modules/code-server");

/** Parts of code-server that a rules file never needs, half of its size. */
const unneeded = ["@github", "@microsoft/mxc-sdk"];

/** Installs the pinned code-server (a VS Code in the browser) unless that version is already there. */
export async function ensureHost() {
  const lock = read("scripts/vscode-host/package-lock.json");
  const stamp = createHash("sha256").update(lock).update(read("scripts/lib/ensureHost.mjs")).digest("hex");
  const stampFile = join(home, "stamp");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  await step("install a VS Code for the browser (code-server, about 400 MB, once)", install);
  writeFileSync(stampFile, stamp);
}

async function install() {
  requireNode();
  rmSync(home, { recursive: true, force: true });
  cpSync(join(root, "scripts/vscode-host"), home, { recursive: true });
  // Its native modules cannot be built everywhere and are not needed here, hence no install scripts.
  await npm(["ci", "--ignore-scripts"], home);
  // The dependencies of the VS Code within; `npm ci` refuses its shrinkwrap as out of step.
  const vscode = join(codeServer, "lib/vscode");
  const dependencies = ["install", "--omit=dev", "--ignore-scripts"];
  await npm(dependencies, vscode);
  await npm(dependencies, join(vscode, "extensions"));
  link("code-linux.sh", join(vscode, "bin/remote-cli/code-server"));
  link("browser-linux.sh", join(vscode, "bin/helpers/browser.sh"));
  for (const name of unneeded) rmSync(join(vscode, "node_modules", name), { recursive: true, force: true });
}

/** The project brings its own on Linux. */
function requireNode() {
  const version = execFileSync("node", ["--version"], { env, encoding: "utf8" });
  const major = Number(/\d+/.exec(version)?.[0]);
  if (major !== 24)
    throw new SetupError(`code-server needs Node 24, and this is ${version.trim()}: install it, or VS Code itself.`);
}

/** @param {string} target @param {string} path */
function link(target, path) {
  rmSync(path, { force: true });
  symlinkSync(target, path);
}
