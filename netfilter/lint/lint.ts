import type { Ruleset } from "../model/ruleset.js";
import type { IptablesTree } from "../syntax/iptables/nodes.js";
import type { NftTree } from "../syntax/nft/nodes.js";
import type { Finding, Severity } from "../text/finding.js";
import { LineIndex } from "../text/lineIndex.js";
import { lints } from "./rules.js";

/** Runs every lint that `severities` leaves on. A comment line
 * `# hookscope-ignore ID ...: why` silences them for the line below it. */
export function lint(
  tree: NftTree | IptablesTree,
  ruleset: Ruleset,
  severities: Readonly<Record<string, Severity | "off">> = {},
): Finding[] {
  const { text } = tree;
  const found: Finding[] = [];
  for (const { id, severity, find } of lints) {
    const chosen = severities[id] ?? severity;
    if (chosen === "off") continue;
    for (const finding of find({ text, ruleset, tree })) found.push({ ...finding, code: id, severity: chosen });
  }
  return found.length > 0 && text.includes("hookscope-ignore") ? withoutIgnored(text, found) : found;
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
