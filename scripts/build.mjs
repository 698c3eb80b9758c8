// @ts-check
import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build as esbuild } from "esbuild";
import { root, runMain } from "./lib/shell.mjs";

/** Oldest Node that runs the bundles: the one in VS Code 1.100, and the one that Debian's users have. */
const nodeTarget = "node20.19";

/** What webviews run in: the Chromium of VS Code 1.100. Their style sheets land beside them. */
const forBrowsers = /** @type {const} */ ({ platform: "browser", format: "iife", target: "chrome132" });

/** @type {readonly import("esbuild").BuildOptions[]} */
const bundles = [
  // ssh2 does without its native helpers, which would have to be built for each platform.
  {
    entryPoints: ["client/extension.ts"],
    outfile: "out/extension.cjs",
    external: ["vscode", "cpu-features", "*.node"],
  },
  { entryPoints: ["client/conntrack/thread.ts"], outfile: "out/conntrackThread.cjs" },
  { entryPoints: ["client/rulesets/thread.ts"], outfile: "out/rulesetThread.cjs" },
  { entryPoints: ["webview/conntrack/main.ts"], outfile: "out/webview/conntrack.js", ...forBrowsers },
  { entryPoints: ["server/main.ts"], outfile: "out/server.cjs" },
  { entryPoints: ["server/cli.ts"], outfile: "out/cli.cjs", banner: { js: "#!/usr/bin/env node" } },
];

/**
 * Bundles client, server and command line into `out/`.
 * @param {{ production?: boolean }} [options] production minifies and leaves source maps out
 */
export async function build({ production = false } = {}) {
  await Promise.all(
    bundles.map((bundle) =>
      esbuild({
        absWorkingDir: root,
        bundle: true,
        platform: "node",
        format: "cjs",
        target: nodeTarget,
        minify: production,
        sourcemap: !production,
        legalComments: "none",
        logLevel: "warning",
        ...bundle,
      }),
    ),
  );
  if (production) for (const { outfile } of bundles) rmSync(join(root, `${outfile}.map`), { force: true });
  chmodSync(join(root, "out/cli.cjs"), 0o755);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  runMain(() => build({ production: process.argv.includes("--production") }));
