import type { ChainType, Family, Hook } from "../../facts/hooks.js";
import type { SetDeclaration } from "../../syntax/nft/nodes.js";
import type { SyntaxNode } from "../../syntax/tree.js";
import type { Span } from "../../text/span.js";
import { IntervalIndex } from "./intervals.js";
import { MappedValues } from "./mappedValues.js";
import type { Type } from "./types.js";

/** What nft knows of a set or map when it meets a rule. */
export interface SetInfo {
  readonly name: string;
  readonly place: Span;
  readonly isMap: boolean;
  /** Undefined where its type could not be read: then nothing is compared with it. */
  readonly key: Type | undefined;
  /** What a map gives; for object maps undefined. */
  readonly data: Type | undefined;
  readonly objectType: string | undefined;
  /** Its values are ranges: `: interval ipv4_addr`. */
  readonly intervalData: boolean;
  readonly flags: ReadonlySet<string>;
  readonly autoMerge: boolean;
  /** State that its declaration gives to every element. */
  readonly statements: readonly string[];
  /** `{ ... }` without a name. */
  readonly anonymous: boolean;
  /** Ranges put into it so far. */
  readonly intervals: IntervalIndex;
  /** What a map gives so far. */
  readonly mapped: MappedValues;
}

/** Where a base chain stands. */
export interface ChainPlace {
  readonly type: ChainType;
  readonly hook: Hook;
  readonly priority: number | undefined;
  readonly devices: readonly string[];
}

/** What nft knows of a chain. */
export interface ChainInfo {
  readonly name: string;
  readonly place: Span;
  base: ChainPlace | undefined;
}

/** What nft knows of a table at some point of the file. */
export class TableInfo {
  readonly chains = new Map<string, ChainInfo>();
  readonly sets = new Map<string, SetInfo>();
  /** Objects and flowtables, as `TYPE NAME`. */
  readonly objects = new Map<string, SyntaxNode>();

  constructor(
    readonly family: Family,
    readonly name: string,
    readonly place: Span,
  ) {}

  /** Names of one type of object. */
  objectNames(type: string): string[] {
    return [...this.objects.keys()]
      .filter((key) => key.startsWith(`${type} `))
      .map((key) => key.slice(type.length + 1));
  }
}

/** A chain without rules. */
export function newChain(name: string, { start, end }: Span): ChainInfo {
  return { name, place: { start, end }, base: undefined };
}

/** A set without a name, as it stands in a rule. */
export function anonymousSet(place: Span, key: Type | undefined, data: Type | undefined, isMap: boolean): SetInfo {
  return {
    name: "",
    place,
    isMap,
    key,
    data,
    objectType: undefined,
    intervalData: false,
    flags: new Set(),
    autoMerge: !isMap,
    statements: [],
    anonymous: true,
    intervals: new IntervalIndex(),
    mapped: new MappedValues(),
  };
}

/** Forgets what a set or map holds, once some of it was taken away. */
export function forget({ intervals, mapped }: SetInfo): void {
  intervals.clear();
  mapped.clear();
}

/** `set` or `map`, as the message about it should say. */
export function kindOf({ isMap }: Pick<SetInfo, "isMap">): "set" | "map" {
  return isMap ? "map" : "set";
}

/** Whether a declaration makes a map. */
export function declaresMap({ keyword }: SetDeclaration): boolean {
  return keyword.text === "map";
}
