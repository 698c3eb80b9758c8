import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import type { Language } from "../../netfilter/language.js";
import { sharedPath } from "./shared.js";

const folders: readonly (readonly [string, Language])[] = [
  ["nftables", "nftables"],
  ["iptables", "iptables"],
  ["ip6tables", "ip6tables"],
];

describe.each(folders)("real %s files", (folder, language) => {
  test("that the real tools accept show no error, but for 2 % at most", () => {
    const results = errorsByFile(`corpus/real/${folder}/accepted`, language);
    const wrong = results.filter(({ errors }) => errors.length > 0);
    const told = wrong.map(({ name, errors }) => `${name}: ${errors[0]}`).join("\n");
    expect(results.length).toBeGreaterThan(30);
    expect(wrong.length / results.length, told).toBeLessThanOrEqual(0.02);
  });

  test("that the real tools refuse do not end in a crash", () => {
    expect(errorsByFile(`corpus/real/${folder}/rejected`, language).length).toBeGreaterThan(5);
  });
});

function errorsByFile(folder: string, language: Language) {
  const path = sharedPath(folder);
  return readdirSync(path).map((name) => {
    const { findings } = analyze(readFileSync(`${path}/${name}`, "utf8"), language, { lint: false });
    return { name, errors: findings.filter(({ severity }) => severity === "error").map(({ message }) => message) };
  });
}
