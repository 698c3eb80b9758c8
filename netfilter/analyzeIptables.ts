import { type Analysis, type AnalyzeOptions, analysisOf, lints } from "./analysis.js";
import { checkIptables } from "./check/iptables.js";
import type { Language } from "./language.js";
import { iptablesRuleset } from "./model/iptables.js";
import type { IptablesTree } from "./syntax/iptables/nodes.js";
import { parseIptables } from "./syntax/iptables/parse.js";
import { Sources } from "./text/sources.js";

/** Reads a file of iptables-save and says what is wrong with it. Never throws, whatever the text. */
export function analyzeIptables(
  text: string,
  language: Exclude<Language, "nftables">,
  options: AnalyzeOptions = {},
): Analysis {
  const family = language === "ip6tables" ? "ipv6" : "ipv4";
  const previous = iptablesTreeOf(options.previous);
  const tree = parseIptables(text, { family, previous });
  const ruleset = iptablesRuleset(tree, previous && options.previous?.ruleset);
  const refused = [...tree.errors, ...checkIptables(tree, ruleset)];
  const findings = [...refused, ...lints(tree, ruleset, refused, options)];
  const sources = new Sources([{ path: "", text, base: 0 }]);
  return analysisOf({ tree, ruleset, findings, sources }, language, options);
}

function iptablesTreeOf(analysis: Analysis | undefined): IptablesTree | undefined {
  return analysis && analysis.language !== "nftables" ? (analysis.tree as IptablesTree) : undefined;
}
