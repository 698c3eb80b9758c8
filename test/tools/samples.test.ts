import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

// The samples hold mistakes that load in silence; one that does not load would be a mistake of another kind.

const samples = fileURLToPath(new URL("../../samples/", import.meta.url));
const loaders: Readonly<Record<string, readonly string[]>> = {
  ".v4": ["iptables-nft-restore"],
  ".v6": ["ip6tables-nft-restore"],
  ".nft": ["nft", "-f"],
};

const files = readdirSync(samples, { recursive: true, encoding: "utf8" }).filter((file) => loaders[extname(file)]);

test("there are samples", () => {
  expect(files.length).toBeGreaterThan(4);
});

test.each(files)("the real tool loads %s without a word", (file) => {
  const loader = loaders[extname(file)] ?? [];
  const { error, stdout, stderr } = spawnSync("unshare", ["-Urn", ...loader, samples + file], { encoding: "utf8" });
  if (error) throw new Error(`unshare does not run (${error.message}): install util-linux, nftables and iptables`);
  expect(stdout + stderr).toBe("");
});
