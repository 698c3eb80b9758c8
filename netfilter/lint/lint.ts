import type { Ruleset } from "../model/ruleset.js";
import type { IptablesTree } from "../syntax/iptables/nodes.js";
import type { NftTree } from "../syntax/nft/nodes.js";
import type { Finding, Severity } from "../text/finding.js";
import { LineIndex } from "../text/lineIndex.js";
import type { Span } from "../text/span.js";
import { lints } from "./rules.js";

/** Runs every lint that `severities` leaves on, on a text of which `refused` is known to be wrong. A comment line
 * `# hookscope-ignore ID ...: why` silences them for the line below it. */
export function lint(
  tree: NftTree | IptablesTree,
  ruleset: Ruleset,
  refused: readonly Finding[] = tree.errors,
  severities: Readonly<Record<string, Severity | "off">> = {},
): Finding[] {
  const { text } = tree;
  const errors = refused.filter(({ severity }) => severity === "error");
  const found: Finding[] = [];
  for (const { id, severity, needsWhole, find } of lints) {
    const chosen = severities[id];
    if (chosen === "off" || (needsWhole && errors.length > 0)) continue;
    for (const finding of find({ text, ruleset, tree }))
      found.push({ ...finding, code: id, severity: chosen ?? finding.severity ?? severity });
  }
  const readable = errors.length > 0 ? withoutBroken(text, errors, found) : found;
  return readable.length > 0 && text.includes("hookscope-ignore") ? withoutIgnored(text, readable) : readable;
}

/** Leaves out what is said of a line that has an error: it says something else when it is done. */
function withoutBroken(text: string, errors: readonly Finding[], findings: readonly Finding[]): Finding[] {
  const lines = new LineIndex(text);
  const line = (offset: number) => lines.position(offset).line;
  const broken = new Set(errors.flatMap(({ span }) => [line(span.start), line(span.end)]));
  const isBroken = ({ start, end }: Span) => {
    for (let at = line(start); at <= line(end); at++) if (broken.has(at)) return true;
    return false;
  };
  return findings.filter(({ span, related }) => ![span, ...(related ?? []).map((place) => place.span)].some(isBroken));
}

const ignoreComment = /^\s*#\s*hookscope-ignore\s+([^:]*)/;

function withoutIgnored(text: string, findings: readonly Finding[]): Finding[] {
  const lines = new LineIndex(text);
  return findings.filter(({ span, code }) => {
    for (let line = lines.position(span.start).line - 1; line >= 0; line--) {
      const above = text.slice(lines.lineStart(line), lines.lineEnd(line));
      if (!/^\s*#/.test(above)) return true;
      const ignored = ignoreComment.exec(above)?.[1]?.split(/[\s,]+/);
      if (ignored?.includes(code)) return false;
    }
    return true;
  });
}
