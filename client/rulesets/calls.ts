import { analyze } from "../../netfilter/analyze.js";
import type { Language } from "../../netfilter/language.js";
import { type CountedChain, countedChains } from "../../netfilter/observe/counted/chains.js";
import { withChains } from "../../netfilter/observe/hooks/chains.js";
import type { HookList } from "../../netfilter/observe/hooks/hookList.js";
import { inferredHooks } from "../../netfilter/observe/hooks/inferred.js";
import { type ComparisonInput, type ComparisonReport, reportOf } from "../compare/report.js";
import { type PathCalls, pathPerformers } from "../path/calls.js";
import { PathMemory } from "../path/memory.js";
import { type TracedCalls, tracedPerformers } from "../path/traced/calls.js";
import type { TracedSession } from "../path/traced/session.js";
import { type Counted, countersOf } from "./counters.js";
import { type Outline, outlineOf } from "./outline.js";

/** A ruleset as a router listed it. */
export interface ListedRuleset {
  readonly language: Language;
  readonly text: string;
}

/** What can be asked of rulesets beside the editor's own thread: argument and answer of each call. */
export interface RulesetCalls extends PathCalls, TracedCalls {
  outline: [ListedRuleset, Outline];
  inferHooks: [{ readonly rulesets: readonly ListedRuleset[]; readonly modules: readonly string[] }, HookList];
  counters: [string, readonly Counted[]];
  countedChains: [ListedRuleset, readonly CountedChain[]];
  compare: [ComparisonInput, ComparisonReport];
  nameChains: [{ readonly list: HookList; readonly ruleset: ListedRuleset }, HookList];
}

/** A call as it crosses to the thread. */
export interface RulesetRequest {
  readonly id: number;
  readonly call: keyof RulesetCalls;
  readonly argument: unknown;
}

/** What a thread keeps from one call to the next. */
export class Memory {
  readonly path = new PathMemory();
  traced?: TracedSession;
}

type Performers = {
  readonly [Call in keyof RulesetCalls]: (argument: RulesetCalls[Call][0], memory: Memory) => RulesetCalls[Call][1];
};

const performers: Performers = {
  ...pathPerformers,
  ...tracedPerformers,
  outline: ({ text, language }) => outlineOf(text, language),
  inferHooks: ({ rulesets, modules }) => inferredHooks({ rulesets: rulesets.map(modelOf), modules }),
  counters: countersOf,
  countedChains: (listing) => countedChains(modelOf(listing), listing.text),
  compare: reportOf,
  nameChains: ({ list, ruleset }) => withChains(list, modelOf(ruleset)),
};

function modelOf({ text, language }: ListedRuleset) {
  return analyze(text, language, { lint: false }).ruleset;
}

/** Does in the thread what was asked from outside; a question that stands alone needs no memory. */
export function performRulesetCall<Call extends keyof RulesetCalls>(
  call: Call,
  argument: RulesetCalls[Call][0],
  memory = new Memory(),
): RulesetCalls[Call][1] {
  return performers[call](argument, memory);
}
