import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { corpusRecords } from "../corpus/shared.js";

// The labels say what user space accepts. What we call an error all the same is listed in docs/conformance.md: here the kernel
// itself is asked, with a load of every such text into an empty network namespace.

const page = readFileSync(new URL("../../docs/conformance.md", import.meta.url), "utf8");
const listed = [...page.matchAll(/^- (\S+) (.+)$/gm)].map(([, corpus, id]) => ({ corpus, id }));
const records = corpusRecords(1_000_000);

test("the list is short, and every text of it is there", () => {
  expect(listed.length).toBeGreaterThan(0);
  expect(listed.length).toBeLessThan(100);
  expect(listed.filter(({ id }) => !records.some((record) => record.id === id))).toEqual([]);
});

test.each(listed)("$corpus $id: no kernel loads it", ({ id }) => {
  const text = records.find((record) => record.id === id)?.text ?? "";
  const { status, error } = spawnSync("unshare", ["-n", "nft", "-f", "-"], { input: text, encoding: "utf8" });
  if (error) throw new Error(`nft could not be asked (root and nftables are needed): ${error.message}`);
  expect(status).not.toBe(0);
});
