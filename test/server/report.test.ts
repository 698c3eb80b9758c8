import { expect, test } from "vitest";
import type { Finding } from "../../netfilter/text/finding.js";
import { jsonReporter } from "../../server/check/json.js";
import { checkedFile, type Reporter, type Summary } from "../../server/check/report.js";
import { sarifReporter } from "../../server/check/sarif.js";
import { textReporter } from "../../server/check/text.js";

const clean: Summary = { files: 1, found: { error: 0, warning: 0, information: 0, hint: 0 } };

/** A finding at the text between « and », with `rest` on top. */
function marked(text: string, rest: Partial<Finding> = {}): [string, Finding] {
  const start = text.indexOf("«");
  const end = text.indexOf("»") - 1;
  const found: Finding = { code: "unknownWord", severity: "error", message: "no such word", span: { start, end } };
  return [text.replace(/[«»]/g, ""), { ...found, ...rest }];
}

function report(reporter: Reporter, text: string, ...findings: Finding[]): string {
  return reporter.file(checkedFile("rules.v4", text, findings));
}

test.each([
  ["a word", "-A INPUT -j «DORP»\n", "rules.v4:1:13", "    -A INPUT -j DORP\n                ^^^^\n"],
  ["the second line", "*filter\n:«INPUT» ACCEPT\n", "rules.v4:2:2", "    :INPUT ACCEPT\n     ^^^^^\n"],
  ["behind tabs", "\tip\t«saddr» 1\n", "rules.v4:1:5", "            ip      saddr 1\n                    ^^^^^\n"],
  ["nothing, at the end", "COMMIT«»", "rules.v4:1:7", "    COMMIT\n          ^\n"],
  ["a line break", "a«\n»b", "rules.v4:1:2", "    a\n     ^\n"],
  ["several lines", "set «s {\n  1\n}»\n", "rules.v4:1:5", "    set s {\n        ^^^\n"],
  ["CRLF", "ab «cd»\r\n", "rules.v4:1:4", "    ab cd\n       ^^\n"],
  ["escape sequences", "«\x1b[31m»\n", "rules.v4:1:1", "    \ufffd[31m\n    ^^^^^\n"],
])("text marks %s", (_, source, place, excerpt) => {
  expect(report(textReporter(false), ...marked(source))).toBe(
    `${place}: error: no such word [unknownWord]\n${excerpt}`,
  );
});

test("text cuts long lines around the finding", () => {
  const [text, finding] = marked(`${"x".repeat(5000)}«bad»${"y".repeat(5000)}`);
  const [, source = "", carets = ""] = report(textReporter(false), text, finding).split("\n");
  expect(source.length).toBeLessThan(200);
  expect(source.slice(carets.indexOf("^"), carets.lastIndexOf("^") + 1)).toBe("bad");
});

test("text indents related places and colours on request", () => {
  const [text, finding] = marked("one «two»\n", {
    severity: "warning",
    related: [{ span: { start: 0, end: 3 }, message: "made here" }],
  });
  expect(report(textReporter(false), text, finding)).toBe(
    "rules.v4:1:5: warning: no such word [unknownWord]\n    one two\n        ^^^\n" +
      "    rules.v4:1:1: made here\n        one two\n        ^^^\n",
  );
  expect(report(textReporter(true), text, finding)).toContain("\x1b[1;33mwarning:\x1b[0m");
});

test.each([
  [{}, 1, "Nothing found in 1 file.\n"],
  [{}, 0, "Nothing found in 0 files.\n"],
  [{ error: 1, warning: 2 }, 3, "1 error, 2 warnings in 3 files.\n"],
])("text sums up %o in %d files", (found, files, expected) => {
  expect(textReporter(false).end({ files, found: { ...clean.found, ...found } })).toBe(expected);
});

test("json is one array over all files", () => {
  const reporter = jsonReporter();
  const [text, finding] = marked("a\n😀 «b»\n", { related: [{ span: { start: 0, end: 1 }, message: "see" }] });
  const output = [
    reporter.begin(),
    report(reporter, text, finding),
    report(reporter, text),
    report(reporter, text, finding),
    reporter.end(clean),
  ].join("");
  const record = {
    file: "rules.v4",
    line: 2,
    column: 4,
    endLine: 2,
    endColumn: 5,
    severity: "error",
    code: "unknownWord",
    message: "no such word",
    related: [{ file: "rules.v4", line: 1, column: 1, endLine: 1, endColumn: 2, message: "see" }],
  };
  expect(JSON.parse(output)).toEqual([record, record]);
  expect(JSON.parse(jsonReporter().begin() + jsonReporter().end(clean))).toEqual([]);
});

test("sarif names every rule once and places results", () => {
  const reporter = sarifReporter();
  const [text, first] = marked("a «b»\n");
  const [, second] = marked("«a» b\n", {
    code: "noUnsavedMark",
    severity: "hint",
    related: [{ span: { start: 2, end: 3 }, message: "b" }],
  });
  const log = JSON.parse(reporter.begin() + report(reporter, text, first, second, first) + reporter.end(clean));
  expect(log).toMatchObject({ version: "2.1.0", runs: [{ columnKind: "utf16CodeUnits" }] });
  const [{ tool, results }] = log.runs;
  expect(tool.driver.rules).toEqual([
    { id: "unknownWord", shortDescription: { text: "Unknown word" } },
    { id: "noUnsavedMark", shortDescription: { text: "No unsaved mark" } },
  ]);
  expect(results.map(({ ruleIndex, level }: { ruleIndex: number; level: string }) => [ruleIndex, level])).toEqual([
    [0, "error"],
    [1, "note"],
    [0, "error"],
  ]);
  expect(results[0].locations).toEqual([
    {
      physicalLocation: {
        artifactLocation: { uri: "rules.v4" },
        region: { startLine: 1, startColumn: 3, endLine: 1, endColumn: 4 },
      },
    },
  ]);
  expect(results[1].relatedLocations).toMatchObject([{ id: 0, message: { text: "b" } }]);
});

test.each([
  ["etc/my rules#1.v4", "etc/my%20rules%231.v4"],
  ["/etc/a b.nft", "file:///etc/a%20b.nft"],
])("sarif writes %s as a URI", (file, uri) => {
  const reporter = sarifReporter();
  const [text, finding] = marked("«a»");
  const result = JSON.parse(reporter.file(checkedFile(file, text, [finding])));
  expect(result.locations[0].physicalLocation.artifactLocation.uri).toBe(uri);
});
