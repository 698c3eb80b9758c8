import type { Loaded } from "../../netfilter/simulate/router.js";
import type { RulesDocument } from "./calls.js";
import type { ReadyRules } from "./memory.js";

/** What is followed of the documents that were given. */
export interface RulesDescription {
  /** For each document, by its name: `ip filter, ip nat (iptables-nft)`, or why nothing is taken from it. */
  readonly documents: readonly { readonly name: string; readonly takes: string; readonly isUsed: boolean }[];
  /** What the documents leave open, or say differently, as sentences. */
  readonly notes: readonly string[];
}

/** Tables are named as long as a line has room for them. */
const mostNamed = 5;

/** Says what is taken from each document. */
export function describe(documents: readonly RulesDocument[], { loaded, notes }: ReadyRules): RulesDescription {
  const described = documents.map((document) => {
    const found = loaded.find(({ name }) => name === document.name);
    const isUsed = (found?.ruleset.tables.length ?? 0) > 0;
    return { name: document.name, takes: found ? taken(document, found) : "", isUsed };
  });
  return { documents: described, notes };
}

function taken({ listed, text }: RulesDocument, loaded: Loaded): string {
  const { tables, language } = loaded.ruleset;
  if (tables.length === 0) return /^(table|\*)/m.test(text) ? "its tables stand in another listing, too" : "no rules";
  const named = tables.slice(0, mostNamed).map(({ family, name }) => `${family} ${name}`);
  const more = tables.length > mostNamed ? ` and ${tables.length - mostNamed} more` : "";
  const kind = !listed || language === "nftables" ? "" : loaded.isOld ? " (legacy)" : " (iptables-nft)";
  return named.join(", ") + more + kind;
}
