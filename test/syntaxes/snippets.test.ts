import { expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import { snippets } from "./snippets.js";

test.each(snippets)("$language, $prefix: what it leaves behind has no mistake", ({ language, text }) => {
  const { findings } = analyze(text, language);
  expect(findings.map(({ code, span }) => `${code}: ${text.slice(span.start, span.end)}`)).toEqual([]);
});

test("each is asked for by another word", () => {
  const words = snippets.map(({ language, prefix }) => `${language} ${prefix}`);
  expect(new Set(words).size).toBe(words.length);
});
