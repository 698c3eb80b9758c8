import type { Analysis } from "../analyze.js";
import { worldsOf } from "../model/nft/includes/worlds.js";
import { nftRuleset } from "../model/nft.js";
import type { Definition } from "../model/ruleset.js";
import type { Place } from "../text/sources.js";
import { definitions, placesOf } from "./names.js";

/** A place of a name; `isUse` is false at its definition. */
export interface FoundPlace {
  readonly place: Place;
  readonly isUse: boolean;
}

/** A file that more others lead to is looked for in so many of them. */
const mostWorlds = 64;

/**
 * Every place of a name, those in files included that are read together with the file of its definition: each of them may use
 * it, whether the document is among them or not.
 */
export function placesEverywhere(analysis: Analysis, definition: Definition): FoundPlace[] {
  const found = new Map<string, FoundPlace>();
  for (const reading of readingsWith(analysis, definition)) {
    for (const { span, reference } of placesOf(reading, reading.definition)) {
      const { start, end, file = reading.sources.document.path } = reading.sources.locate(span);
      const place = file === analysis.sources.document.path ? { start, end } : { start, end, file };
      found.set(`${file}\n${start}`, { place, isUse: reference !== undefined });
    }
  }
  return [...found.values()].sort(byPlace);
}

type Reading = Pick<Analysis, "ruleset" | "sources"> & { readonly definition: Definition };

/** Each way in which the file of a definition is read, with the definition as it is known there. */
function readingsWith(analysis: Analysis, definition: Definition): Reading[] {
  const { place, sources } = analysis;
  const here = { ...analysis, definition };
  if (!place || analysis.language !== "nftables") return [here];
  const { path, text, base } = sources.at(definition.nameSpan.start);
  const readings = worldsOf({ path, text }, place.files, mostWorlds).flatMap(({ tree, sources }): Reading[] => {
    const ruleset = nftRuleset(tree);
    const start = definition.nameSpan.start - base;
    const same = [...definitions(ruleset)].find(
      ({ kind, nameSpan }) => kind === definition.kind && nameSpan.start === start && nameSpan.end > start,
    );
    return same ? [{ ruleset, sources, definition: same }] : [];
  });
  return [here, ...readings];
}

/** The document's own first. */
function byPlace({ place: a }: FoundPlace, { place: b }: FoundPlace): number {
  const [first, second] = [a.file ?? "", b.file ?? ""];
  return first === second ? a.start - b.start : first < second ? -1 : 1;
}
