import type { Piece } from "./constants.js";
import { type Atom, isRange, type Part, pointsOf } from "./reading.js";

/** A key as a set holds it: one piece for each part. */
export type Key = readonly Piece[];

interface Span {
  readonly from: number | bigint;
  readonly to: number | bigint;
}

/**
 * Finds what a set or map holds for a value. Exact keys are hashed, intervals of one part searched by halves; where some parts
 * of a concatenation are intervals, the exact ones lead to a few candidates.
 */
export class Lookup<E> {
  private readonly exact = new Map<Atom, E>();
  private readonly intervals: Intervals<E> = new Intervals();
  private readonly names: { readonly start: string; readonly element: E }[] = [];
  private readonly partial = new PartialKeys<E>();
  private catchAll: E | undefined;
  private onlyExact = true;
  private readonly edges = new Map<number, Set<Atom>>();

  /** The later of two equal keys counts. */
  add(key: Key, element: E): void {
    const [only] = key;
    this.noteEdges(key);
    if (key.every(({ kind }) => kind === "one")) {
      this.exact.set(joined(key.map(exactValue)), element);
      return;
    }
    this.onlyExact = false;
    if (only?.kind === "any" && key.length === 1) this.catchAll = element;
    else if (key.length > 1) this.partial.add(key, element);
    else if (only?.kind === "range") this.intervals.add(only, element);
    else if (only?.kind === "names") this.names.push({ start: only.start, element });
  }

  /** What it holds for values that are known. */
  find(values: readonly Atom[]): E | undefined {
    if (values.length === 1) return this.findOne(values[0] as Atom);
    const exact = this.exact.get(joined(values));
    if (exact !== undefined) return exact;
    return this.onlyExact ? undefined : (this.partial.find(values) ?? this.catchAll);
  }

  /** The same for a key of one part. */
  findOne(value: Atom): E | undefined {
    const exact = this.exact.get(value);
    if (exact !== undefined || this.onlyExact) return exact;
    return this.findWider(value) ?? this.catchAll;
  }

  /** All that it may hold for values of which some are ranges; `undefined` among them for nothing. */
  findAny(parts: readonly Part[]): (E | undefined)[] {
    const index = parts.findIndex(isRange);
    if (index === -1) return [this.find(parts as readonly Atom[])];
    const found = new Set<E | undefined>();
    for (const point of pointsOf(parts[index] as Exclude<Part, Atom>, [...(this.edges.get(index) ?? [])])) {
      const known = parts.map((part, at) => (at === index ? point : part));
      for (const one of this.findAny(known)) found.add(one);
    }
    return [...found];
  }

  private findWider(value: Atom): E | undefined {
    if (typeof value !== "string") return this.intervals.find(value);
    return this.names.find(({ start }) => value.startsWith(start))?.element;
  }

  private noteEdges(key: Key): void {
    for (const [index, piece] of key.entries()) {
      const edges = entry(this.edges, index, () => new Set<Atom>());
      for (const edge of edgesOf(piece)) edges.add(edge);
    }
  }
}

/** Where an answer about this piece may change, for numbers that are ports. */
export function edgesOf(piece: Piece): number[] {
  if (piece.kind === "one") return typeof piece.value === "number" ? [piece.value, piece.value + 1] : [];
  return piece.kind === "range" && typeof piece.to === "number" ? [Number(piece.from), piece.to + 1] : [];
}

/** Whether a piece of a set covers a value. */
export function covers(piece: Piece, value: Atom): boolean {
  switch (piece.kind) {
    case "one":
      return piece.value === value;
    case "range":
      return typeof value !== "string" && piece.from <= value && value <= piece.to;
    case "names":
      return typeof value === "string" && value.startsWith(piece.start);
    case "any":
      return true;
  }
}

/** Intervals of one part: the kernel refuses those that overlap, nft joins them. */
class Intervals<E> {
  private spans: (Span & { readonly element: E })[] = [];
  private sorted = true;

  add({ from, to }: Span, element: E): void {
    this.spans.push({ from, to, element });
    this.sorted = false;
  }

  find(value: number | bigint): E | undefined {
    if (!this.sorted) this.sort();
    const { spans } = this;
    let low = 0;
    let high = spans.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((spans[middle] as Span).from <= value) low = middle + 1;
      else high = middle;
    }
    const span = spans[low - 1];
    return span && value <= span.to ? span.element : undefined;
  }

  /** Of two that overlap, the one that reaches farther holds what both have. */
  private sort(): void {
    this.spans.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
    const kept: typeof this.spans = [];
    for (const span of this.spans) {
      const last = kept.at(-1);
      if (!last || span.from > last.to) kept.push(span);
      else if (span.to > last.to) kept[kept.length - 1] = { ...last, to: span.to };
    }
    this.spans = kept;
    this.sorted = true;
  }
}

/** Concatenations with intervals in some parts: grouped by which parts are exact, then by their values. */
class PartialKeys<E> {
  private readonly groups = new Map<string, Group<E>>();

  add(key: Key, element: E): void {
    const exact = key.flatMap(({ kind }, index) => (kind === "one" ? [index] : []));
    const shape = exact.join(" ");
    const group = entry(this.groups, shape, () => ({ exact, candidates: new Map() }));
    const at = joined(exact.map((index) => exactValue(key[index] as Piece)));
    entry(group.candidates, at, () => []).push({ key, element });
  }

  find(values: readonly Atom[]): E | undefined {
    for (const { exact, candidates } of this.groups.values()) {
      const few = candidates.get(joined(exact.map((index) => values[index] as Atom)));
      const found = few?.find(({ key }) => key.every((piece, index) => covers(piece, values[index] as Atom)));
      if (found) return found.element;
    }
    return undefined;
  }
}

interface Group<E> {
  readonly exact: readonly number[];
  readonly candidates: Map<Atom, { readonly key: Key; readonly element: E }[]>;
}

function exactValue(piece: Piece): Atom {
  return piece.kind === "one" ? piece.value : "";
}

/** Several values as one key of a map: an address with a port makes a number, which costs less than text. */
export function joined(values: readonly Atom[]): Atom {
  const [first, second] = values;
  if (values.length === 1) return first as Atom;
  if (values.length === 2 && typeof first === "number" && typeof second === "number") {
    if (first <= 0xffff_ffff && second <= 0xffff) return first * 0x1_0000 + second;
  }
  return values.join("\n");
}

/** What a map has for a key; where there is nothing it is made. */
export function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
