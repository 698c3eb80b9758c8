import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Bundles one entry file of the server, as it ships, and gives the script's path. */
export async function bundle(entry: "main" | "cli"): Promise<string> {
  const outfile = join(root, "node_modules/.cache/hookscope", `${entry}.cjs`);
  await build({
    absWorkingDir: root,
    entryPoints: [`server/${entry}.ts`],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20.19",
    logLevel: "error",
  });
  return outfile;
}
