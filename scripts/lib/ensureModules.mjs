// @ts-check
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm, read, root, step } from "./shell.mjs";

/** Runs `npm ci` unless node_modules stands as the lock file wants it. No package of ours needs its install script. */
export async function ensureModules() {
  const wanted = createHash("sha256").update(read("package-lock.json")).digest("hex");
  const stamp = join(root, "node_modules/.hookscope-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  await step("install the project's packages (npm ci)", () => npm(["ci", "--ignore-scripts"]));
  writeFileSync(stamp, wanted);
}
