import type { Analysis } from "../analyze.js";
import type { Edit, Finding, Fix } from "../text/finding.js";
import type { Span } from "../text/span.js";
import { together } from "./edits.js";

/** Something the editor can do about findings. */
export interface Action {
  readonly title: string;
  readonly kind: "quickFix" | "fixAll";
  readonly edits: readonly Edit[];
  readonly findings: readonly Finding[];
  readonly preferred: boolean;
}

/** The fixes of the findings that touch `range`, each kind's also for the whole file, and everything that is safe at once. */
export function actionsAt(analysis: Analysis, range: Span): Action[] {
  const touched = analysis.findings.filter(
    ({ span, fixes }) => fixes && span.start <= range.end && range.start <= span.end,
  );
  const kinds = new Set(touched.map(({ code }) => code));
  return [
    ...touched.flatMap(quickFixes),
    ...[...kinds].flatMap((code) => fixKind(analysis, code)),
    ...fixAll(analysis),
  ];
}

function quickFixes(finding: Finding): Action[] {
  return (finding.fixes ?? []).map(({ title, edits, preferred = false }) => ({
    title,
    kind: "quickFix",
    edits,
    findings: [finding],
    preferred,
  }));
}

function fixKind({ findings }: Analysis, code: string): Action[] {
  const alike = findings.filter((finding) => finding.code === code && safeFix(finding));
  if (alike.length < 2) return [];
  const title = `Fix all ${alike.length} of '${code}' in this file`;
  return [{ title, kind: "quickFix", edits: safeEdits(alike), findings: alike, preferred: false }];
}

/** What runs on saving, where the person has asked for that. */
function fixAll({ findings }: Analysis): Action[] {
  const fixable = findings.filter(safeFix);
  if (fixable.length === 0) return [];
  const title = "Fix everything that is safe to fix";
  return [{ title, kind: "fixAll", edits: safeEdits(fixable), findings: fixable, preferred: false }];
}

function safeFix({ fixes }: Finding): Fix | undefined {
  return fixes?.find(({ preferred }) => preferred);
}

/** A fix that overlaps an earlier one waits for the next time. */
function safeEdits(findings: readonly Finding[]): Edit[] {
  return together(findings.map((finding) => safeFix(finding)?.edits ?? []));
}
