import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import { type CorpusRecord, corpusRecords, languageOf } from "../corpus/shared.js";

const sampleSize = 400;
const folder = mkdtempSync(join(tmpdir(), "hookscope-sample-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Texts whose verdict hangs on nothing but the text and the tool: no session, no machine, no kernel feature. */
const records = corpusRecords(20_000).filter((record) => {
  if (record.stateful || record.args || record.uses_include || record.templated || record.early_exit) return false;
  if (record.env_ifaces || record.needs_setup || record.corpus === "nft-list" || record.corpus === "nft-compat")
    return false;
  return labelOf(record) !== undefined && steady(record);
});

/** Another sample each time; the first line of a failure names the record. */
const sample = Array.from(
  { length: sampleSize },
  () => records[Math.floor(Math.random() * records.length)] as CorpusRecord,
);

test(`the real tools say of ${sampleSize} texts what the labels say, and so do we`, () => {
  expect(records.length).toBeGreaterThan(10_000);
  const drifted = sample.filter((record) => askTool(record) !== labelOf(record)).map(({ id }) => id);
  expect(drifted, "the installed tools and the labels disagree").toEqual([]);
  const wrong = sample.filter((record) => labelOf(record) && refuses(record) && loads(record)).map(({ id }) => id);
  expect(wrong, "loaded by the real tool, an error to us").toEqual([]);
  const refused = sample.filter((record) => !labelOf(record));
  const missed = refused.filter((record) => !refuses(record)).map(({ id }) => id);
  expect(missed.length / refused.length, `refused by the real tool, not by us: ${missed.join(", ")}`).toBeLessThan(
    0.05,
  );
});

/** What the oldest labelled tool, which is the one installed here, said: accepted by its user space or not. */
function labelOf({ tool, labels }: CorpusRecord): boolean | undefined {
  if (tool === "nft") return labels["1.0.6"]?.accepted;
  return labels["nft-1.8.9"]?.test?.accepted;
}

/** Where all versions and builds agree, and for the reason that is in the text. */
function steady({ tool, labels, error_class, error_kind }: CorpusRecord): boolean {
  const verdicts = Object.values(labels).map((label) => (tool === "nft" ? label.accepted : label.test?.accepted));
  if (verdicts.some((verdict) => verdict !== verdicts[0])) return false;
  if (verdicts[0]) return error_class === null || error_class === undefined || tool === "nft";
  return error_class === "syntax" || error_kind === "evaluation" || error_kind === "value";
}

function refuses({ text, ...record }: CorpusRecord): boolean {
  return analyze(text, languageOf(record), { lint: false }).findings.some(({ severity }) => severity === "error");
}

/** What a dry run says. */
function askTool(record: CorpusRecord): boolean {
  return run(record, record.tool === "nft" ? "-c" : "--test");
}

/** What a load into an empty namespace says: the kernel refuses more than a dry run. */
function loads(record: CorpusRecord): boolean {
  return run(record);
}

function run({ tool, family, text }: CorpusRecord, ...options: string[]): boolean {
  const file = join(folder, "input");
  writeFileSync(file, text);
  const restore = family === "ipv6" ? "ip6tables-nft-restore" : "iptables-nft-restore";
  const command = tool === "nft" ? ["nft", ...options, "-f", file] : [restore, ...options, file];
  const env = { ...process.env, LC_ALL: "C.UTF-8", TZ: "UTC-2" };
  const { status, error } = spawnSync("unshare", ["-n", ...command], { env, stdio: "ignore" });
  if (error)
    throw new Error(`${command[0]} could not be asked (root, nftables and iptables are needed): ${error.message}`);
  return status === 0;
}
