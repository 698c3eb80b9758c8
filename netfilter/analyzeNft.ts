import { type Analysis, type AnalyzeOptions, analysisOf, type IncludedFile, lints, type Reading } from "./analysis.js";
import { localized, ownFindings } from "./check/nft/includes.js";
import { checkNft } from "./check/nft.js";
import { checkRelease } from "./check/release.js";
import type { World } from "./model/nft/includes/world.js";
import { worldsOf } from "./model/nft/includes/worlds.js";
import { nftRuleset } from "./model/nft.js";
import type { Ruleset } from "./model/ruleset.js";
import type { NftTree } from "./syntax/nft/nodes.js";
import { parseNft } from "./syntax/nft/parse.js";
import type { Finding } from "./text/finding.js";
import { Sources } from "./text/sources.js";

/** A file that more files lead to is judged with so many of them. */
const mostWorlds = 4;

/** Reads a file of nft commands and says what is wrong with it. Never throws, whatever the text. */
export function analyzeNft(text: string, options: AnalyzeOptions = {}): Analysis {
  const reading = readNft(text, options);
  const newer = options.nftVersion ? checkRelease(reading.tree, "nft", options.nftVersion) : [];
  return analysisOf({ ...reading, findings: [...reading.findings, ...newer] }, "nftables", options);
}

function readNft(text: string, options: AnalyzeOptions): Reading {
  if (!options.place) return readOne(text, options);
  const { path, files } = options.place;
  const worlds = worldsOf({ path, text, previous: nftTreeOf(options.previous) }, files, mostWorlds);
  const readings = worlds.map((world, place) =>
    readWorld(world, options, place === 0 ? nftRulesetOf(options) : undefined),
  );
  return { ...(readings[0] as Reading), findings: inAll(readings) };
}

function readOne(text: string, options: AnalyzeOptions): Reading {
  const tree = parseNft(text, nftTreeOf(options.previous));
  const ruleset = nftRuleset(tree, nftRulesetOf(options));
  const refused = [...tree.errors, ...checkNft(tree, ruleset)];
  const findings = [...refused, ...lints(tree, ruleset, refused, options)];
  return { tree, ruleset, findings, sources: new Sources([{ path: "", text, base: 0 }]) };
}

function readWorld(world: World, options: AnalyzeOptions, previous: Ruleset | undefined): Reading {
  const { tree, sources, read } = world;
  const ruleset = nftRuleset(tree, previous);
  const checked = checkNft(tree, ruleset);
  const refused = ownFindings(world, checked);
  const silent = lints(tree, ruleset, [...tree.errors, ...checked], options).filter(({ span }) => sources.isOwn(span));
  const findings = [...refused, ...silent.map((finding) => localized(finding, sources))];
  const { tree: own = tree, inside } = read[0] ?? {};
  return { tree: own, ruleset, findings, sources, included: includedBy(world), ...(inside && { inside }) };
}

function includedBy({ read }: World): IncludedFile[] {
  return read.flatMap(({ path, by }) => {
    if (by?.source.base !== 0) return [];
    const { start, end } = by.include.path;
    return [{ span: { start, end }, file: path }];
  });
}

/** What is wrong for one of those who include the file need not be for another: told is what all agree on. */
function inAll([first, ...others]: readonly Reading[]): readonly Finding[] {
  const same = (a: Finding) => (b: Finding) => a.code === b.code && a.span.start === b.span.start;
  return (first?.findings ?? []).filter((finding) => others.every(({ findings }) => findings.some(same(finding))));
}

function nftTreeOf(analysis: Analysis | undefined): NftTree | undefined {
  return analysis?.language === "nftables" ? (analysis.tree as NftTree) : undefined;
}

function nftRulesetOf({ previous }: AnalyzeOptions): Ruleset | undefined {
  return previous?.language === "nftables" ? previous.ruleset : undefined;
}
