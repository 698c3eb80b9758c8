import type { Chain, Rule } from "../../../netfilter/model/ruleset.js";
import type { Step, Trace } from "../../../netfilter/simulate/trace.js";
import type { KernelStep } from "../kernel.js";

/** One line for each rule that matched and each policy that was reached: chain, rule, verdict, the mark afterwards. */
export function kernelLines(steps: readonly KernelStep[]): string[] {
  return steps.map(({ family, table, chain, type, rule, verdict = "continue", target, mark }) => {
    const what = type === "policy" ? "policy" : `#${rule}`;
    const place = `${family} ${table} ${named(chain)} ${what}`;
    return line(place, target ? `${verdict} ${named(target)}` : verdict, mark);
  });
}

/** The same of a simulated trace. */
export function simulatedLines({ packet, steps }: Trace): string[] {
  let mark = packet.mark ?? 0;
  return steps.flatMap((step) => {
    mark = markAfter(step, mark);
    return told(step).map(([place, verdict]) => line(place, verdict, mark));
  });
}

/** The mark with which a simulated packet ended. */
export function lastMark({ packet, steps }: Trace): number {
  return steps.reduce((mark, step) => markAfter(step, mark), packet.mark ?? 0);
}

function markAfter({ changes }: Step, before: number): number {
  const last = changes.findLast(({ field }) => field === "meta mark");
  return last ? Number(last.after) : before;
}

function told(step: Step): readonly (readonly [string, string])[] {
  if (step.kind === "rule" && step.matched === true)
    return [[`${placeOf(step.chain)} #${positionOf(step.rule)}`, kernelVerdict(step.verdict ?? "continue")]];
  // The kernel reports a base chain's policy, and says nothing where a called chain ends.
  if (step.kind === "end" && step.chain.base) return [[`${placeOf(step.chain)} policy`, step.verdict]];
  return [];
}

/** What the kernel calls it: a rejected packet is a dropped one, and a program's queue has its number in the verdict. */
function kernelVerdict(verdict: string): string {
  if (verdict === "reject") return "drop";
  const [, jump, target] = /^(jump|goto) (.*)$/.exec(verdict) ?? [];
  return target === undefined ? verdict : `${jump} ${named(target)}`;
}

function placeOf({ table, name }: Chain): string {
  return `${table.family} ${table.name} ${named(name)}`;
}

const positions = new WeakMap<Rule, number>();

function positionOf(rule: Rule): number {
  if (!positions.has(rule)) for (const [index, one] of rule.chain.rules.entries()) positions.set(one, index);
  return positions.get(rule) ?? -1;
}

/** Chains without a name of their own have one in the kernel that changes from load to load. */
function named(chain: string): string {
  return chain.replace(/^(__chain\d+)?$/, "{}");
}

function line(place: string, verdict: string, mark: number): string {
  return `${place} ${verdict.replace(/^queue.*/, "queue")} mark 0x${mark.toString(16)}`;
}
