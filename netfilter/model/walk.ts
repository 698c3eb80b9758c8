import { traits } from "../syntax/traits.js";
import { rulesWith } from "./glance.js";
import type { Action, Chain, Condition, Definition, MarkAction, Part, Reference, Rule } from "./ruleset.js";

/** What a rule asks for, its actions left out. */
export function conditionsOf(rule: Rule): Condition[] {
  return rule.parts.filter((part) => part.kind === "condition");
}

/** The marks that a rule writes. */
export function markActionsOf(rule: Rule): MarkAction[] {
  return rule.actions.filter((action) => action.do === "setMark");
}

/** The chains that an action may go on in, by jump, goto or verdict map; those that do not exist left out. */
export function targetsOf(action: Action): Chain[] {
  return chainsNamedBy(namedBy(action));
}

function namedBy(action: Action): readonly Reference[] {
  if (action.do === "verdictMap") return action.targets;
  return action.do === "jump" || action.do === "goto" ? [action.target] : [];
}

function chainsNamedBy(references: readonly Reference[]): Chain[] {
  return references.map(({ definition }) => definition).filter(isChain);
}

function leadsOf(rule: Rule): readonly Reference[] {
  return rule.jump ? [rule.jump] : rule.actions.flatMap(namedBy);
}

/** The chain itself and every chain that a packet in it can get to. */
export function reachableFrom(chain: Chain): Set<Chain> {
  const found = new Set([chain]);
  for (const reached of found) for (const target of calledFrom(reached)) found.add(target);
  return found;
}

/** The chains that a chain's own rules lead to. */
function calledFrom(chain: Chain): ReadonlySet<Chain> {
  const { memo } = chain;
  memo.called ??= new Set(chainsNamedBy(leadsIn(chain)));
  return memo.called;
}

/** Where the rules that are left in a chain in the end name chains that they lead to, in order of place. */
export function leadsIn(chain: Chain): readonly Reference[] {
  const { memo } = chain;
  memo.leads ??= findLeads(chain);
  return memo.leads;
}

function findLeads(chain: Chain): readonly Reference[] {
  const rules = rulesWith(chain, { wanted: traits.leads });
  if (rules.length === 0) return none;
  const [first] = rules;
  if (rules.length === 1 && first?.jump) return [first.jump];
  return rules.flatMap(leadsOf).sort((a, b) => a.start - b.start);
}

const none: readonly Reference[] = [];

const ending = new Set(["accept", "drop", "reject", "return", "queue", "stolen"]);

/** Whether nothing after this part is met in its chain, once it is reached. */
export function endsChain(part: Part): boolean {
  return part.kind === "action" && (part.do === "goto" || (part.do === "verdict" && ending.has(part.verdict)));
}

const hookOrder = { ingress: 0, prerouting: 1, output: 1, input: 2, forward: 2, postrouting: 3, egress: 4 };

/** Whether a packet that the base chain `first` accepted can meet the base chain `second` afterwards. */
export function runsLater(first: Chain, second: Chain): boolean {
  const [a, b] = [first.base, second.base];
  if (!a || !b || first === second) return false;
  if (a.hook === b.hook) return (b.priority ?? 0) >= (a.priority ?? 0);
  return hookOrder[b.hook] > hookOrder[a.hook];
}

/** Whether both ask the same; never so for what is not modelled, which may draw lots or count. */
export function sameCondition(a: Condition, b: Condition): boolean {
  if (a.values.kind === "opaque" || b.values.kind === "opaque") return false;
  return a.field === b.field && a.op === b.op && a.mask === b.mask && valuesKey(a) === valuesKey(b);
}

function valuesKey({ values }: Condition): string {
  switch (values.kind) {
    case "ranges":
      return values.ranges.map(({ from, to }) => `${from}-${to}`).join();
    case "names":
      return values.names.join();
    default:
      return values.kind === "set" ? `@${values.name}` : "";
  }
}

/** Whether something that a name stands for is a chain. */
export function isChain(definition: Definition | undefined): definition is Chain {
  return definition?.kind === "chain";
}
