import type { Language } from "../../netfilter/language.js";
import type { Command } from "../../netfilter/observe/command.js";
import {
  ip6tablesLegacySave,
  ip6tablesSave,
  iptablesLegacySave,
  iptablesSave,
  nftRuleset,
  type RulesetText,
} from "../../netfilter/observe/rulesets.js";

/** A live ruleset as a file of the router's virtual folder. */
export interface RulesetFile {
  readonly name: string;
  readonly title: string;
  readonly command: Command<RulesetText>;
  /** Of the kernel interface before nftables. */
  readonly isOld?: true;
  readonly language: Language;
}

/** The rulesets that a router may have. */
export const rulesetFiles: readonly RulesetFile[] = [
  { name: "ruleset.nft", title: "nftables", command: nftRuleset, language: "nftables" },
  { name: "rules.v4", title: "iptables", command: iptablesSave, language: "iptables" },
  { name: "rules.v6", title: "ip6tables", command: ip6tablesSave, language: "ip6tables" },
  {
    name: "legacy/rules.v4",
    title: "iptables-legacy",
    command: iptablesLegacySave,
    language: "iptables",
  },
  {
    name: "legacy/rules.v6",
    title: "ip6tables-legacy",
    command: ip6tablesLegacySave,
    language: "ip6tables",
  },
];

/** The file of that name. */
export function rulesetFile(name: string): RulesetFile | undefined {
  return rulesetFiles.find((file) => file.name === name);
}
