import type * as nft from "../syntax/nft/nodes.js";
import type { Rule as RuleNode } from "../syntax/nft/nodes.js";
import { Builder } from "./nft/builder.js";
import { knownParts, type Lowered, newParts } from "./nft/keptParts.js";
import { type LowerContext, lowerActions } from "./nft/lower.js";
import { namingPartsOf } from "./nft/naming.js";
import { ReferenceFinder } from "./nft/references.js";
import { SetContents } from "./nft/sets.js";
import { type Variables, variablesOf } from "./nft/variables.js";
import type { Action, Chain, Part, Rule, Ruleset, Table, Variable } from "./ruleset.js";

/** What an nftables file says after all of its commands, names resolved. Never throws. */
export function nftRuleset(tree: nft.NftTree): Ruleset {
  const bound = variablesOf(tree);
  const rules = new Map<RuleNode, Rule>();
  const lowering = { context: undefined as LowerContext | undefined };
  const builder = new Builder(bound, (node, chain) => {
    const rule = new NftRule(node, chain, lowering);
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

/** A rule whose parts are worked out when first read: most rules of a file are never looked at. */
class NftRule implements Rule {
  private lowered: Lowered | undefined;
  private done: readonly Action[] | undefined;
  readonly start: number;
  readonly end: number;
  readonly comment?: string;
  readonly counters?: NonNullable<Rule["counters"]>;

  constructor(
    readonly node: RuleNode,
    readonly chain: Chain,
    private readonly lowering: { readonly context: LowerContext | undefined },
  ) {
    this.start = node.start;
    this.end = node.end;
    const comment = commentOf(node);
    const counters = countersOf(node);
    if (comment !== undefined) this.comment = comment;
    if (counters) this.counters = counters;
  }

  get parts(): readonly Part[] {
    const { context } = this.lowering;
    if (!context) return none;
    this.lowered ??= knownParts(this.node, this.chain, context);
    this.lowered ??= this.withActions(newParts(this.node, this.chain, context));
    return this.lowered.parts;
  }

  get actions(): readonly Action[] {
    const { context } = this.lowering;
    if (!context) return none;
    if (!this.done) this.lowered ??= knownParts(this.node, this.chain, context);
    this.done ??= this.lowered?.actions ?? lowerActions(this.node, this.chain, context);
    return this.done;
  }

  /** An action is one object, whether it is met among the parts or alone. */
  private withActions(lowered: Lowered): Lowered {
    let next = 0;
    const { done } = this;
    if (!done) return lowered;
    return {
      parts: lowered.parts.map((part) => (part.kind === "action" ? (done[next++] ?? part) : part)),
      actions: done,
    };
  }
}

const none: never[] = [];

function commentOf({ comment }: RuleNode): string | undefined {
  return comment && (comment.text.kind === "string" ? comment.text.value : comment.text.text);
}

function countersOf({ statements }: RuleNode): Rule["counters"] {
  const counter = statements.find((statement) => statement.kind === "counter");
  return counter?.packets && counter.bytes && { packets: counter.packets.value, bytes: counter.bytes.value };
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
