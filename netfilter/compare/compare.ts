import type { Language } from "../language.js";
import type { Sources } from "../text/sources.js";
import { type Comparison, compareSides } from "./differences.js";
import { iptablesSide } from "./iptables/side.js";
import { nftSide, type Place } from "./nft/side.js";
import { type Sheets, sheetsOf } from "./sheets.js";
import type { Side } from "./sides.js";

/** Reads a rules file or a router's listing for a comparison. Never throws; `place` lets a file's includes be followed. */
export function sideOf(text: string, language: Language, place?: Place): Side {
  if (language === "nftables") return nftSide(text, place);
  return iptablesSide(text, language === "ip6tables" ? "ipv6" : "ipv4");
}

/** A rules file of the workspace. */
export interface ComparedFile {
  readonly text: string;
  readonly place?: Place;
}

/** What a router runs otherwise than a file says, as rules and not as text. */
export function compareRulesets(file: ComparedFile, live: string, language: Language): Comparison {
  return compareSides(sideOf(file.text, language, file.place), sideOf(live, language));
}

/** The same, with both rulesets written so that a text comparison shows just what differs. */
export function compareWithSheets(
  file: ComparedFile,
  live: string,
  language: Language,
): { readonly comparison: Comparison; readonly sheets: Sheets; readonly sources: Sources } {
  const [ours, theirs] = [sideOf(file.text, language, file.place), sideOf(live, language)];
  const comparison = compareSides(ours, theirs);
  return { comparison, sheets: sheetsOf(ours, theirs, comparison), sources: ours.sources };
}
