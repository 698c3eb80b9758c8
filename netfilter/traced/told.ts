import type { Chain, Rule } from "../model/ruleset.js";
import { lineOf, statementsOf } from "../model/written.js";
import type { TraceEvent, TraceVerdict } from "../observe/trace/event.js";
import type { StepVerdict } from "../simulate/trace.js";
import type { Expression } from "../syntax/nft/nodes.js";

/**
 * The verdict in the simulator's words; `continue` is spelled out. A rejected packet is told as a dropped one, and the kernel log
 * tells no verdict at all: then the rule says it. Undefined where neither does.
 */
export function verdictOf(event: TraceEvent, rule: Rule | undefined): StepVerdict | undefined {
  const told = "verdict" in event ? event.verdict : undefined;
  if (!told || told.kind === "unknown") return rule && verdictOfRule(rule);
  if (told.kind === "drop" && (rule ? rule.actions.some(rejects) : saysReject(event))) return "reject";
  return wordOf(told);
}

function saysReject(event: TraceEvent): boolean {
  return event.kind === "rule" && /\breject\b(?!.*")|-j REJECT\b/.test(event.rule ?? "");
}

function wordOf({ kind, target }: TraceVerdict): StepVerdict | undefined {
  if (kind === "unknown") return undefined;
  if (kind !== "jump" && kind !== "goto") return kind;
  return target === undefined ? undefined : `${kind} ${target}`;
}

function rejects(action: Rule["actions"][number]): boolean {
  return action.do === "verdict" && action.verdict === "reject";
}

/** What a rule that matched does next, where its words tell. */
export function verdictOfRule({ actions }: Rule): StepVerdict | undefined {
  const last = actions.at(-1);
  switch (last?.do) {
    case undefined:
    case "setMark":
    case "notrack":
      return "continue";
    case "verdict":
      return last.verdict;
    case "jump":
    case "goto":
      return `${last.do} ${last.target.name}`;
    case "nat":
      return "accept";
    case "other":
      return last.effect === "inert" ? "continue" : undefined;
    default:
      return undefined;
  }
}

/** The chain that a verdict leads to: of the same table, or written in the rule itself. */
export function calledChain(verdict: StepVerdict, { chain, start, end }: Rule): Chain | undefined {
  const name = targetOf(verdict);
  if (name === undefined) return undefined;
  const { chains } = chain.table;
  return (
    chains.find((one) => one.name === name && name !== "") ??
    chains.find((one) => one.name === "" && start <= one.span.start && one.span.end <= end)
  );
}

/** The chain's name in `jump NAME` and `goto NAME`. */
export function targetOf(verdict: StepVerdict): string | undefined {
  return /^(?:jump|goto) (.*)$/.exec(verdict)?.[1];
}

/** Whether the rule has packets traced from there on. */
export function setsTrace(rule: Rule): boolean {
  const line = lineOf(rule);
  if (line) return line.target?.extension.word === "TRACE";
  return statementsOf(rule).some((statement) => statement.kind === "assignment" && isTraceFlag(statement.target));
}

function isTraceFlag(target: Expression): boolean {
  return target.kind === "meta" && target.key.text === "nftrace";
}

/** Whether the rule writes the packet's mark. */
export function setsMark({ actions }: Rule): boolean {
  return actions.some((action) => action.do === "setMark" && action.target === "packet");
}

/** Whether the rule writes a field of the packet's headers: `tcp dport`. */
export function writesField(rule: Rule, field: string): boolean {
  return statementsOf(rule).some((statement) => statement.kind === "assignment" && isField(statement.target, field));
}

/** `th dport` is that of any protocol with ports. */
function isField(target: Expression, field: string): boolean {
  if (target.kind !== "payload") return false;
  const { header, field: own } = target;
  return field === `${header.text} ${own.text}` || (header.text === "th" && field.endsWith(` ${own.text}`));
}
