import { checkIptables } from "./check/iptables.js";
import { localized, ownFindings } from "./check/nft/includes.js";
import { checkNft } from "./check/nft.js";
import { checkRelease } from "./check/release.js";
import type { Language } from "./language.js";
import { lint } from "./lint/lint.js";
import { iptablesRuleset } from "./model/iptables.js";
import type { World } from "./model/nft/includes/world.js";
import { worldsOf } from "./model/nft/includes/worlds.js";
import { nftRuleset } from "./model/nft.js";
import type { Ruleset } from "./model/ruleset.js";
import type { IptablesTree } from "./syntax/iptables/nodes.js";
import { parseIptables } from "./syntax/iptables/parse.js";
import type { Inside } from "./syntax/nft/fragment.js";
import type { NftTree } from "./syntax/nft/nodes.js";
import { parseNft } from "./syntax/nft/parse.js";
import type { SyntaxNode, Tree } from "./syntax/tree.js";
import type { Files } from "./text/files.js";
import type { Finding, Severity } from "./text/finding.js";
import { Sources } from "./text/sources.js";
import type { Span } from "./text/span.js";

/** What the person has chosen; the defaults are the lints' own. */
export interface AnalyzeOptions {
  /** False leaves the lints out: only what the real tools refuse is told. */
  readonly lint?: boolean;
  /** Severity by lint, `"off"` silences one. */
  readonly severities?: Readonly<Record<string, Severity | "off">>;
  /** Release of nft for which the file is made, such as `1.0.6`. */
  readonly nftVersion?: string;
  /** Where the text lies and what lies beside it: without them an `include` is not followed. */
  readonly place?: TextPlace;
  /** Of an earlier version of the text: what has not changed is taken over from it, and it must not be used afterwards. */
  readonly previous?: Analysis | undefined;
}

/** The path of a text, and the files that it may include or that may include it. */
export interface TextPlace {
  readonly path: string;
  readonly files: Files;
}

/** All that is known about one text: everything the editor or the command line shows is read from here. */
export interface Analysis {
  readonly language: Language;
  /** Of the text itself. */
  readonly tree: Tree<SyntaxNode>;
  /** Of the text and all that is read together with it. */
  readonly ruleset: Ruleset;
  /** Errors of syntax and meaning, and lints, in order of place. */
  readonly findings: readonly Finding[];
  /** Tells spans of the ruleset that lie in other files. */
  readonly sources: Sources;
  readonly place?: TextPlace;
  /** The kind of block in which another file includes this one. */
  readonly inside?: Inside;
  /** The files that the text includes itself, by the path that names them. */
  readonly included?: readonly IncludedFile[];
}

/** A file, and the string in the text that leads to it. */
export interface IncludedFile {
  readonly span: Span;
  readonly file: string;
}

type Reading = Omit<Analysis, "language" | "place">;

/** A file that more files lead to is judged with so many of them. */
const mostWorlds = 4;

/** Reads a rules file and says what is wrong with it. Never throws, whatever the text. */
export function analyze(text: string, language: Language, options: AnalyzeOptions = {}): Analysis {
  const reading = language === "nftables" ? readNft(text, options) : readIptables(text, language, options);
  const newer =
    language === "nftables" && options.nftVersion ? checkRelease(reading.tree, "nft", options.nftVersion) : [];
  const findings = [...reading.findings, ...newer].sort(byPlace);
  return { ...reading, language, findings, ...(options.place && { place: options.place }) };
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
  const findings = [...tree.errors, ...checkNft(tree, ruleset), ...lints(tree, ruleset, options)];
  return { tree, ruleset, findings, sources: new Sources([{ path: "", text, base: 0 }]) };
}

function readWorld(world: World, options: AnalyzeOptions, previous: Ruleset | undefined): Reading {
  const { tree, sources, read } = world;
  const ruleset = nftRuleset(tree, previous);
  const refused = ownFindings(world, checkNft(tree, ruleset));
  const silent = lints(tree, ruleset, options).filter(({ span }) => sources.isOwn(span));
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

function readIptables(text: string, language: Language, options: AnalyzeOptions): Reading {
  const family = language === "ip6tables" ? "ipv6" : "ipv4";
  const previous = iptablesTreeOf(options.previous);
  const tree = parseIptables(text, { family, previous });
  const ruleset = iptablesRuleset(tree, previous && options.previous?.ruleset);
  const findings = [...tree.errors, ...checkIptables(tree, ruleset), ...lints(tree, ruleset, options)];
  return { tree, ruleset, findings, sources: new Sources([{ path: "", text, base: 0 }]) };
}

function nftTreeOf(analysis: Analysis | undefined): NftTree | undefined {
  return analysis?.language === "nftables" ? (analysis.tree as NftTree) : undefined;
}

function nftRulesetOf({ previous }: AnalyzeOptions): Ruleset | undefined {
  return previous?.language === "nftables" ? previous.ruleset : undefined;
}

function iptablesTreeOf(analysis: Analysis | undefined): IptablesTree | undefined {
  return analysis && analysis.language !== "nftables" ? (analysis.tree as IptablesTree) : undefined;
}

function lints(tree: Parameters<typeof lint>[0], ruleset: Ruleset, options: AnalyzeOptions): readonly Finding[] {
  return options.lint === false ? [] : lint(tree, ruleset, options.severities);
}

function byPlace(a: Finding, b: Finding): number {
  return a.span.start - b.span.start || a.span.end - b.span.end;
}
