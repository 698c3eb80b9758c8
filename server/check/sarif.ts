import { isAbsolute, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Finding, Severity } from "../../netfilter/text/finding.js";
import type { Span } from "../../netfilter/text/span.js";
import { version } from "../protocol.js";
import { type Checked, placeOf, type Reporter, type Source, sourceOf } from "./report.js";

const levels: Record<Severity, string> = { error: "error", warning: "warning", information: "note", hint: "note" };

/**
 * SARIF 2.1.0. Results are printed as they come; the tool with the rules that were met stands last, because only then all
 * of them are known.
 */
export function sarifReporter(): Reporter {
  const rules = new Map<string, number>();
  let separator = "";
  return {
    begin: () =>
      '{"version":"2.1.0","$schema":"https://json.schemastore.org/sarif-2.1.0.json","runs":[{"columnKind":"utf16CodeUnits","results":[',
    file(checked) {
      let text = "";
      for (const finding of checked.findings) {
        if (!rules.has(finding.code)) rules.set(finding.code, rules.size);
        text += `${separator}\n${JSON.stringify(result(checked, finding, rules.get(finding.code) as number))}`;
        separator = ",";
      }
      return text;
    },
    end: () => `\n],"tool":${JSON.stringify({ driver: driver([...rules.keys()]) })}}]}\n`,
  };
}

function driver(codes: readonly string[]) {
  return { name: "hookscope", version, rules: codes.map((id) => ({ id, shortDescription: { text: spelledOut(id) } })) };
}

/** `noUnsavedMark` as `No unsaved mark`. */
function spelledOut(id: string): string {
  const words = id.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function result(checked: Checked, finding: Finding, ruleIndex: number) {
  const related = (finding.related ?? []).map((place, id) => ({
    id,
    ...location(sourceOf(checked, place), place.span),
    message: { text: place.message },
  }));
  return {
    ruleId: finding.code,
    ruleIndex,
    level: levels[finding.severity],
    message: { text: finding.message },
    locations: [location(checked, finding.span)],
    ...(related.length > 0 && { relatedLocations: related }),
  };
}

function location({ file, lines }: Source, span: Span) {
  const { line, column, endLine, endColumn } = placeOf(lines, span);
  const region = { startLine: line, startColumn: column, endLine, endColumn };
  return { physicalLocation: { artifactLocation: { uri: uriOf(file) }, region } };
}

function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return file.split(sep).map(encodeURIComponent).join("/");
}
