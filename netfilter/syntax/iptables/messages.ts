import type { Finding, Fix } from "../../text/finding.js";
import type { Span } from "../../text/span.js";

/** An error at a place of the text. */
export function error(code: string, { start, end }: Span, message: string, more: Partial<Finding> = {}): Finding {
  return { code, severity: "error", span: { start, end }, message, ...more };
}

/** What one build of the tools refuses and the other takes. */
export function warning(code: string, span: Span, message: string, more: Partial<Finding> = {}): Finding {
  return { ...error(code, span, message, more), severity: "warning" };
}

/** "Did you mean ...?" with its quick fix, where something near is known. */
export function suggestion(
  { start, end }: Span,
  instead: string | undefined,
): { hint: string; fixes?: readonly Fix[] } {
  if (instead === undefined) return { hint: "" };
  const fix: Fix = {
    title: `Change to \`${instead}\``,
    edits: [{ span: { start, end }, text: instead }],
    preferred: true,
  };
  return { hint: ` Did you mean \`${instead}\`?`, fixes: [fix] };
}

/** Only what is there: for optional properties that must not be undefined. */
export function withFixes(fixes: readonly Fix[] | undefined): Partial<Finding> {
  return fixes ? { fixes } : {};
}
