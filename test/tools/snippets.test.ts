import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { snippets } from "../syntaxes/snippets.js";

const loaders = { nftables: ["nft", "-f", "-"], iptables: ["iptables-nft-restore"] };

test.each(snippets)("the real tool loads what $prefix of $language leaves behind", ({ language, text }) => {
  const call = ["-Urn", ...loaders[language]];
  const { error, stdout, stderr } = spawnSync("unshare", call, { encoding: "utf8", input: text });
  if (error) throw new Error(`unshare does not run (${error.message}): install util-linux, nftables and iptables`);
  expect(stdout + stderr).toBe("");
});
