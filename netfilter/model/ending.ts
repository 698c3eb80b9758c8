import { traits } from "../syntax/traits.js";
import { placesWith } from "./glance.js";
import type { Action, Chain, MarkAction, Reference, Rule } from "./ruleset.js";
import { endsChain, isChain, targetsOf } from "./walk.js";
import { isConditional, lineOf, mayEnd } from "./written.js";

/** The action by which every packet that meets this rule leaves its chain, for good or back to the caller. */
export function unconditionalEnd(rule: Rule): Action | undefined {
  if (!mayEnd(rule) || isConditional(rule)) return undefined;
  return rule.parts.some(({ kind }) => kind === "condition") ? undefined : endOf(rule);
}

/** The action by which every packet that passes the rule's conditions leaves its chain. */
export function endOf({ actions }: Rule): Action | undefined {
  for (const action of actions) {
    if (endsChain(action) || action.do === "nat" || leavesByJump(action)) return action;
    if (!isPassed(action)) return undefined;
  }
  return undefined;
}

/** Whether every packet that passes the rule's conditions leaves its chain; cheaper than to ask by which action. */
export function ends(rule: Rule): boolean {
  if (!mayEnd(rule)) return false;
  if (rule.jump) return rule.jump.how === "goto" || isLost(rule.jump);
  return (lineOf(rule) && (rule.traits & traits.leads) === 0) || endOf(rule) !== undefined;
}

/** The chain's rules up to the one that no packet gets past. */
export function liveRules(chain: Chain): readonly Rule[] {
  const { memo, rules } = chain;
  if (!memo.live) {
    memo.live = rules;
    const last = firstEnd(chain);
    if (last !== -1) memo.live = rules.slice(0, last + 1);
  }
  return memo.live;
}

function firstEnd(chain: Chain): number {
  for (const place of placesWith(chain, { wanted: traits.ends, refused: traits.asks }))
    if (endsForAll(chain.rules[place] as Rule)) return place;
  return -1;
}

/** Whether every packet that meets this rule leaves its chain. What a line of iptables asks shows at a glance. */
function endsForAll(rule: Rule): boolean {
  return lineOf(rule) ? !isConditional(rule) && ends(rule) : unconditionalEnd(rule) !== undefined;
}

/** Whether no packet that gets into the chain ever comes back to where it was called. */
function neverReturns(chain: Chain): boolean {
  const { memo } = chain;
  if (memo.lost === undefined) {
    memo.lost = false;
    const last = liveRules(chain).at(-1);
    memo.lost = last !== undefined && endsForAll(last) && !liveRules(chain).some(mayReturn);
  }
  return memo.lost;
}

function mayReturn(rule: Rule): boolean {
  if (!mayEnd(rule)) return false;
  return rule.actions.some((action) => {
    if (action.do === "verdict") return action.verdict === "return";
    if (action.do === "verdictMap" && action.verdicts.includes("return")) return true;
    const leading = action.do === "goto" || action.do === "verdictMap";
    return leading && (targetsOf(action).length === 0 || !targetsOf(action).every(neverReturns));
  });
}

function leavesByJump(action: Action): boolean {
  if (action.do !== "jump") return false;
  return isLost(action.target);
}

/** Whether a jump leads to a chain that no packet comes back from. */
function isLost({ definition }: Reference): boolean {
  return isChain(definition) && neverReturns(definition);
}

/** Whether a packet is certain to go on to the next part: some statements give up where the packet has not what they need. */
function isPassed(action: Action): boolean {
  if (action.do === "setMark") return isConstant(action);
  return action.do === "notrack" || (action.do === "other" && action.effect === "inert");
}

/** Whether nothing is read for it: a packet without a connection has no mark of one of which some bits could be kept. */
function isConstant({ target, clear, value }: MarkAction): boolean {
  return typeof value === "object" && "constant" in value && (target === "packet" || clear >>> 0 === 0xffff_ffff);
}
