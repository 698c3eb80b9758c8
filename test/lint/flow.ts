import { analyze } from "../../netfilter/analyze.js";
import type { Language } from "../../netfilter/language.js";

/** The texts that one lint points at, each with its related places after `|`. */
export function found(id: string, language: Language, text: string): string[] {
  return analyze(text, language)
    .findings.filter(({ code }) => code === id)
    .map(({ span, related }) => [span, ...(related ?? []).map((place) => place.span)])
    .map((spans) => spans.map(({ start, end }) => text.slice(start, end)).join(" | "));
}

/** An iptables file of one table whose FORWARD chain has these rules; others name their chain. */
export function filter(...rules: string[]): string {
  const lines = rules.map((rule) => (/^(:|-[AI] )/.test(rule) ? rule : `-A FORWARD ${rule}`));
  return ["*filter", ":FORWARD ACCEPT [0:0]", ":u - [0:0]", ...lines, "COMMIT", ""].join("\n");
}

/** An nftables file whose forward chain has these rules; `before` stands in the table first. */
export function forward(rules: readonly string[], before = ""): string {
  const chain = ["chain forward {", "type filter hook forward priority filter; policy accept;", ...rules, "}"];
  return ["table inet filter {", before, ...chain, "}", ""].join("\n");
}
