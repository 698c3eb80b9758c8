import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { analyze } from "../netfilter/analyze.js";
import { detectLanguage } from "../netfilter/language.js";

// What a person sees who opens the samples: the real tools load them all, so there is no error among it.

const samples = fileURLToPath(new URL("../samples/", import.meta.url));

test.each([
  ["home-router/rules.v4", ["-j ACCEPT: noUnsavedMark"]],
  ["home-router/rules.v6", []],
  ["home-router/router.nft", ["accept: noUnsavedMark"]],
  ["late-drop/late-drop.nft", []],
  ["redirect-and-queue/rules.v4", []],
  ["vpn-gateway/rules.v4", []],
])("%s shows %s", (file, expected) => {
  const text = readFileSync(samples + file, "utf8");
  const { findings } = analyze(text, detectLanguage(file, text) ?? "nftables");
  expect(findings.map(({ span, code }) => `${text.slice(span.start, span.end)}: ${code}`)).toEqual(expected);
});

test("every sample is looked at", () => {
  const files = readdirSync(samples, { recursive: true, encoding: "utf8" });
  expect(files.filter((file) => detectLanguage(file, "")).length).toBe(6);
});
