import { expect, test } from "vitest";
import { type Analysis, analyze } from "../../netfilter/analyze.js";
import { actionsAt } from "../../netfilter/ide/actions.js";
import { applyEdits, together } from "../../netfilter/ide/edits.js";
import type { Edit, Finding, Fix } from "../../netfilter/text/finding.js";

const text = "one two three two\n";

function found(code: string, start: number, end: number, ...fixes: Fix[]): Finding {
  return { code, severity: "error", span: { start, end }, message: code, fixes };
}

function replace(start: number, end: number, replacement: string, preferred = true): Fix {
  return { title: `Use ${replacement}`, edits: [{ span: { start, end }, text: replacement }], preferred };
}

function withFindings(...findings: Finding[]): Analysis {
  return { ...analyze(text, "nftables"), tree: { ...analyze("", "nftables").tree, text }, findings };
}

test("a fix is offered where its finding is touched", () => {
  const analysis = withFindings(
    found("a", 0, 3, replace(0, 3, "1"), replace(0, 3, "uno", false)),
    found("b", 8, 13, replace(8, 13, "3")),
    { code: "c", severity: "warning", span: { start: 0, end: 18 }, message: "nothing to do" },
  );
  const titles = (start: number, end: number) =>
    actionsAt(analysis, { start, end }).map(({ title, kind }) => `${kind} ${title}`);
  const fixAll = "fixAll Fix everything that is safe to fix";
  expect(titles(2, 2)).toEqual(["quickFix Use 1", "quickFix Use uno", fixAll]);
  expect(titles(13, 13)).toEqual(["quickFix Use 3", fixAll]);
  expect(titles(5, 6)).toEqual([fixAll]);
});

test("all of a kind are fixed at once, and everything that is safe", () => {
  const analysis = withFindings(
    found("twice", 4, 7, replace(4, 7, "2")),
    found("other", 8, 13, replace(8, 13, "3")),
    found("twice", 14, 17, replace(14, 17, "2")),
    found("unsafe", 0, 3, replace(0, 3, "?", false)),
  );
  const actions = actionsAt(analysis, { start: 4, end: 7 });
  const result = (title: string) => applyEdits(text, actions.find((action) => action.title === title)?.edits ?? []);
  expect(result("Fix all 2 of 'twice' in this file")).toBe("one 2 three 2\n");
  expect(result("Fix everything that is safe to fix")).toBe("one 2 3 2\n");
});

test("of two fixes that overlap the first is made, as a whole", () => {
  const both: Fix = { title: "both", preferred: true, edits: [edit(0, 3, "X"), edit(5, 6, "Y")] };
  const analysis = withFindings(found("a", 0, 1, replace(5, 7, "Z")), found("a", 2, 3, both));
  const [fixAll] = actionsAt(analysis, { start: 17, end: 17 });
  expect(fixAll?.edits).toEqual([edit(5, 7, "Z")]);
});

const shared = edit(0, 1, "a");

test.each<[string, Edit[][], Edit[]]>([
  ["apart", [[edit(4, 5, "b")], [edit(0, 1, "a")]], [edit(0, 1, "a"), edit(4, 5, "b")]],
  ["side by side", [[edit(0, 2, "a")], [edit(2, 4, "b")]], [edit(0, 2, "a"), edit(2, 4, "b")]],
  ["overlapping", [[edit(0, 3, "a")], [edit(2, 4, "b")]], [edit(0, 3, "a")]],
  ["overlapping what stands behind", [[edit(2, 4, "b")], [edit(0, 3, "a")]], [edit(2, 4, "b")]],
  ["two insertions at one place", [[edit(2, 2, "a")], [edit(2, 2, "a")]], [edit(2, 2, "a")]],
  ["an insertion before a change", [[edit(2, 4, "a")], [edit(2, 2, "b")]], [edit(2, 2, "b"), edit(2, 4, "a")]],
  ["one half in the way", [[edit(5, 6, "a")], [edit(0, 1, "b"), edit(5, 7, "b")]], [edit(5, 6, "a")]],
  ["the same of two findings", [[shared], [shared]], [shared]],
  ["in two files", [[edit(0, 3, "a")], [edit(1, 2, "b", "other")]], [edit(0, 3, "a"), edit(1, 2, "b", "other")]],
])("edits %s", (_, groups, expected) => {
  expect(together(groups)).toEqual(expected);
});

function edit(start: number, end: number, replacement: string, file?: string): Edit {
  return { span: { start, end }, text: replacement, ...(file && { file }) };
}
