import type { ValueType } from "../../model/nft/values.js";
import { type Variables, variablesOf } from "../../model/nft/variables.js";
import type { Chain, Rule, Ruleset, Table } from "../../model/ruleset.js";
import type * as nft from "../../syntax/nft/nodes.js";
import type { CompiledRule, Outcome, RulesetProgram } from "../context.js";
import { ConstantReader, type Piece } from "./constants.js";
import { Declarations } from "./declarations.js";
import { Maps } from "./maps.js";
import { Memory } from "./memory.js";
import type { Step } from "./reading.js";
import { compileRule } from "./rule.js";
import { untyped } from "./scope.js";

/** Makes the rules of an nftables file ready for packets; what they keep between packets lives in the program. */
export function nftProgram(tree: nft.NftTree, ruleset: Ruleset): RulesetProgram {
  return new Program(tree, ruleset);
}

/** A file's rules as functions, each chain compiled when first asked for. */
export class Program implements RulesetProgram {
  readonly memory = new Memory();
  readonly variables: Variables;
  readonly constants: ConstantReader;
  readonly declarations: Declarations;
  readonly maps: Maps;
  /** Quotas and their like by their declaration: all rules that name one share it. */
  readonly objects = new Map<nft.ObjectDeclaration, Step>();
  private readonly compiled = new Map<Chain, readonly CompiledRule[]>();
  private readonly chains = new Map<Table, Map<string, Chain>>();

  constructor(
    tree: nft.NftTree,
    readonly ruleset: Ruleset,
  ) {
    this.variables = variablesOf(tree);
    this.constants = new ConstantReader(this.variables);
    this.declarations = new Declarations(tree);
    this.maps = new Maps(this);
  }

  rulesOf(chain: Chain): readonly CompiledRule[] {
    let rules = this.compiled.get(chain);
    if (!rules) {
      rules = chain.rules.map((rule) => this.compile(rule));
      this.compiled.set(chain, rules);
    }
    return rules;
  }

  snapshot(): () => void {
    return this.memory.snapshot();
  }

  private compile(rule: Rule): CompiledRule {
    const steps = compileRule(this, rule);
    const [only] = steps;
    return { rule, run: steps.length === 1 && only ? only : (passage) => runAll(steps, passage) };
  }

  /** What a verdict, a jump or a goto of a table's rule leads to; undefined where the chain is not there. */
  verdict(node: nft.Verdict | nft.Jump, table: Table): Outcome | undefined {
    if (node.kind === "verdict") return node.verdict;
    const chain = this.target(node.target, table);
    return chain && { do: node.verb, chain };
  }

  private target(target: nft.Jump["target"], table: Table): Chain | undefined {
    if (target.kind === "anonymousChain")
      return table.chains.find(({ name, span }) => name === "" && span.start === target.start);
    if (target.kind === "name") return this.chainNamed(table, target.text);
    const value = this.constants.plain(target);
    const name = value?.kind === "symbol" ? value.name : value?.kind === "string" ? value.value : undefined;
    return name === undefined ? undefined : this.chainNamed(table, name);
  }

  private chainNamed(table: Table, name: string): Chain | undefined {
    let chains = this.chains.get(table);
    if (!chains) {
      chains = new Map(table.chains.map((chain) => [chain.name, chain]));
      this.chains.set(table, chains);
    }
    return chains.get(name);
  }

  /** The pieces of a constant concatenation; undefined where one cannot be read. */
  pieces(parts: readonly nft.Expression[], types: readonly ValueType[]): readonly Piece[] | undefined {
    const pieces = parts.map((part, index) => this.constants.piece(part, types[index] ?? untyped));
    return pieces.every((piece) => piece !== undefined) ? pieces : undefined;
  }
}

function runAll(steps: readonly Step[], passage: Parameters<Step>[0]): Outcome | undefined {
  for (const step of steps) {
    const outcome = step(passage);
    if (outcome !== "continue") return outcome;
  }
  return "continue";
}
