import type { Analysis } from "../analyze.js";
import type { Definition, Reference, Ruleset } from "../model/ruleset.js";
import { type Span, touches } from "../text/span.js";

/** A name in the text: where exactly it stands, and what it names where that is known. */
export interface NamePlace {
  /** The name alone, without `@`, `$` or quotes. */
  readonly span: Span;
  readonly definition?: Definition;
  /** Absent at the definition itself. */
  readonly reference?: Reference;
}

/** Every table, chain, set, object and variable of a file. */
export function* definitions({ tables, variables }: Ruleset): Generator<Definition> {
  for (const table of tables) {
    yield table;
    yield* table.chains;
    yield* table.sets;
    yield* table.objects;
  }
  yield* variables;
}

/** The name at the cursor, which may stand before its sign too: a definition's own or one that refers to it. */
export function nameAt({ ruleset, sources: { text } }: Analysis, cursor: number): NamePlace | undefined {
  const offset = /[@$]/.test(text[cursor] ?? "") ? cursor + 1 : cursor;
  const reference = referenceAt(ruleset.references, offset);
  if (reference) {
    const { definition } = reference;
    return { span: nameWithin(text, reference, reference.name), reference, ...(definition && { definition }) };
  }
  for (const definition of definitions(ruleset)) {
    const { nameSpan, name } = definition;
    if (isWritten(definition) && touches(nameSpan, offset)) {
      return { span: nameWithin(text, nameSpan, name), definition };
    }
  }
  return undefined;
}

/**
 * Every place of `definition`'s name in all that was read, in order: its own (unless it is built in and only used) and all
 * references.
 */
export function placesOf(
  { ruleset, sources: { text } }: Pick<Analysis, "ruleset" | "sources">,
  definition: Definition,
): NamePlace[] {
  const places: NamePlace[] = ruleset.references
    .filter((reference) => reference.definition === definition)
    .map((reference) => ({ span: nameWithin(text, reference, reference.name), definition, reference }));
  if (isWritten(definition)) {
    places.push({ span: nameWithin(text, definition.nameSpan, definition.name), definition });
  }
  return places.sort((a, b) => a.span.start - b.span.start);
}

/** False for a built-in chain that the file uses without naming it in a declaration. */
export function isWritten({ nameSpan }: Definition): boolean {
  return nameSpan.start < nameSpan.end;
}

function referenceAt(references: readonly Reference[], offset: number): Reference | undefined {
  let low = 0;
  let high = references.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((references[middle] as Reference).start <= offset) low = middle + 1;
    else high = middle;
  }
  const reference = references[low - 1];
  return reference && touches(reference, offset) ? reference : undefined;
}

/** Signs around a name (`@`, `$`, quotes) belong to the reference and not to the name. */
function nameWithin(text: string, span: Span, name: string): Span {
  const start = text.indexOf(name, span.start);
  return start !== -1 && start + name.length <= span.end ? { start, end: start + name.length } : span;
}
