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
  let [files, same] = [0, 0];
  const told: string[] = [];
  for (const { name, text, live } of loadedFiles(language, 1)) {
    const { differences } = compareRulesets({ text }, live, language);
    files++;
    if (differences.length === 0) same++;
    else told.push(...differences.slice(0, 3).map((one) => `${name}: ${line(one)}`));
  }
  expect(files).toBeGreaterThan(20);
  expect(same / files, told.join("\n")).toBeGreaterThan(0.99);
});

/** Every n-th file of a language, with its text and what the tool lists of it. */
function* loadedFiles(language: Language, every: number): Generator<{ name: string; text: string; live: string }> {
  const folder = sharedPath(`corpus/real/${language}/accepted`);
  for (const [index, name] of readdirSync(folder).entries()) {
    const live = index % every === 0 ? listed(`${folder}/${name}`, language) : undefined;
    if (live !== undefined) yield { name, text: readFileSync(`${folder}/${name}`, "utf8"), live };
  }
}

/** Rules of which losing one line is losing one rule, whatever else the file holds. */
const rulesOf: Readonly<Record<string, RegExp>> = {
  nftables: /^[ \t]+(?:(?:tcp|udp|ip6?|ct|meta|iifname|oifname|iif|oif) [^{}$@\\\n]*?)?(?:accept|drop|return)$/gm,
  iptables: /^-A \S+ (?!.*(?:-s|-d) \S*,).*$/gm,
};

test.each(["nftables", "iptables"] as const)("a rule taken out of files of %s is all that is told", (language) => {
  let files = 0;
  const wrong: string[] = [];
  for (const { name, text, live } of loadedFiles(language, 3)) {
    const before = compareRulesets({ text }, live, language).differences.length;
    const rules = [...text.matchAll(rulesOf[language] as RegExp)];
    const rule = rules[Math.floor(rules.length / 2)];
    // A file with commands that delete or insert, or with chains of the same rules, does not lose just one.
    if (!rule || before > 0 || /^(-[DIRF]|insert|delete|replace)\b/m.test(text)) continue;
    const without = text.slice(0, rule.index) + text.slice(rule.index + rule[0].length);
    const { differences } = compareRulesets({ text: without.replace(/\n\n(?=[-*:C])/g, "\n") }, live, language);
    files++;
    if (differences.length !== 1 || differences[0]?.kind !== "extra")
      wrong.push(`${name}: without ${rule[0].trim()}\n${differences.slice(0, 3).map(line).join("\n")}`);
  }
  expect(files).toBeGreaterThan(10);
  expect(wrong).toEqual([]);
});

function line({ kind, about, table, part, file, live }: Difference): string {
  return `${kind} ${about} ${table} ${part ?? ""}\n    file ${file}\n    live ${live}`;
}
