import { readTraceText } from "../../netfilter/observe/trace/commands.js";
import { type PacketTrace, TraceGrouper } from "../../netfilter/observe/trace/group.js";
import { wholeRules } from "../../netfilter/simulate/listings.js";
import { Places } from "../../netfilter/simulate/places.js";
import type { Loaded } from "../../netfilter/simulate/router.js";
import type { Step } from "../../netfilter/simulate/trace.js";
import type { Observed } from "../../netfilter/traced/observed.js";
import type { TracedRules } from "../../netfilter/traced/rules.js";

/** The packets of a saved trace, told apart with what the rules say of chains. */
export function packetsIn(text: string, rules?: TracedRules): readonly PacketTrace[] {
  const grouper = new TraceGrouper(rules?.hookOf);
  for (const item of readTraceText(text)) {
    if (item.kind === "lost") grouper.lost();
    else grouper.add(item);
  }
  return grouper.traces;
}

/** A packet's way in lines: the end, then what was met; the rules that did not match in one number. */
export function told({ title, sentence, steps, notes }: Observed, rules: TracedRules): string[] {
  const places = new Places(rules.loaded);
  let missed = 0;
  const lines = steps.flatMap((step) => {
    if (step.kind === "rule" && step.matched === false) {
      missed++;
      return [];
    }
    const before = missed > 0 ? [`  ${missed} not matched`] : [];
    missed = 0;
    return [...before, `  ${stepText(step, places)}${step.changes.map(changeText).join("")}`];
  });
  return [`${title}: ${sentence}`, ...lines, ...notes.map((note) => `  note: ${note}`)];
}

function stepText(step: Step, places: Places): string {
  switch (step.kind) {
    case "route":
      return `route: ${step.says}`;
    case "callback":
      return `${step.hook} ${step.priority} ${step.function}: ${step.says}`;
    case "end":
      return `${step.hook} ${step.chain.name} ends: ${step.verdict}`;
    case "rule": {
      const { line, text } = places.of(step.rule);
      return `${step.hook} ${step.chain.name}:${line} ${text} => ${step.verdict ?? "continue"}`;
    }
  }
}

function changeText({ field, before, after }: Step["changes"][number]): string {
  return ` [${field} ${before ?? ""}>${after}]`;
}

/** A router's listings as one ruleset, each table once. */
export function together(...listings: readonly Loaded[]): readonly Loaded[] {
  return wholeRules(listings).loaded;
}
