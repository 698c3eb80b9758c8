import type { Analysis, AnalyzeOptions } from "./analysis.js";
import { analyzeIptables } from "./analyzeIptables.js";
import { analyzeNft } from "./analyzeNft.js";
import type { Language } from "./language.js";

export type { Analysis, AnalyzeOptions, IncludedFile, TextPlace } from "./analysis.js";

/** Reads a rules file and says what is wrong with it. Never throws, whatever the text. */
export function analyze(text: string, language: Language, options: AnalyzeOptions = {}): Analysis {
  return language === "nftables" ? analyzeNft(text, options) : analyzeIptables(text, language, options);
}
