import type { Family } from "../../facts/hooks.js";
import type * as nft from "../../syntax/nft/nodes.js";
import type { SyntaxNode } from "../../syntax/tree.js";
import type { Action, Chain, Part } from "../ruleset.js";
import { jumpAction, type LowerContext, lowerRule } from "./lower.js";
import { namingPartsOf } from "./naming.js";

/** What a rule asks and does, and what it does alone. */
export interface Lowered {
  readonly parts: readonly Part[];
  readonly actions: readonly Action[];
}

interface Kept extends Lowered {
  readonly family: Family;
  /** Where the rule stood when its parts were last asked for. */
  start: number;
}

/** A rule outlives the version of the text that it was read in, and takes what it asks along. */
const kept = new WeakMap<nft.Rule, Kept>();

/** The parts of a rule, worked out now. */
export function newParts(rule: nft.Rule, chain: Chain, context: LowerContext): Lowered {
  const parts = lowered(lowerRule(rule, chain, context));
  if (namingPartsOf(rule).every((part) => isJump(part, rule)))
    kept.set(rule, { ...parts, family: chain.table.family, start: rule.start });
  return parts;
}

/** Those that were worked out for an earlier version of the text, where they can be no others. */
export function knownParts(rule: nft.Rule, { table }: Chain, context: LowerContext): Lowered | undefined {
  const known = kept.get(rule);
  if (known?.family !== table.family) return undefined;
  if (known.start !== rule.start) moveParts(known, rule.start - known.start);
  known.start = rule.start;
  return rule.names ? leadingAnew(known, rule, context) : known;
}

function lowered(parts: readonly Part[]): Lowered {
  return { parts, actions: parts.filter((part) => part.kind === "action") };
}

/** A jump of the rule itself: nothing else of the rule hangs on where it leads. */
function isJump(part: SyntaxNode, rule: nft.Rule): boolean {
  return part.kind === "jump" && rule.statements.includes(part as nft.Jump);
}

/** The chains that jumps lead to are others in every version of the text. */
function leadingAnew({ parts }: Lowered, { statements }: nft.Rule, { targets }: LowerContext): Lowered {
  const jumps = statements.filter((statement) => statement.kind === "jump");
  const jumpAt = (part: Part) => part.kind === "action" && jumps.find(({ start }) => start === part.start);
  return lowered(
    parts.map((part) => {
      const jump = jumpAt(part);
      return jump ? jumpAction(jump, targets) : part;
    }),
  );
}

function moveParts({ parts }: Lowered, by: number): void {
  for (const part of parts) {
    move(part, by);
    if (part.kind === "action" && part.do === "verdictMap") for (const { key } of part.entries ?? []) move(key, by);
  }
}

function move(part: { start: number; end: number }, by: number): void {
  part.start += by;
  part.end += by;
}
