// @ts-check
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { parseArgs } from "node:util";
import { ensureHost } from "./lib/ensureHost.mjs";
import { ensureModules } from "./lib/ensureModules.mjs";
import { root, run, runMain, SetupError, step } from "./lib/shell.mjs";
import { startHost } from "./lib/startHost.mjs";

const help = `npm start [-- --browser] [-- --port N]

Opens Hookscope in a real VS Code on the sample workspace, with the demo router in the sidebar: in the VS Code that
is installed (the command \`code\`), else in the browser, with a VS Code (code-server) that this command fetches once
into .vscode-host/.

  --browser   the browser even where VS Code is installed
  --port N    the port of the VS Code in the browser (a free one)
`;

const samples = join(root, "samples");
const first = { file: "home-router/rules.v4", line: 38 };
const settings = { "hookscope.demo.autoStart": true };

/** Everything from a fresh clone to an open editor. Plain Node: it runs before any package is there. */
async function main() {
  const { browser, port, help: asked } = options();
  if (asked) return console.log(help);
  await ensureModules();
  if (!browser && desktopCode()) return openDesktop();
  await ensureHost();
  await step("build and pack the extension", () => run("node", ["scripts/package.mjs"]));
  await openBrowser(port);
}

function options() {
  try {
    const { values } = parseArgs({
      options: { browser: { type: "boolean" }, port: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    const port = Number(values.port ?? 0);
    if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error(`${values.port} is not a port`);
    return { ...values, port };
  } catch (error) {
    throw new SetupError(`${/** @type {Error} */ (error).message}\n\n${help}`);
  }
}

/** VS Code's own command, which root may not use and which in a remote terminal cannot load an extension from a folder. */
function desktopCode() {
  const usable = process.getuid?.() !== 0 && !process.env.VSCODE_IPC_HOOK_CLI;
  return (
    usable && spawnSync("code", ["--version"], { stdio: "ignore", shell: process.platform === "win32" }).status === 0
  );
}

async function openDesktop() {
  await step("build the extension", () => run("node", ["scripts/build.mjs"]));
  const place = `${join(samples, first.file)}:${first.line}`;
  await run("code", ["--new-window", `--extensionDevelopmentPath=${root}`, workspaceFile(), "--goto", place]);
  console.log("Hookscope is open in a new window of VS Code.");
}

/** The samples with settings of their own, which in the folder itself would be everybody's. @returns {string} its path */
function workspaceFile() {
  const path = join(root, "out/samples.code-workspace");
  mkdirSync(join(root, "out"), { recursive: true });
  writeFileSync(path, JSON.stringify({ folders: [{ path: samples }], settings }));
  return path;
}

/** @param {number} port */
async function openBrowser(port) {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit());
  const host = await step("start the editor", () => startHost({ vsix: join(root, "hookscope.vsix"), port, settings }));
  const link = host.link(samples, first.file, first.line);
  console.log(`\nHookscope is open at\n\n  ${link}\n\nPress Ctrl+C to end it.`);
  showInBrowser(link);
}

/** Only where there is a screen to show it on. @param {string} link */
function showInBrowser(link) {
  const opener = process.platform === "darwin" ? "open" : "xdg-open";
  const screen = process.platform === "darwin" || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (screen && onPath(opener)) spawn(opener, [link], { stdio: "ignore", detached: true }).unref();
}

/** @param {string} command */
function onPath(command) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, command)));
}

runMain(main);
