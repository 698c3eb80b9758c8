import { type ChainReading, keyOf } from "./series.js";

/** What one of a router's listings says about its base chains. */
export interface SourceReading {
  readonly tool: "nft" | "iptables";
  /** Whether nf_tables holds the rules. */
  readonly isNft: boolean;
  readonly chains: readonly ChainReading[];
}

/**
 * Every chain of a router once: `iptables-save` knows the policies' counters of chains that nft lists as well, and two
 * programs list the chains of the old kernel interface.
 */
export function joinSources(sources: readonly SourceReading[]): ChainReading[] {
  const saved = sources.filter(({ tool, isNft }) => tool === "iptables" && isNft).flatMap(({ chains }) => chains);
  const known = new Set(saved.map(keyOf));
  const listed = sources.filter(({ tool }) => tool === "nft").flatMap(({ chains }) => chains);
  const old = sources.filter(({ isNft }) => !isNft).flatMap(({ chains }) => chains);
  const once = new Map([...old].reverse().map((reading) => [keyOf(reading), reading]));
  return [...saved, ...listed.filter((reading) => !known.has(keyOf(reading))), ...once.values()];
}
