import type { Chain, Rule } from "../model/ruleset.js";
import type { CompiledRule, Outcome, Passage, RulesetProgram } from "./context.js";
import type { StepVerdict } from "./trace.js";

/** What is told of a walk while it goes on. A walk without one is the fastest. */
export interface WalkRecord {
  /** Whether it wants the rules that did not match, too. */
  readonly unmatched: boolean;
  /** A rule was met. What it changed and what it had to guess was told to the passage just before. */
  rule(rule: Rule, matched: boolean, verdict: StepVerdict | undefined): void;
  /** A chain's end was reached: the base chain's policy, or `return` to the chain that called. */
  end(chain: Chain, verdict: StepVerdict): void;
}

/** What a base chain may end in. */
export type ChainOutcome = Exclude<Outcome, "continue" | "return" | { readonly do: "jump" | "goto" }>;

/** How a walk ended; `rule` is the one that decided, absent for the policy. */
export interface ChainEnd {
  readonly outcome: ChainOutcome;
  readonly rule?: Rule;
}

/**
 * Leads a packet through a base chain and the chains that it calls. `accept` is this base chain's only: other chains at the
 * hook still see the packet.
 */
export function walkChain(program: RulesetProgram, base: Chain, passage: Passage, record?: WalkRecord): ChainEnd {
  const callers: Place[] = [];
  let place = enter(program, base, 0);
  for (;;) {
    const outcome = firstDecision(place, passage, record);
    if (outcome === undefined || outcome === "return") {
      const caller = callers.pop();
      if (!caller) return endOfBase(base, record);
      if (outcome === undefined) record?.end(place.chain, "return");
      place = caller;
    } else if (typeof outcome === "object" && (outcome.do === "jump" || outcome.do === "goto")) {
      if (place.depth === deepest) return endOfLoop(outcome.chain, passage);
      if (outcome.do === "jump") callers.push(place);
      place = enter(program, outcome.chain, place.depth + 1);
    } else {
      return { outcome: outcome as ChainOutcome, rule: (place.rules[place.next - 1] as CompiledRule).rule };
    }
  }
}

/** Calls that may be under way at once: no kernel loads more than a fraction. */
const deepest = 10_000;

/** Where in a chain a walk is; `depth` counts the jumps and gotos that led there. */
interface Place {
  readonly chain: Chain;
  readonly rules: readonly CompiledRule[];
  readonly depth: number;
  next: number;
}

function enter(program: RulesetProgram, chain: Chain, depth: number): Place {
  return { chain, rules: program.rulesOf(chain), depth, next: 0 };
}

/** Asks the chain's rules from `place` on until one decides; undefined when none does. */
function firstDecision(place: Place, passage: Passage, record: WalkRecord | undefined): Outcome | undefined {
  const { rules } = place;
  while (place.next < rules.length) {
    const compiled = rules[place.next++] as CompiledRule;
    const outcome = compiled.run(passage);
    if (record) tell(record, compiled.rule, outcome);
    if (outcome !== undefined && outcome !== "continue") return outcome;
  }
  return undefined;
}

function tell(record: WalkRecord, rule: Rule, outcome: Outcome | undefined): void {
  if (outcome !== undefined) record.rule(rule, true, outcome === "continue" ? undefined : verdictOf(outcome));
  else if (record.unmatched) record.rule(rule, false, undefined);
}

/** The word that a trace has for an outcome. */
export function verdictOf(outcome: Outcome): StepVerdict {
  if (typeof outcome === "string") return outcome;
  if (outcome.do === "jump" || outcome.do === "goto") return `${outcome.do} ${outcome.chain.name}`;
  return outcome.do === "tproxy" ? "accept" : outcome.do;
}

function endOfBase(base: Chain, record: WalkRecord | undefined): ChainEnd {
  const outcome = base.base?.policy ?? "accept";
  record?.end(base, outcome);
  return { outcome };
}

function endOfLoop(chain: Chain, passage: Passage): ChainEnd {
  const why = `The chain ${chain.name} leads back to itself, which no kernel loads: take one of the jumps out.`;
  return { outcome: passage.guess(why, chain.nameSpan) ? "accept" : "drop" };
}
