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

/** The kernel takes a word only in some base chains and in what they jump to. */
interface Restriction {
  readonly word: string;
  readonly places: Places;
}

interface Restricted extends Restriction {
  readonly node: SyntaxNode;
}

/** A rule and what it is restricted by; one that stands in it several times is met once. */
interface RestrictedRule {
  readonly rule: nft.Rule;
  readonly by: readonly Restriction[];
}

/** Statements and expressions that stand where the kernel does not take them. */
export function checkPlaces({ tables }: Ruleset, graph: Graph): Finding[] {
  const restricted = new Map<Chain, RestrictedRule[]>();
  for (const chain of tables.flatMap(({ chains }) => chains)) {
    const own = restrictedRules(chain);
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
  restricted: ReadonlyMap<Chain, readonly RestrictedRule[]>,
  graph: Graph,
  found: Map<SyntaxNode, Finding>,
): void {
  const reached = new Set([start]);
  for (const chain of reached) {
    for (const { target } of graph.get(chain) ?? []) reached.add(target);
    for (const { rule, by } of restricted.get(chain) ?? []) {
      if (!by.some((restriction) => problemOf(restriction, base))) continue;
      for (const part of restrictedIn(rule)) {
        const problem = problemOf(part, base);
        if (problem && !found.has(part.node)) found.set(part.node, misplaced(part.node, problem, start, chain));
      }
    }
  }
}

function problemOf({ word, places }: Restriction, { type, hook }: BaseChain): string | undefined {
  const { chainTypes, hooks } = places;
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

function restrictedRules({ rules }: Chain): RestrictedRule[] {
  const found: RestrictedRule[] = [];
  for (const { node } of rules) {
    const rule = node as nft.Rule;
    const by = restrictionsOf(rule);
    if (by.length > 0) found.push({ rule, by });
  }
  return found;
}

/** A rule outlives the version of the text that it was read in, and where its parts stand there. */
function restrictionsOf(rule: nft.Rule): readonly Restriction[] {
  const { memo } = rule;
  memo.restrictions ??= restrictedIn(rule).map(({ word, places }) => ({ word, places }));
  return memo.restrictions as readonly Restriction[];
}

function restrictedIn(rule: nft.Rule): Restricted[] {
  const found: Restricted[] = [];
  for (const statement of rule.statements) noteRestricted(statement, found);
  return found;
}

function noteRestricted(node: SyntaxNode, found: Restricted[]): void {
  const restriction = restrictionOf(node as nft.Statement | nft.Expression);
  if (restriction?.places.hooks || restriction?.places.chainTypes) found.push({ node, ...restriction });
  if (node.kind !== "jump" && node.kind !== "setLiteral") visitParts(node, (part) => noteRestricted(part, found));
}

function restrictionOf(node: nft.Statement | nft.Expression): Restriction | undefined {
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

const metaPlaces = new Map<string, Restriction | undefined>();

/** Looked up once for every key that is used. */
function restrictedMeta(key: string): Restriction | undefined {
  if (!metaPlaces.has(key)) metaPlaces.set(key, named(`meta ${key}`, findKey("meta", key)));
  return metaPlaces.get(key);
}

const received: Places = { hooks: ["prerouting", "input", "forward"] };
const leaving: Places = { hooks: ["forward", "output", "postrouting"] };

function named(word: string, places: Places | undefined): Restriction | undefined {
  return places && { word, places };
}

/** An interface can only be asked for where the packet has one; a lookup of the route back needs one that was received. */
function routeLookup({ flags, result }: nft.Fib): Restriction | undefined {
  const has = (flag: string) => flags.some(({ text }) => text === flag);
  if (result.text !== "type")
    return { word: `fib ... ${result.text}`, places: { hooks: ["ingress", "egress", ...(received.hooks ?? [])] } };
  if (has("iif")) return { word: "fib ... iif type", places: { hooks: ["ingress", ...(received.hooks ?? [])] } };
  return has("oif") ? { word: "fib ... oif type", places: leaving } : undefined;
}
