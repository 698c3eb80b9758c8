// A million conntrack entries over SSH; needs root, as it makes a router in namespaces of its own.
//   npm run bench -- --conntrack
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

// What is put back at the end is put back then too.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));
const root = fileURLToPath(new URL("../../", import.meta.url));
const outfile = join(root, "out/conntrackBench.mjs");
const entryPoints = [join(root, "test/bench/conntrack.ts")];
await build({ entryPoints, outfile, bundle: true, platform: "node", format: "esm", packages: "external" });
const { benchConntrack } = await import(pathToFileURL(outfile).href);
await benchConntrack(root);
process.exit();
