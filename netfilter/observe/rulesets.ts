import type { Command } from "./command.js";
import { type Read, textCommand } from "./reading.js";

/** A ruleset as the router's own tool lists it: text for the language server, counters and handles in it. */
export interface RulesetText {
  readonly language: "nftables" | "iptables" | "ip6tables";
  /** As a file would hold it, with the tool's line ends; empty when the router has no rules of this kind. */
  readonly text: string;
}

/** All nftables tables, those of iptables-nft among them, with handles and counters. */
export const nftRuleset: Command<RulesetText> = textCommand({
  id: "nft.ruleset",
  title: "the nftables ruleset",
  argv: ["nft", "-a", "list", "ruleset"],
  root: true,
  parse: listing("nftables", /^(?:table|#|add|define)\b|^#/),
});

/** IPv4 tables of iptables, whichever backend `iptables` has on this router, with counters. */
export const iptablesSave = save("iptables.save", "iptables-save", "iptables");
/** IPv6 tables of iptables, with counters. */
export const ip6tablesSave = save("ip6tables.save", "ip6tables-save", "ip6tables");
/** IPv4 tables of the old kernel interface, which `nft list ruleset` does not show. */
export const iptablesLegacySave = save("iptables.legacySave", "iptables-legacy-save", "iptables");
/** IPv6 tables of the old kernel interface. */
export const ip6tablesLegacySave = save("ip6tables.legacySave", "ip6tables-legacy-save", "ip6tables");

function save(id: string, program: string, language: RulesetText["language"]): Command<RulesetText> {
  return textCommand({
    id,
    title: `the rules that \`${program}\` lists`,
    argv: [program, "-c"],
    root: true,
    parse: listing(language, /^[#*:[-]/),
  });
}

/** Takes a text whose first line that is not blank begins like such a listing. */
function listing(language: RulesetText["language"], begin: RegExp) {
  return (text: string): Read<RulesetText> | undefined => {
    const first = text.split("\n", 50).find((line) => line.trim() !== "");
    return first === undefined || begin.test(first) ? { value: { language, text } } : undefined;
  };
}
