import type { Finding, Severity } from "../../netfilter/text/finding.js";
import type { Span } from "../../netfilter/text/span.js";
import { type Checked, placeOf, type Reporter, type Source, type Summary, sourceOf } from "./report.js";

const colours: Record<Severity | "bold" | "dim", string> = {
  error: "1;31",
  warning: "1;33",
  information: "1;36",
  hint: "1;32",
  bold: "1",
  dim: "2",
};

type Paint = (colour: keyof typeof colours, text: string) => string;

const tabWidth = 8;
/** Longer source lines are cut around the finding. */
const widest = 160;

/** Findings for people: place and message, the source line with carets beneath, related places indented. */
export function textReporter(colour: boolean): Reporter {
  const paint: Paint = (name, text) => (colour && text ? `\x1b[${colours[name]}m${text}\x1b[0m` : text);
  return {
    begin: () => "",
    file: (checked) => checked.findings.map((finding) => show(checked, finding, paint)).join(""),
    end: summarize,
  };
}

function show(checked: Checked, finding: Finding, paint: Paint): string {
  const { severity, code, message } = finding;
  const where = paint("bold", `${place(checked, finding.span)}:`);
  const first = `${where} ${paint(severity, `${severity}:`)} ${printable(message)} ${paint("dim", `[${code}]`)}\n`;
  const related = (finding.related ?? []).map((other) => {
    const source = sourceOf(checked, other);
    const where = paint("bold", `${place(source, other.span)}:`);
    return `    ${where} ${printable(other.message)}\n${excerpt(source, other.span, "        ", paint, "dim")}`;
  });
  return first + excerpt(checked, finding.span, "    ", paint, severity) + related.join("");
}

function place({ file, lines }: Source, span: Span): string {
  const { line, column } = placeOf(lines, span);
  return `${printable(file)}:${line}:${column}`;
}

/** The line in which `span` starts and, beneath, carets under as much of the span as lies in that line. */
function excerpt({ lines }: Source, span: Span, indent: string, paint: Paint, colour: keyof typeof colours): string {
  const { line } = lines.position(span.start);
  const [lineStart, lineEnd] = [lines.lineStart(line), lines.lineEnd(line)];
  const from = Math.max(lineStart, Math.min(span.start, lineEnd) - widest / 2);
  const to = Math.min(lineEnd, from + widest);
  const before = expand(lines.text.slice(from, Math.min(span.start, to)));
  const upToEnd = expand(lines.text.slice(from, Math.max(span.start, Math.min(span.end, to))));
  const carets = "^".repeat(Math.max(1, upToEnd.length - before.length));
  const head = from > lineStart ? "…" : "";
  const source = head + expand(lines.text.slice(from, to)) + (to < lineEnd ? "…" : "");
  const blank = " ".repeat(head.length + before.length);
  return `${indent}${source}\n${indent}${blank}${paint(colour, carets)}\n`;
}

/** Tabs as the blanks that they take, so that carets stand where they should. */
function expand(text: string): string {
  let expanded = "";
  for (const part of printable(text).split(/(\t)/)) {
    expanded += part === "\t" ? " ".repeat(tabWidth - (expanded.length % tabWidth)) : part;
  }
  return expanded;
}

/** A rules file may hold anything, escape sequences for the terminal too: those must not reach it. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

function summarize({ files, found }: Summary): string {
  const counts = (["error", "warning", "information", "hint"] as const)
    .filter((severity) => found[severity] > 0)
    .map((severity) => counted(found[severity], severity === "information" ? "remark" : severity));
  return `${counts.length > 0 ? counts.join(", ") : "Nothing found"} in ${counted(files, "file")}.\n`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
