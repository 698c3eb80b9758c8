import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { bundle } from "./bundle.js";

let script: string;
beforeAll(async () => {
  script = await bundle("cli");
}, 60_000);

/** Runs `hookscope check` with these arguments in a folder of these files. */
function check(files: Readonly<Record<string, string>>, args: readonly string[], input = "") {
  const cwd = mkdtempSync(join(tmpdir(), "hookscope-cli-"));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, "check", "--no-lint", ...args], {
    cwd,
    input,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const files = {
  "nftables.conf": 'define p = 22\ninclude "./nftables.d/*.nft"\n',
  "nftables.d/ssh.nft": "define q = $p\n",
};

test("a file is read with those that it includes, and with those that include it", () => {
  for (const args of [["nftables.conf"], ["nftables.d/ssh.nft"], ["nftables.d/../nftables.d/ssh.nft"], ["."]])
    expect(check(files, args)).toMatchObject({ status: 0, stderr: "" });
});

test("an error of an included file is linked", () => {
  const { status, stdout } = check({ ...files, "nftables.d/ssh.nft": "define q = $r\n" }, ["nftables.conf"]);
  expect(status).toBe(1);
  expect(stdout).toContain("nftables.conf:2:9: error: `ssh.nft` has an error");
  expect(stdout).toContain("    nftables.d/ssh.nft:1:12: No variable `r`");
  expect(stdout).toContain("        define q = $r\n                   ^^\n");
});

test("JSON and SARIF name the other file too", () => {
  const broken = { ...files, "nftables.d/ssh.nft": "define q = $r\n" };
  const [json, sarif] = ["json", "sarif"].map((format) => check(broken, ["--format", format, "nftables.conf"]).stdout);
  expect(JSON.parse(json ?? "")[0].related[0]).toMatchObject({ file: "nftables.d/ssh.nft", line: 1, column: 12 });
  const { artifactLocation } = JSON.parse(sarif ?? "").runs[0].results[0].relatedLocations[0].physicalLocation;
  expect(artifactLocation.uri).toBe("nftables.d/ssh.nft");
});

test("standard input lies in the current folder", () => {
  const text = 'include "./nftables.d/*.nft"\ndefine a = $q\n';
  const defines = { "nftables.d/ssh.nft": "define q = 1\n" };
  expect(check(defines, ["--dialect", "nftables", "-"], text)).toMatchObject({ status: 0, stderr: "" });
});

test("--nft-version warns of what a release does not know", () => {
  const destroy = { "a.nft": "destroy table ip t\n" };
  expect(check(destroy, ["a.nft"]).stdout).toBe("Nothing found in 1 file.\n");
  expect(check(destroy, ["--nft-version", "1.0.6", "a.nft"]).stdout).toContain("[newerThanTarget]");
  expect(check(destroy, ["--nft-version", "old", "a.nft"])).toMatchObject({ status: 2 });
});
