import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import { Random } from "../lab/generate/random.js";
import { type RandomText, randomComparison, randomMistake } from "./randomTexts.js";
import { restore } from "./restoreTools.js";

// Texts that no corpus holds, other ones in each run: the real tools are asked what they make of them. `SEED=n` runs those of n again.

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

test.each([
  ["comparisons", randomComparison, 250],
  ["mistakes", randomMistake, 250],
] as const)(`random %s from seed ${seed} are refused where the real tools refuse them`, (_, make, count) => {
  const random = new Random(seed);
  const texts = Array.from({ length: count }, () => make(random));
  const asked = texts.map((text) => ({ text, verdict: ask(text), refused: refuses(text) }));
  const wrong = asked.filter(({ verdict, refused }) => verdict === "loaded" && refused);
  expect(
    wrong.map(({ text }) => text.text),
    "loaded by the real tool, an error to us",
  ).toEqual([]);
  const judged = asked.filter(({ verdict }) => verdict === "refused");
  const missed = judged.filter(({ refused }) => !refused).map(({ text }) => text.text);
  expect(judged.length).toBeGreaterThan(count / 10);
  expect(missed.length / judged.length, missed.join("\n%%\n")).toBeLessThan(0.06);
});

function refuses({ text, language }: RandomText): boolean {
  return analyze(text, language, { lint: false }).findings.some(({ severity }) => severity === "error");
}

/** What a load into an empty namespace says; `unsure` where the machine decides, or the builds among themselves. */
function ask({ language, text }: RandomText): "loaded" | "refused" | "unsure" {
  const complaints = language === "nftables" ? [loadNft(text)] : restoreBoth(text, language);
  if (complaints.every((complaint) => complaint === undefined)) return "loaded";
  return complaints.every((complaint) => complaint !== undefined && !machine.test(complaint)) ? "refused" : "unsure";
}

/** What the kernel lacks here, names that nobody resolves, devices that are not there. */
const machine = /process rule|resolve|host\/network|not exist|RULE_APPEND|revision|module|line \d+ failed/i;

function loadNft(text: string): string | undefined {
  const run = spawnSync("unshare", ["-n", "nft", "-f", "-"], { input: text, encoding: "utf8" });
  if (run.error) throw new Error(`nft could not be asked (root and nftables are needed): ${run.error.message}`);
  return run.status === 0 ? undefined : run.stderr || "refused";
}

function restoreBoth(text: string, language: "iptables" | "ip6tables"): (string | undefined)[] {
  const family = language === "iptables" ? "ipv4" : "ipv6";
  return (["nft", "legacy"] as const).map((build) => restore({ build, family, text }));
}
