// @ts-check
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeServer } from "./ensureHost.mjs";
import { env, SetupError } from "./shell.mjs";

/** Settings of every editor that we start: quiet, and in the colours that the browser asks for. */
const settings = {
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "window.autoDetectColorScheme": true,
  "window.autoDetectHighContrast": true,
  "chat.disableAIFeatures": true,
  "telemetry.telemetryLevel": "off",
  "extensions.autoCheckUpdates": false,
  "git.enabled": false,
};

/**
 * @typedef {object} Host
 * @property {string} address where the editor listens
 * @property {string} profile the folder of its settings and extensions
 * @property {(folder: string, file?: string, line?: number) => string} link opens a folder and, in it, a file at a line
 * @property {() => Promise<void>} stop ends the editor and removes its profile
 */

/**
 * Starts a VS Code with a profile of its own and the given extension installed in it. It ends with this process.
 * @param {{ vsix: string, port?: number, settings?: Record<string, unknown>, ofMachine?: Record<string, unknown> }} options
 *   settings of the person, and of the machine that the extension runs on: those of scope "machine" count only there
 * @returns {Promise<Host>}
 */
export async function startHost({ vsix, port = 0, settings: more = {}, ofMachine = {} }) {
  const profile = mkdtempSync(join(tmpdir(), "hookscope-vscode-"));
  const removeProfile = () => rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  process.on("exit", removeProfile);
  writeSettings(join(profile, "data/User"), { ...settings, ...more });
  writeSettings(join(profile, "data/Machine"), ofMachine);
  writeFileSync(join(profile, "config.yaml"), "");
  const folders = ["--config", join(profile, "config.yaml"), "--user-data-dir", join(profile, "data")];
  folders.push("--extensions-dir", join(profile, "extensions"));
  await startCodeServer([...folders, "--install-extension", vsix], profile).ended();
  const bind = `127.0.0.1:${port || (await freePort())}`;
  const server = startCodeServer([...folders, ...serverOptions, "--bind-addr", bind], profile);
  const address = `http://${bind}/`;
  await answering(address, server);
  const stop = async () => {
    await server.stop();
    removeProfile();
  };
  return { address, profile, link: linkInto(address), stop };
}

const serverOptions = [
  ["--auth", "none"],
  ["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust", "--disable-proxy"],
  ["--disable-getting-started-override", "--ignore-last-opened"],
].flat();

/** @param {string} folder @param {Record<string, unknown>} settings */
function writeSettings(folder, settings) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "settings.json"), JSON.stringify(settings, undefined, 2));
}

/**
 * In a process group of its own: an extension host outlives its server for a while, and the group takes it along.
 * @param {readonly string[]} args
 * @param {string} profile
 */
function startCodeServer(args, profile) {
  const child = spawn("node", [join(codeServer, "out/node/entry.js"), ...args], {
    env: { ...env, HOME: profile, EXTENSIONS_GALLERY: "{}", VSCODE_IPC_HOOK_CLI: "" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  /** @type {Promise<number | null>} */
  const exit = new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  const end = () => killGroup(child.pid);
  process.prependListener("exit", end); // before the profile is removed
  return {
    output: () => output,
    running: () => child.exitCode === null && child.signalCode === null,
    async ended() {
      if ((await exit) !== 0) throw new SetupError(`code-server failed:\n${output}`);
    },
    async stop() {
      end();
      await exit;
    },
  };
}

/** @param {number | undefined} leader */
function killGroup(leader) {
  try {
    if (leader) process.kill(-leader, "SIGKILL");
  } catch {
    // There is no such group any more, which is what was wanted.
  }
}

/** @param {string} address @param {ReturnType<typeof startCodeServer>} server */
async function answering(address, server) {
  for (let tries = 0; tries < 300 && server.running(); tries++) {
    const answer = await fetch(new URL("healthz", address)).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new SetupError(`code-server did not answer on ${address}:\n${server.output()}`);
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

/** @param {string} address @returns {Host["link"]} */
function linkInto(address) {
  return (folder, file, line) => {
    const url = new URL(address);
    url.searchParams.set("folder", folder);
    if (file) {
      const place = `vscode-remote://${url.host}${join(folder, file)}${line ? `:${line}` : ""}`;
      const payload = [["openFile", place], ...(line ? [["gotoLineMode", "true"]] : [])];
      url.searchParams.set("payload", JSON.stringify(payload));
    }
    return url.href;
  };
}
