import { rulesWith } from "../../model/glance.js";
import type { Action, Chain, Reference, Rule, Ruleset } from "../../model/ruleset.js";
import { isChain } from "../../model/walk.js";
import { traits } from "../../syntax/traits.js";
import type { Finding } from "../../text/finding.js";
import { kernelRefuses } from "./refusal.js";

/** A jump or goto out of a chain, with its place in the text. */
export interface Jump {
  readonly target: Chain;
  readonly reference: Reference;
}

export type Graph = ReadonlyMap<Chain, readonly Jump[]>;

/** Where each chain can lead. */
export function chainGraph({ tables }: Ruleset): Graph {
  const graph = new Map<Chain, readonly Jump[]>();
  for (const { chains } of tables) {
    for (const chain of chains) {
      const jumps: Jump[] = [];
      for (const rule of rulesWith(chain, { wanted: traits.leads })) noteJumps(rule, jumps);
      if (jumps.length > 0) graph.set(chain, jumps);
    }
  }
  return graph;
}

function noteJumps({ actions }: Rule, found: Jump[]): void {
  for (const action of actions)
    for (const reference of referencesOf(action))
      if (isChain(reference.definition)) found.push({ target: reference.definition, reference });
}

function referencesOf(action: Action): readonly Reference[] {
  if (action.do === "verdictMap") return action.targets;
  return action.do === "jump" || action.do === "goto" ? [action.target] : none;
}

const none: readonly Reference[] = [];

/** The kernel follows so many jumps from a base chain, and no more. */
const deepest = 15;

/** Jumps that lead back to where a packet came from, that go too deep, or that lead to a base chain. */
export function checkGraph({ tables }: Ruleset, graph: Graph): Finding[] {
  if (graph.size === 0) return [];
  const found = new Map<Reference, Finding>();
  const depths = new Map<Chain, number>();
  for (const chain of tables.flatMap(({ chains }) => chains)) {
    for (const { target, reference } of graph.get(chain) ?? [])
      if (target.base) found.set(reference, intoBase(target, reference));
    if (chain.base) follow(chain, [], graph, depths, found);
  }
  return [...found.values()];
}

/** Visits a chain again only when it is reached on a longer way than before. */
function follow(
  chain: Chain,
  path: readonly Chain[],
  graph: Graph,
  depths: Map<Chain, number>,
  found: Map<Reference, Finding>,
): void {
  const known = depths.get(chain);
  if (known !== undefined && known >= path.length) return;
  depths.set(chain, path.length);
  const way = [...path, chain];
  for (const { target, reference } of graph.get(chain) ?? []) {
    if (found.has(reference)) continue;
    if (way.includes(target)) found.set(reference, loop(target, way, reference));
    else if (way.length > deepest) found.set(reference, tooDeep(reference));
    else follow(target, way, graph, depths, found);
  }
}

function intoBase(target: Chain, reference: Reference): Finding {
  const text = `\`${target.name}\` is called by the kernel at hook ${target.base?.hook}, so no rule can lead there. Move its rules to a chain without a hook.`;
  return kernelRefuses("jumpToBaseChain", reference, text, {
    related: [{ span: target.nameSpan, message: "the base chain" }],
  });
}

function loop(target: Chain, way: readonly Chain[], reference: Reference): Finding {
  const round = [...way.slice(way.indexOf(target)), target].map(({ name }) => `\`${name || "{ ... }"}\``).join(" → ");
  const text = `This jump closes a loop, which the kernel refuses: ${round}. Take one of its jumps out.`;
  return kernelRefuses("jumpLoop", reference, text, {
    related: [{ span: target.nameSpan, message: `The loop comes back to \`${target.name}\`.` }],
  });
}

function tooDeep(reference: Reference): Finding {
  const text = `This is the ${deepest + 1}th jump in a row from a base chain, and the kernel follows ${deepest}. Take some of the chains together.`;
  return kernelRefuses("jumpsTooDeep", reference, text);
}
