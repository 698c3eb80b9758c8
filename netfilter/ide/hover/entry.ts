import type { Entry, EntryKind } from "../../facts/catalogue.js";
import type { Extension } from "../../facts/iptables/extension.js";
import type { Places } from "../../facts/nft/types.js";
import { code, codeBlock, enumerate } from "./markdown.js";

const familyNames: Readonly<Record<string, string>> = { ipv4: "IPv4", ipv6: "IPv6" };

const kindNames: Partial<Record<EntryKind, string>> = { chainType: "chain type", datatype: "data type" };

/** What the catalogue says of a word: its forms, what it does, where it is allowed and since when it exists. */
export function describeEntry(entry: Entry): string {
  const heading = `**${code(title(entry))}** · ${kindNames[entry.kind] ?? entry.kind}`;
  const forms = entry.forms.filter((form) => form !== entry.word);
  return [heading, ...(forms.length > 0 ? [codeBlock(forms)] : []), entry.doc, ...limits(entry)].join("\n\n");
}

/** A field or key is told with what stands before it: `tcp dport`, `ct state`. */
function title({ word, kind, forms }: Entry): string {
  if (kind !== "field" && kind !== "expression") return word;
  const before = forms[0]?.split(/\s*[<[{(]/)[0] ?? "";
  return before.endsWith(` ${word}`) ? before : word;
}

/** Where the word may stand, in whichever language it belongs to. */
function limits(entry: Entry): string[] {
  const { tables, hooks, protocols, families } = entry as Partial<Extension>;
  const { families: nftFamilies, chainTypes } = entry as Partial<Places>;
  const ofOneFamily = families?.length === 1 && familyNames[families[0] as string];
  const lines = [
    tables && `Table: ${list(tables)}.`,
    hooks && `Hook: ${list(hooks)}.`,
    chainTypes && `Chain type: ${list(chainTypes)}.`,
    ofOneFamily ? `${ofOneFamily} only.` : nftFamilies && `Family: ${list(nftFamilies)}.`,
    protocols && `Needs ${enumerate(protocols.map((protocol) => code(`-p ${protocol}`))).replace(" and ", " or ")}.`,
    entry.since && `Since ${entry.since}.`,
  ].filter((line) => typeof line === "string");
  return lines.length > 0 ? [lines.join(" ")] : [];
}

function list(words: readonly string[]): string {
  return words.map(code).join(", ");
}
