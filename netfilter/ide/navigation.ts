import type { Analysis } from "../analyze.js";
import type { Place } from "../text/sources.js";
import { type Span, touches } from "../text/span.js";
import { placesEverywhere } from "./everywhere.js";
import { isWritten, nameAt, placesOf } from "./names.js";

/** Where the cursor's name is defined: the name there and the whole declaration, of another file where one is told. */
export interface Target {
  readonly from: Span;
  readonly file?: string;
  readonly nameSpan: Span;
  readonly span: Span;
}

/** A place of the name under the cursor; `write` where it is declared or added to. */
export interface Highlight {
  readonly span: Span;
  readonly write: boolean;
}

/** The definition of the name at `offset`, or the file whose path stands there. */
export function definitionAt(analysis: Analysis, offset: number): Target | undefined {
  const place = nameAt(analysis, offset);
  if (!place) return fileAt(analysis, offset);
  if (!place.definition || !isWritten(place.definition)) return undefined;
  const { file, ...span } = analysis.sources.locate(place.definition.span);
  const { start, end } = analysis.sources.locate(place.definition.nameSpan);
  return { from: place.span, ...(file !== undefined && { file }), nameSpan: { start, end }, span };
}

/** A pattern leads to the first of its files. */
function fileAt({ included }: Analysis, offset: number): Target | undefined {
  const found = included?.find(({ span }) => touches(span, offset));
  const top = { start: 0, end: 0 };
  return found && { from: found.span, file: found.file, nameSpan: top, span: top };
}

/** Every place that names what the name at `offset` names, its declaration only if asked for. */
export function referencesAt(analysis: Analysis, offset: number, withDeclaration: boolean): Place[] {
  const definition = nameAt(analysis, offset)?.definition;
  const places = definition ? placesEverywhere(analysis, definition) : [];
  return places.filter(({ isUse }) => withDeclaration || isUse).map(({ place }) => place);
}

/** Those of them in the document, told apart by whether they read or add. */
export function highlightsAt(analysis: Analysis, offset: number): Highlight[] {
  const definition = nameAt(analysis, offset)?.definition;
  const places = definition ? placesOf(analysis, definition) : [];
  return places
    .filter(({ span }) => analysis.sources.isOwn(span))
    .map(({ span, reference }) => ({
      span,
      write: !reference || reference.how === "use" || reference.how === "update",
    }));
}
