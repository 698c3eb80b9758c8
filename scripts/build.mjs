// @ts-check
import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build as esbuild } from "esbuild";
import { root, runMain } from "./lib/shell.mjs";

/** Oldest Node that runs the bundles: the one in VS Code 1.100, and the one that Debian's users have. */
const nodeTarget = "node20.19";

/** What webviews run in: the Chromium of VS Code 1.100. Their style sheets land beside them. */
const forBrowsers = /** @type {const} */ ({ platform: "browser", format: "iife", target: "chrome132" });

/**
 * Leaves an `import(...)` of these modules to other bundles of the same folder.
 * @param {Readonly<Record<string, string>>} bundleOf the bundle of each module, both without folder and ending
 * @returns {import("esbuild").Plugin}
 */
function loadedFrom(bundleOf) {
  return {
    name: "loadedFrom",
    setup({ onResolve }) {
      onResolve({ filter: /\.js$/ }, ({ path, kind }) => {
        const bundle = kind === "dynamic-import" ? bundleOf[basename(path, ".js")] : undefined;
        return bundle ? { path: `./${bundle}.cjs`, external: true } : undefined;
      });
    },
  };
}

/** @type {readonly import("esbuild").BuildOptions[]} */
const bundles = [
  // ssh2 does without its native helpers, which would have to be built for each platform.
  {
    entryPoints: ["client/extension.ts"],
    outfile: "out/extension.cjs",
    external: ["vscode", "cpu-features", "*.node"],
  },
  // The server and the threads share most of the core: once in the package, not once for each.
  {
    entryPoints: {
      server: "server/main.ts",
      rulesetThread: "client/rulesets/thread.ts",
      conntrackThread: "client/conntrack/thread.ts",
    },
    outdir: "out",
    chunkNames: "shared-[hash]",
    outExtension: { ".js": ".mjs" },
    format: "esm",
    splitting: true,
    // What was written for CommonJS asks for Node's modules by `require`.
    banner: {
      js: `import { createRequire as requireOfThisModule } from "node:module";\nconst require = requireOfThisModule(import.meta.url);`,
    },
  },
  { entryPoints: ["webview/path/main.ts"], outfile: "out/webview/path.js", ...forBrowsers },
  { entryPoints: ["webview/conntrack/main.ts"], outfile: "out/webview/conntrack.js", ...forBrowsers },
  // What a call does not need is not even opened: the start of the command line is a large part of the time of a check.
  {
    entryPoints: {
      hookscope: "server/cli.ts",
      nftables: "netfilter/analyzeNft.ts",
      iptables: "netfilter/analyzeIptables.ts",
      packets: "server/path/commands.ts",
    },
    outdir: "out",
    outExtension: { ".js": ".cjs" },
    supported: { "dynamic-import": false },
    plugins: [loadedFrom({ analyzeNft: "nftables", analyzeIptables: "iptables", commands: "packets" })],
  },
  {
    entryPoints: ["server/bin.ts"],
    outfile: "out/cli.cjs",
    external: ["./hookscope.cjs"],
    banner: { js: "#!/usr/bin/env node" },
  },
];

/**
 * Bundles client, server and command line into `out/`.
 * @param {{ production?: boolean }} [options] production minifies and leaves source maps out
 */
export async function build({ production = false } = {}) {
  for (const name of existsSync(join(root, "out")) ? readdirSync(join(root, "out")) : [])
    if (/^shared-|\.map$/.test(name)) rmSync(join(root, "out", name));
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
  chmodSync(join(root, "out/cli.cjs"), 0o755);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  runMain(() => build({ production: process.argv.includes("--production") }));
