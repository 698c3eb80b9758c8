import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compareRulesets } from "../../netfilter/compare/compare.js";
import type { Difference } from "../../netfilter/compare/differences.js";
import { detectLanguage, type Language } from "../../netfilter/language.js";
import { sharedPath } from "../corpus/shared.js";

// A file that was just loaded runs as it says: every difference that is told between it and its own listing is a false one.

const load: Readonly<Record<Language, string>> = {
  nftables: 'nft -f "$1" && echo loaded && nft -a list ruleset',
  iptables: 'iptables-nft-restore "$1" && echo loaded && iptables-nft-save -c',
  ip6tables: 'ip6tables-nft-restore "$1" && echo loaded && ip6tables-nft-save -c',
};

/** What the real tool lists after it has loaded the file in a namespace of its own; undefined where it refuses it. */
function listed(path: string, language: Language): string | undefined {
  const { stdout, error } = spawnSync("unshare", ["-n", "sh", "-c", load[language], "sh", path], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (error) throw new Error(`unshare does not run (${error.message}): install util-linux, nftables and iptables`);
  const at = stdout.indexOf("loaded\n");
  return at === -1 ? undefined : stdout.slice(at + "loaded\n".length);
}

const samples = fileURLToPath(new URL("../../samples/", import.meta.url));
const ours = readdirSync(samples, { recursive: true, encoding: "utf8" })
  .filter((file) => [".nft", ".v4", ".v6"].includes(extname(file)))
  .map((file) => samples + file);

test.each(ours)("%s differs in nothing from its own listing", (path) => {
  const language = detectLanguage(path, "") as Language;
  const live = listed(path, language);
  if (live === undefined) throw new Error(`${path} does not load`);
  expect(compareRulesets({ text: readFileSync(path, "utf8") }, live, language).differences).toEqual([]);
});

const folders: readonly Language[] = ["nftables", "iptables", "ip6tables"];

test.each(folders)("real files of %s differ in hardly anything from their own listing", (language) => {
  const folder = sharedPath(`corpus/real/${language}/accepted`);
  let [files, same, rules, wrong] = [0, 0, 0, 0];
  const told: string[] = [];
  for (const name of readdirSync(folder)) {
    const live = listed(`${folder}/${name}`, language);
    if (live === undefined) continue;
    const text = readFileSync(`${folder}/${name}`, "utf8");
    const { differences, equal } = compareRulesets({ text }, live, language);
    files++;
    rules += equal;
    wrong += differences.length;
    if (differences.length === 0) same++;
    else told.push(...differences.slice(0, 3).map((one) => `${name}: ${line(one)}`));
  }
  console.log(`${language}: ${same} of ${files} files, ${rules} rules equal, ${wrong} false differences`);
  if (process.env.TELL) console.log(told.join("\n"));
  expect(files).toBeGreaterThan(20);
  expect(same / files, told.join("\n")).toBeGreaterThan(0.97);
});

function line({ kind, about, table, part, file, live }: Difference): string {
  return `${kind} ${about} ${table} ${part ?? ""}\n    file ${file}\n    live ${live}`;
}
