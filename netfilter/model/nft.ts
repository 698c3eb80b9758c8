import type * as nft from "../syntax/nft/nodes.js";
import type { Rule as RuleNode } from "../syntax/nft/nodes.js";
import { EarlierRules } from "./earlier.js";
import { Builder } from "./nft/builder.js";
import { ReferenceFinder } from "./nft/references.js";
import { type Lowering, NftRule } from "./nft/rule.js";
import { SetContents } from "./nft/sets.js";
import { type Variables, variablesOf } from "./nft/variables.js";
import type { Rule, Ruleset, Table, Variable } from "./ruleset.js";

/**
 * What an nftables file says after all of its commands, names resolved. Never throws. Of the ruleset of an earlier version, the
 * rules that still stand are taken over, and it must not be used any more.
 */
export function nftRuleset(tree: nft.NftTree, previous?: Ruleset): Ruleset {
  const bound = variablesOf(tree);
  const rules = new Map<RuleNode, Rule>();
  const earlier = new EarlierRules((previous && madeFor.get(previous)) ?? []);
  const made: NftRule[] = [];
  const lowering: Lowering = { text: tree.text, context: undefined };
  const builder = new Builder(bound, (node, chain) => {
    const old = earlier.take(node);
    const rule = old?.stand(chain, lowering) ? old : new NftRule(node, chain, lowering);
    made.push(rule);
    if (node.names) rules.set(node, rule);
    return rule;
  });
  builder.addFile(tree.root);
  const variables = declareVariables(bound, builder);
  const finder = new ReferenceFinder(builder, rules, variables, bound.uses);
  finder.find(tree.root);
  const sets = new SetContents(builder, bound);
  lowering.context = { text: tree.text, variables: bound, targets: finder.targets, sets, readers: new Map() };
  const ruleset: Ruleset = {
    language: "nftables",
    tables: [...builder.tables.values()],
    variables: [...variables.values()],
    references: finder.references,
    jumps: finder.references.filter(({ how }) => how === "jump" || how === "goto"),
    incomplete: builder.incomplete,
  };
  madeFor.set(ruleset, made);
  return ruleset;
}

/** All rules of a file in order, those among them that a later command took away. */
const madeFor = new WeakMap<Ruleset, readonly NftRule[]>();

function declareVariables({ definitions }: Variables, builder: Builder): Map<nft.Definition, Variable> {
  const declared = new Map<nft.Definition, Variable>();
  for (const { node, block } of definitions) {
    const value = node.value ?? node;
    const table = tableOf(block as nft.Table | undefined, builder);
    declared.set(node, {
      kind: "variable",
      name: node.name.text,
      nameSpan: { start: node.name.start, end: node.name.end },
      span: { start: node.start, end: node.end },
      value: { start: value.start, end: value.end },
      ...(table && { table }),
    });
  }
  return declared;
}

function tableOf(block: nft.Table | undefined, builder: Builder): Table | undefined {
  return block && builder.table({ ...block, kind: "tableReference" });
}
