import type { Analysis } from "../analyze.js";
import type { Chain, NamedSet, Reference } from "../model/ruleset.js";
import type { Place } from "../text/sources.js";
import { contains } from "../text/span.js";
import { isWritten, nameAt } from "./names.js";
import { chainAround } from "./place.js";

/** A chain, or a map that leads to chains, with what it jumps to and is jumped to from. */
export interface CallItem {
  readonly name: string;
  readonly kind: "chain" | "map";
  /** Its table, and where the kernel calls it. */
  readonly detail: string;
  readonly whole: Place;
  readonly nameAt: Place;
}

/** Another chain or map, and the places at which one leads to the other. */
export interface Call {
  readonly item: CallItem;
  readonly from: readonly Place[];
}

type Node = Chain | NamedSet;

/** The chain or verdict map that is named at `offset`, or the chain around it. */
export function callItemAt(analysis: Analysis, offset: number): CallItem | undefined {
  const node = nodeAt(analysis, offset);
  return node && itemOf(analysis, node);
}

/** From where a packet comes to the chain or map at `offset`; the places are in the callers. */
export function callersAt(analysis: Analysis, offset: number): Call[] {
  const node = nodeAt(analysis, offset);
  return node ? grouped(analysis, ({ to }) => to === node, "by") : [];
}

/** Where a packet may go on from the chain or map at `offset`; the places are in it. */
export function calleesAt(analysis: Analysis, offset: number): Call[] {
  const node = nodeAt(analysis, offset);
  return node ? grouped(analysis, ({ by }) => by === node, "to") : [];
}

function nodeAt(analysis: Analysis, offset: number): Node | undefined {
  const named = nameAt(analysis, offset)?.definition;
  const isNode = named?.kind === "chain" || (named?.kind === "map" && named.valueType === "verdict");
  return isNode ? named : chainAround(analysis, offset);
}

/** One place that leads from a chain or map to another. */
interface Edge {
  readonly by: Node;
  readonly to: Node;
  readonly reference: Reference;
}

function* edges({ ruleset }: Analysis): Generator<Edge> {
  const maps = ruleset.tables.flatMap(({ sets }) => sets).filter(({ valueType }) => valueType === "verdict");
  for (const reference of ruleset.jumps) {
    const by = reference.rule?.chain ?? maps.find(({ elements }) => elements && contains(elements, reference));
    if (by && reference.definition?.kind === "chain") yield { by, to: reference.definition, reference };
  }
  if (maps.length === 0) return;
  for (const reference of ruleset.references) {
    const map = maps.find((map) => map === reference.definition);
    if (map && reference.rule && reference.how === "lookup") yield { by: reference.rule.chain, to: map, reference };
  }
}

function grouped(analysis: Analysis, wanted: (edge: Edge) => boolean, end: "by" | "to"): Call[] {
  const found = new Map<Node, Place[]>();
  for (const edge of edges(analysis)) {
    if (!wanted(edge)) continue;
    const places = found.get(edge[end]) ?? [];
    found.set(edge[end], places);
    places.push(analysis.sources.locate(edge.reference));
  }
  return [...found].map(([node, from]) => ({ item: itemOf(analysis, node), from }));
}

/** A built-in chain that is nowhere declared is shown where its table begins. */
function itemOf({ sources }: Analysis, node: Node): CallItem {
  const { name, table } = node;
  const { nameSpan, span } = isWritten(node) ? node : table;
  const base = node.kind === "chain" ? node.base : undefined;
  const hook = base && [base.type, base.hook, base.priority].filter((word) => word !== undefined).join(" ");
  return {
    name,
    kind: node.kind === "chain" ? "chain" : "map",
    detail: [`${table.family} ${table.name}`, hook].filter(Boolean).join(" · "),
    whole: sources.locate(span),
    nameAt: sources.locate(nameSpan),
  };
}
