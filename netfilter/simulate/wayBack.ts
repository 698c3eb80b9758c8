import type { Places } from "./places.js";
import type { Step, Trace } from "./trace.js";

/** A rule or policy that had a say in how a packet ended, with its place as in `RulePlace`. */
export interface Decision {
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

/** What decided about a packet, the last first: policies that ended it, and rules that matched and did more than jump. */
export function wayBack({ steps }: Trace, places: Places): Decision[] {
  return steps.toReversed().flatMap((step) => decisionOf(step, places) ?? []);
}

function decisionOf(step: Step, places: Places): Decision | undefined {
  if (step.kind === "rule" && step.matched === true && !/^(jump|goto) /.test(step.verdict ?? "")) {
    const { text, file, line } = places.of(step.rule);
    return { text, file, line };
  }
  if (step.kind !== "end" || step.verdict !== "drop") return undefined;
  const { chain } = step;
  const place = places.lineOf(chain, chain.base?.policySpan ?? chain.nameSpan);
  return { text: `${chain.table.name} ${chain.name}: policy drop`, ...place };
}
