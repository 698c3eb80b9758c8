import { worldsOf } from "../../model/nft/includes/worlds.js";
import { variablesOf } from "../../model/nft/variables.js";
import { nftRuleset } from "../../model/nft.js";
import type { Chain, Rule, Table } from "../../model/ruleset.js";
import type { NftTree } from "../../syntax/nft/nodes.js";
import { parseNft } from "../../syntax/nft/parse.js";
import type { Files } from "../../text/files.js";
import { Sources } from "../../text/sources.js";
import type { Side, SideChain, SideRule, SideTable } from "../sides.js";
import { DefinitionKeys, declarationsOf } from "./definitions.js";
import { RuleKeys } from "./rules.js";
import { RuleTexts } from "./texts.js";

/** Where a text lies and what lies beside it, for its includes. */
export interface Place {
  readonly path: string;
  readonly files: Files;
}

/** Reads a file or listing of nftables, with what it includes where `place` is given. */
export function nftSide(text: string, place?: Place): Side {
  const { tree, sources } = place ? readPlaced(text, place) : readAlone(text);
  const ruleset = nftRuleset(tree);
  const flushes = tree.root.items.some(
    (item) =>
      item.kind === "command" &&
      item.verb.text === "flush" &&
      item.object[0]?.text === "ruleset" &&
      !item.table?.family,
  );
  const reader = new SideReader(tree, ruleset.tables);
  return {
    tables: ruleset.tables.map((table) => reader.table(table)),
    flushes,
    incomplete: ruleset.incomplete,
    sources,
  };
}

function readAlone(text: string): { tree: NftTree; sources: Sources } {
  return { tree: parseNft(text), sources: new Sources([{ path: "", text, base: 0 }]) };
}

function readPlaced(text: string, { path, files }: Place): { tree: NftTree; sources: Sources } {
  const [world] = worldsOf({ path, text }, files, 1);
  return world ?? readAlone(text);
}

class SideReader {
  private readonly rules: RuleKeys;
  private readonly definitions: DefinitionKeys;
  private readonly texts: RuleTexts;

  constructor(tree: NftTree, tables: readonly Table[]) {
    const variables = variablesOf(tree);
    const anonymous = new Map<number, Chain>();
    for (const { chains } of tables)
      for (const chain of chains) if (chain.name === "") anonymous.set(chain.span.start, chain);
    this.rules = new RuleKeys(variables, ({ start }) => anonymous.get(start));
    this.definitions = new DefinitionKeys(declarationsOf(tree.root), this.rules.expressions, variables);
    this.texts = new RuleTexts(tree.text, variables);
  }

  table(table: Table): SideTable {
    return {
      family: table.family,
      name: table.name,
      ...table.span,
      settings: this.definitions.table(table),
      chains: table.chains.filter(({ name }) => name !== "").map((chain) => this.chain(chain)),
      sets: table.sets.map((set) => this.definitions.set(set)),
      objects: table.objects.map((object) => this.definitions.object(object)),
    };
  }

  private chain({ name, span, base, rules }: Chain): SideChain {
    return {
      name,
      ...span,
      ...(base && { base }),
      builtin: false,
      policyKnown: true,
      rules: rules.map((rule) => this.rule(rule)),
    };
  }

  private rule(rule: Rule): SideRule {
    const { start, end, comment } = rule;
    return {
      ...this.rules.rule(rule),
      text: this.texts.of(rule),
      start,
      end,
      ...(comment !== undefined && { comment }),
    };
  }
}
