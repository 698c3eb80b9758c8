import { describe, expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import type { Example } from "../../netfilter/lint/rule.js";
import { lints } from "../../netfilter/lint/rules.js";
import { LineIndex } from "../../netfilter/text/lineIndex.js";

describe.each(lints.map((lint) => [lint.id, lint] as const))("%s", (id, lint) => {
  test("is documented", () => {
    expect(id).toMatch(/^(no|use)[A-Z][A-Za-z]+$/);
    expect(lint.summary).toMatch(/^[^\n]{20,}\.$/);
    expect(lint.doc.length).toBeGreaterThan(100);
    expect(lint.examples.bad.length).toBeGreaterThan(0);
    expect(lint.examples.good.length).toBeGreaterThan(0);
  });

  test.each(lint.examples.bad.map((example) => [example]))("finds the marked places of a bad example", (example) => {
    const marked = markedPlaces(example.text);
    expect(marked.length).toBeGreaterThan(0);
    expect(places(example, id)).toEqual(marked);
  });

  test.each(lint.examples.good.map((example) => [example]))("is silent about a good example", (example) => {
    expect(places(example, id)).toEqual([]);
  });

  test.each(lint.examples.bad.map((example) => [example]))(
    "every fix of a bad example leaves nothing to find",
    (example) => {
      const { findings } = analyze(example.text, example.language);
      for (const fix of findings.flatMap((finding) => finding.fixes ?? [])) {
        const edits = [...fix.edits].sort((a, b) => b.span.start - a.span.start);
        let text = example.text;
        for (const { span, text: inserted } of edits)
          text = text.slice(0, span.start) + inserted + text.slice(span.end);
        expect(analyze(text, example.language).findings, fix.title).toEqual([]);
      }
    },
  );
});

/** `line:column-endColumn` of each finding; any other finding shows with its code, so that examples stay free of them. */
function places({ text, language }: Example, id: string): string[] {
  const lines = new LineIndex(text);
  return analyze(text, language).findings.map(({ code, span }) => {
    const { line, column } = lines.position(span.start);
    return `${line}:${column}-${column + span.end - span.start}${code === id ? "" : ` ${code}`}`;
  });
}

/** The places that comment lines of carets point at in the line above them; `#<^^^` marks from the `#` on. */
function markedPlaces(text: string): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, number) => {
    if (!/^\s*#(<|\s*)\^+\s*$/.test(line)) return [];
    const start = line.includes("#<") ? line.indexOf("#") : line.indexOf("^");
    return [`${number - 1}:${start}-${line.lastIndexOf("^") + 1}`];
  });
}
