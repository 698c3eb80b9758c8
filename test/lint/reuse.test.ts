import { describe, expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import type { Example } from "../../netfilter/lint/rule.js";
import { lints } from "../../netfilter/lint/rules.js";
import type { Finding } from "../../netfilter/text/finding.js";

/** Types a line on top, takes it away and types it at the end, and asks each time for what a fresh look would find. */
function check({ language, text }: Example): void {
  let analysis = analyze(text, language);
  for (const version of [`# typed\n${text}`, text, `# typed\n# twice\n${text}`, `${text}# typed\n`]) {
    analysis = analyze(version, language, { previous: analysis });
    expect(analysis.findings.map(shown)).toEqual(analyze(version, language).findings.map(shown));
  }
}

/** What a person sees: nodes that serve as places are reduced to them. */
function shown({ code, span, message, related = [], fixes = [] }: Finding): unknown {
  return [
    code,
    span.start,
    span.end,
    message,
    related.map((place) => [place.span.start, place.span.end, place.message]),
    fixes.map(({ title, edits }) => [title, edits.map((edit) => [edit.span.start, edit.span.end, edit.text])]),
  ];
}

describe("an edited file has the findings of one that is opened so", () => {
  test.each(lints)("$id", ({ examples: { bad, good } }) => {
    for (const example of [...bad, ...good]) check(example);
  });
});
