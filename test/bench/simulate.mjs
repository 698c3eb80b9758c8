// Packets simulated, beside the kernel's own rate in the same run; needs root, as it makes a router in a namespace.
//   npm run bench -- --simulate
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));
const outfile = join(root, "out/simulateBench.mjs");
const entryPoints = [join(root, "test/bench/simulate.ts")];
await build({ entryPoints, outfile, bundle: true, platform: "node", format: "esm", packages: "external" });
const { benchSimulator } = await import(pathToFileURL(outfile).href);
await benchSimulator(root);
process.exit();
