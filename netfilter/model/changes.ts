import type { Action, Chain, Condition, Rule } from "./ruleset.js";
import { reachableFrom, targetsOf } from "./walk.js";
import { statementsOf } from "./written.js";

/** Whether one of these rules, or a chain that they lead to, may change what a later condition sees of the same packet. */
export function mayChange(rules: Iterable<Rule>, condition: Condition): boolean {
  const asked = new Set<Chain>();
  for (const rule of rules) {
    if (changes(rule, condition)) return true;
    for (const chain of rule.actions.flatMap(targetsOf)) for (const other of reachableFrom(chain)) asked.add(other);
  }
  for (const chain of asked) if (chain.rules.some((rule) => changes(rule, condition))) return true;
  return false;
}

function changes(rule: Rule, condition: Condition): boolean {
  return rule.actions.some((action) => actionChanges(action, rule, condition));
}

const marks = { packet: "meta mark", connection: "ct mark" };

function actionChanges(action: Action, rule: Rule, { field, values }: Condition): boolean {
  switch (action.do) {
    case "setMark":
      return marks[action.target] === field || values.kind === "opaque";
    case "notrack":
      return /^ct /.test(field) || values.kind === "opaque";
    case "other":
      if (action.effect === "inert" || steady.has(field)) return false;
      return onlyFillsSet(action, rule) ? values.kind === "set" : true;
    default:
      return false;
  }
}

/** What no statement writes. */
const steady: ReadonlySet<string> = new Set([
  "meta iif",
  "meta iifname",
  "meta iiftype",
  "meta oif",
  "meta oifname",
  "meta oiftype",
  "meta l4proto",
  "meta nfproto",
  "meta protocol",
]);

function onlyFillsSet({ start }: Action, rule: Rule): boolean {
  return statementsOf(rule).some((statement) => statement.kind === "setStatement" && statement.start === start);
}
