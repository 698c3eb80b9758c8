import type { ChainType, Hook } from "../../facts/hooks.js";
import { findKey, findStatement } from "../../facts/nft/index.js";
import type { Places } from "../../facts/nft/types.js";
import { visitParts } from "../../model/nft/parts.js";
import type { BaseChain, Chain, Ruleset } from "../../model/ruleset.js";
import type * as nft from "../../syntax/nft/nodes.js";
import type { SyntaxNode } from "../../syntax/tree.js";
import type { Finding } from "../../text/finding.js";
import type { Graph } from "./chainGraph.js";
import { kernelRefuses } from "./refusal.js";

/** Something that the kernel takes only in some base chains and in what they jump to. */
interface Restricted {
  readonly node: SyntaxNode;
  readonly word: string;
  readonly places: Places;
}

/** Statements and expressions that stand where the kernel does not take them. */
export function checkPlaces({ tables }: Ruleset, graph: Graph): Finding[] {
  const restricted = new Map<Chain, Restricted[]>();
  for (const chain of tables.flatMap(({ chains }) => chains)) {
    const own: Restricted[] = [];
    for (const { node } of chain.rules) for (const part of restrictedIn(node as nft.Rule)) own.push(part);
    if (own.length > 0) restricted.set(chain, own);
  }
  if (restricted.size === 0) return [];
  const found = new Map<SyntaxNode, Finding>();
  for (const chain of tables.flatMap(({ chains }) => chains))
    if (chain.base) judge(chain, chain.base, restricted, graph, found);
  return [...found.values()];
}

function judge(
  start: Chain,
  base: BaseChain,
  restricted: ReadonlyMap<Chain, readonly Restricted[]>,
  graph: Graph,
  found: Map<SyntaxNode, Finding>,
): void {
  const reached = new Set([start]);
  for (const chain of reached) {
    for (const { target } of graph.get(chain) ?? []) reached.add(target);
    for (const { node, word, places } of restricted.get(chain) ?? []) {
      const problem = problemOf(word, places, base);
      if (problem && !found.has(node)) found.set(node, misplaced(node, problem, start, chain));
    }
  }
}

function problemOf(word: string, { chainTypes, hooks }: Places, { type, hook }: BaseChain): string | undefined {
  if (chainTypes && !chainTypes.includes(type))
    return `\`${word}\` works only in chains of type ${list(chainTypes)}, and it is reached from one of type ${type}`;
  if (hooks && !hooks.includes(hook))
    return `\`${word}\` works only at hook ${list(hooks)}, and it is reached from hook ${hook}`;
  return undefined;
}

function list(words: readonly (ChainType | Hook)[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function misplaced(node: SyntaxNode, problem: string, base: Chain, chain: Chain): Finding {
  const from = { span: base.nameSpan, message: `\`${base.name}\` is the base chain` };
  const text = `${problem}. Move the rule to another chain.`;
  return kernelRefuses("notAllowedHere", node, text, chain === base ? {} : { related: [from] });
}

/** A rule outlives the version of the text that it was read in. */
const known = new WeakMap<nft.Rule, readonly Restricted[]>();

function restrictedIn(rule: nft.Rule): readonly Restricted[] {
  let found = known.get(rule);
  if (!found) {
    const parts: Restricted[] = [];
    for (const statement of rule.statements) noteRestricted(statement, parts);
    found = parts.length > 0 ? parts : none;
    known.set(rule, found);
  }
  return found;
}

const none: readonly Restricted[] = [];

function noteRestricted(node: SyntaxNode, found: Restricted[]): void {
  const restriction = restrictionOf(node as nft.Statement | nft.Expression);
  if (restriction?.places.hooks || restriction?.places.chainTypes) found.push({ node, ...restriction });
  if (node.kind !== "jump" && node.kind !== "setLiteral") visitParts(node, (part) => noteRestricted(part, found));
}

function restrictionOf(node: nft.Statement | nft.Expression): Omit<Restricted, "node"> | undefined {
  switch (node.kind) {
    case "nat":
      return named(node.type, findStatement(node.type));
    case "reject":
    case "tproxy":
    case "synproxy":
      return named(node.kind, findStatement(node.kind));
    case "flowAdd":
      return named("flow add", findStatement("flow add"));
    case "meta":
      return restrictedMeta(node.key.text);
    case "socket":
      return named(`socket ${node.key.text}`, findKey("socket", node.key.text));
    case "osf":
      return named("osf", findKey("osf", node.key.text));
    case "rt":
      return named(`rt ${node.key.text}`, findKey("rt", node.key.text));
    case "ipsec":
      return { word: `ipsec ${node.direction.text}`, places: node.direction.text === "out" ? leaving : received };
    case "fib":
      return routeLookup(node);
    default:
      return undefined;
  }
}

const metaPlaces = new Map<string, Omit<Restricted, "node"> | undefined>();

/** Looked up once for every key that is used. */
function restrictedMeta(key: string): Omit<Restricted, "node"> | undefined {
  if (!metaPlaces.has(key)) metaPlaces.set(key, named(`meta ${key}`, findKey("meta", key)));
  return metaPlaces.get(key);
}

const received: Places = { hooks: ["prerouting", "input", "forward"] };
const leaving: Places = { hooks: ["forward", "output", "postrouting"] };

function named(word: string, places: Places | undefined): Omit<Restricted, "node"> | undefined {
  return places && { word, places };
}

/** An interface can only be asked for where the packet has one; a lookup of the route back needs one that was received. */
function routeLookup({ flags, result }: nft.Fib): Omit<Restricted, "node"> | undefined {
  const has = (flag: string) => flags.some(({ text }) => text === flag);
  if (result.text !== "type")
    return { word: `fib ... ${result.text}`, places: { hooks: ["ingress", "egress", ...(received.hooks ?? [])] } };
  if (has("iif")) return { word: "fib ... iif type", places: { hooks: ["ingress", ...(received.hooks ?? [])] } };
  return has("oif") ? { word: "fib ... oif type", places: leaving } : undefined;
}
