import type * as nft from "../syntax/nft/nodes.js";
import type { Rule as RuleNode } from "../syntax/nft/nodes.js";
import { Builder } from "./nft/builder.js";
import { namingPartsOf } from "./nft/naming.js";
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
  const earlier = rulesByNode(previous);
  const lowering: Lowering = { text: tree.text, context: undefined };
  const builder = new Builder(bound, (node, chain) => {
    const old = earlier.get(node);
    const rule = old?.stand(chain, lowering) ? old : new NftRule(node, chain, lowering);
    if (namingPartsOf(node).length > 0) rules.set(node, rule);
    return rule;
  });
  builder.addFile(tree.root);
  const variables = declareVariables(bound, builder);
  const finder = new ReferenceFinder(builder, rules, variables, bound.uses);
  finder.find(tree.root);
  const sets = new SetContents(builder, bound);
  lowering.context = { text: tree.text, variables: bound, targets: finder.targets, sets, readers: new Map() };
  return {
    language: "nftables",
    tables: [...builder.tables.values()],
    variables: [...variables.values()],
    references: finder.references,
    incomplete: builder.incomplete,
  };
}

function rulesByNode(ruleset: Ruleset | undefined): ReadonlyMap<RuleNode, NftRule> {
  const found = new Map<RuleNode, NftRule>();
  for (const { chains } of ruleset?.tables ?? [])
    for (const { rules } of chains) for (const rule of rules) if (rule instanceof NftRule) found.set(rule.node, rule);
  return found;
}

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
