import { nftRuleset } from "../../netfilter/model/nft.js";
import type { Chain, Ruleset } from "../../netfilter/model/ruleset.js";
import type { Outcome, RulesetProgram } from "../../netfilter/simulate/context.js";
import { nftProgram } from "../../netfilter/simulate/nft/program.js";
import { parseNft } from "../../netfilter/syntax/nft/parse.js";
import { type Given, passage, type RecordedPassage } from "./passage.js";

/** A file's rules, ready for packets; fails where the file has errors. */
export function load(text: string): { readonly program: RulesetProgram; readonly ruleset: Ruleset } {
  const tree = parseNft(text);
  if (tree.errors.length > 0) throw new Error(`${tree.errors.map(({ message }) => message).join("\n")}\nin ${text}`);
  const ruleset = nftRuleset(tree);
  return { program: nftProgram(tree, ruleset), ruleset };
}

/** The first chain of that name. */
export function chainOf({ ruleset }: { readonly ruleset: Ruleset }, name: string): Chain {
  const chain = ruleset.tables.flatMap(({ chains }) => chains).find((one) => one.name === name);
  if (!chain) throw new Error(`no chain ${name}`);
  return chain;
}

/** What stands around a rule under test. */
export interface Around {
  readonly family?: string;
  /** Of the table, before the chain: sets, maps, objects. */
  readonly table?: string;
  /** Before the table. */
  readonly file?: string;
}

/** A file of one table `t` whose chain `c` has the rule; a chain `other` is there to jump to. */
export function fileOf(rule: string, { family = "inet", table = "", file = "" }: Around = {}): string {
  return `${file}\ntable ${family} t {\n${table}\nchain other {\n}\nchain c {\n${rule}\n}\n}\n`;
}

/** Runs the first rule of chain `c` for one packet. */
export function run(rule: string, given: Given = {}, around: Around = {}): [string | undefined, RecordedPassage] {
  const loaded = load(fileOf(rule, around));
  const packet = passage(given);
  return [outcomeText(loaded.program.rulesOf(chainOf(loaded, "c"))[0]?.run(packet)), packet];
}

/** An outcome on one line. */
export function outcomeText(outcome: Outcome | undefined): string | undefined {
  if (typeof outcome !== "object") return outcome;
  switch (outcome.do) {
    case "jump":
    case "goto":
      return `${outcome.do} ${outcome.chain.name}`;
    case "queue":
      return `queue ${outcome.numbers.from}-${outcome.numbers.to}${outcome.bypass ? " bypass" : ""}`;
    case "reject":
      return outcome.with.tcpReset ? "reject reset" : `reject ${outcome.with.type}/${outcome.with.code}`;
    case "tproxy":
      return "tproxy";
  }
}
