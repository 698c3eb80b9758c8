import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkIptables } from "../../netfilter/check/iptables.js";
import { iptablesRuleset } from "../../netfilter/model/iptables.js";
import { parseIptables } from "../../netfilter/syntax/iptables/parse.js";

const folder = join(import.meta.dirname, "../../../shared/recordings/tool-errors");
if (!existsSync(folder)) {
  throw new Error(`${folder} is missing: put the shared folder with the recordings beside the checkout.`);
}

/** Mistakes that hang on the machine: a resolver, the ipsets that are there. No file tells them. */
const ofTheMachine = new Set(["hostname", "set_missing"]);

const recordings = readFileSync(join(folder, "iptables_errors.txt"), "utf8").split(/^### /m).slice(1);
const cases = recordings.map((recording) => {
  const name = recording.slice(0, recording.indexOf("\n"));
  return { name, refused: /^iptables-nft .*rc=[1-9]|^ +LOAD rc=[1-9]/m.test(ofNft(recording)) };
});

/** What the nft build said, dry run and load. */
function ofNft(recording: string): string {
  return recording.split(/^(?=iptables-legacy)/m)[0] ?? "";
}

test("there are recordings for every file", () => {
  const files = readdirSync(folder).filter((file) => file.endsWith(".rules"));
  expect(cases.map(({ name }) => `${name}.rules`).sort()).toEqual(files.sort());
});

test.each(cases)("$name: refused by the nft build, $refused", ({ name, refused }) => {
  const tree = parseIptables(readFileSync(join(folder, `${name}.rules`), "utf8"));
  const findings = [...tree.errors, ...checkIptables(tree, iptablesRuleset(tree))];
  const errors = findings.filter(({ severity }) => severity === "error");
  expect(errors.length > 0).toBe(refused && !ofTheMachine.has(name));
});

const silent = join(folder, "../../silent");

test.each(readdirSync(silent).filter((file) => file.endsWith(".rules")))("silent/%s loads without an error", (file) => {
  const tree = parseIptables(readFileSync(join(silent, file), "utf8"));
  const findings = [...tree.errors, ...checkIptables(tree, iptablesRuleset(tree))];
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
});
