import { analyze } from "../../netfilter/analyze.js";
import type { Language } from "../../netfilter/language.js";
import { withChains } from "../../netfilter/observe/hooks/chains.js";
import type { HookList } from "../../netfilter/observe/hooks/hookList.js";
import { inferredHooks } from "../../netfilter/observe/hooks/inferred.js";
import { type ComparisonInput, type ComparisonReport, reportOf } from "../compare/report.js";
import { type PathCalls, pathPerformers } from "../path/calls.js";
import { type Counted, countersOf } from "./counters.js";
import { type Outline, outlineOf } from "./outline.js";

/** A ruleset as a router listed it. */
export interface ListedRuleset {
  readonly language: Language;
  readonly text: string;
}

/** What can be asked of rulesets beside the editor's own thread: argument and answer of each call. */
export interface RulesetCalls extends PathCalls {
  outline: [ListedRuleset, Outline];
  inferHooks: [{ readonly rulesets: readonly ListedRuleset[]; readonly modules: readonly string[] }, HookList];
  counters: [string, readonly Counted[]];
  compare: [ComparisonInput, ComparisonReport];
  nameChains: [{ readonly list: HookList; readonly ruleset: ListedRuleset }, HookList];
}

type Performers = { readonly [Call in keyof RulesetCalls]: (argument: RulesetCalls[Call][0]) => RulesetCalls[Call][1] };

const performers: Performers = {
  ...pathPerformers,
  outline: ({ text, language }) => outlineOf(text, language),
  inferHooks: ({ rulesets, modules }) => inferredHooks({ rulesets: rulesets.map(modelOf), modules }),
  counters: countersOf,
  compare: reportOf,
  nameChains: ({ list, ruleset }) => withChains(list, modelOf(ruleset)),
};

function modelOf({ text, language }: ListedRuleset) {
  return analyze(text, language, { lint: false }).ruleset;
}

/** Does in the thread what was asked from outside. */
export function performRulesetCall<Call extends keyof RulesetCalls>(
  call: Call,
  argument: RulesetCalls[Call][0],
): RulesetCalls[Call][1] {
  return performers[call](argument);
}
