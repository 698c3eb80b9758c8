import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

// The README's first command, as a person types it on a machine without VS Code.

const root = fileURLToPath(new URL("../../", import.meta.url));
let start: ChildProcessByStdio<null, Readable, null> | undefined;

afterEach(() => void start?.kill());

test("npm start prints the address of an editor on the samples, and Ctrl+C ends it", async () => {
  start = spawn("node", ["scripts/start.mjs", "--browser"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const address = new URL(await printed(start.stdout, /http:\/\/127\.0\.0\.1:\S+/));
  expect(address.searchParams.get("folder")).toMatch(/\/samples$/);
  expect(address.searchParams.get("payload")).toContain("home-router/rules.v4");
  expect((await fetch(address)).status).toBe(200);
  start.kill("SIGINT");
  await once(start, "exit");
  await expect(fetch(address)).rejects.toThrow();
});

/** Waits until the output holds what is looked for. */
async function printed(output: Readable, wanted: RegExp): Promise<string> {
  let text = "";
  for await (const chunk of output) {
    text += chunk;
    const found = wanted.exec(text)?.[0];
    if (found) return found;
  }
  throw new Error(`${wanted} is not in the output:\n${text}`);
}
