import type { Action, Rule, Verdict } from "../../model/ruleset.js";
import { lineOf, statementsOf } from "../../model/written.js";

/** A way by which packets leave a base chain for good in one of its rules, or of the rules that it jumps to. */
export interface Exit {
  /** `other`: to a program, by NAT or a target of which it is not known. */
  readonly to: "accept" | "drop" | "other";
  /** Whether the rule's counter has counted who leaves here. */
  readonly isCounted: boolean;
  /** Whether everybody whom the rule has counted leaves here. */
  readonly isSure: boolean;
}

/** Targets of iptables by which every packet goes on in its chain; beside those that the model knows. */
const passedTargets: ReadonlySet<string> = new Set([
  ...["CT", "SET", "CLASSIFY", "SECMARK", "CONNSECMARK", "TOS", "DSCP", "TTL", "HL"],
  ...["ECN", "TCPMSS", "TCPOPTSTRIP"],
]);

/** Statements of nft that never end a packet's way, but may keep it from the rest of their rule. */
const passedStatements: ReadonlySet<string> = new Set(["assignment", "setStatement", "tproxy", "meter"]);

const exitTo: Readonly<Record<Verdict, Exit["to"] | undefined>> = {
  accept: "accept",
  drop: "drop",
  reject: "drop",
  queue: "other",
  stolen: "other",
  return: undefined,
  continue: undefined,
};

/**
 * The exits of a rule. `counterAt`: where in the text its counter stands, what is left of it comes before; undefined where it
 * has none. iptables counts whoever passes all conditions, so that these do not matter.
 */
export function exitsOf(rule: Rule, counterAt: number | undefined): Exit[] {
  const exits: Exit[] = [];
  const isIptables = lineOf(rule) !== undefined;
  let isSure = true;
  for (const part of isIptables ? rule.actions : rule.parts) {
    const isCounted = counterAt !== undefined && (isIptables || part.start >= counterAt);
    if (part.kind === "condition") {
      if (isCounted) isSure = false;
      continue;
    }
    const isCertain = isCounted && isSure && endsAlways(part, rule);
    for (const to of leavesTo(part, rule)) exits.push({ to, isCounted, isSure: isCertain });
    if (isCounted && part.do === "other" && part.effect === "unmodelled") isSure = false;
  }
  return exits;
}

/** Whether a packet that meets the rule may not get to the next one of its chain, for a while or for good. */
export function mayLeave(rule: Rule): boolean {
  return rule.actions.some((action) => isLeading(action) || isReturn(action) || leavesTo(action, rule).length > 0);
}

/** Whether a rule may send packets to their chain's policy, past the rules behind it. */
export function mayReturn({ actions }: Rule): boolean {
  return actions.some((action) => isReturn(action) || action.do === "goto" || action.do === "verdictMap");
}

/** Whether a rule asks a map where to go on that others may fill. */
export function isOpen({ actions }: Rule): boolean {
  return actions.some((action) => action.do === "verdictMap" && !action.entries);
}

function isLeading(action: Action): boolean {
  return action.do === "jump" || action.do === "goto" || action.do === "verdictMap";
}

function isReturn(action: Action): boolean {
  return action.do === "verdict" && action.verdict === "return";
}

function leavesTo(action: Action, rule: Rule): readonly Exit["to"][] {
  switch (action.do) {
    case "verdict":
      return present(exitTo[action.verdict]);
    case "nat":
      return ["other"];
    case "verdictMap": {
      if (!action.entries) return ["other"];
      const verdicts = action.entries.map(({ leads }) => (typeof leads === "string" ? exitTo[leads] : undefined));
      return [...new Set(verdicts.flatMap(present))];
    }
    case "other":
      return action.effect === "inert" || isPassed(action, rule) ? [] : ["other"];
    default:
      return [];
  }
}

function endsAlways(action: Action, rule: Rule): boolean {
  if (action.do === "verdict" || action.do === "nat") return true;
  return action.do === "other" && lineOf(rule)?.target?.extension.word === "TPROXY";
}

function isPassed({ start }: Action, rule: Rule): boolean {
  const target = lineOf(rule)?.target?.extension.word;
  if (target !== undefined) return passedTargets.has(target);
  const statement = statementsOf(rule).find((one) => one.start === start);
  if (statement?.kind === "objectReference") return statement.type !== "synproxy";
  return statement !== undefined && passedStatements.has(statement.kind);
}

function present<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}
