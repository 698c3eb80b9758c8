import { traits } from "../syntax/traits.js";
import { allRulesWith } from "./glance.js";
import type { Action, MarkAction, Part, Rule, Ruleset } from "./ruleset.js";

const every = 0xffff_ffff;

/** The rules in which a mark is named. */
export function rulesAboutMarks(ruleset: Ruleset): readonly Rule[] {
  return allRulesWith(ruleset, { wanted: traits.marks });
}

/** The rules that set the mark of a packet or of a connection. */
export function rulesThatMark(ruleset: Ruleset): readonly Rule[] {
  return allRulesWith(ruleset, { wanted: traits.writesMarks }).filter(({ actions }) => actions.some(isMark));
}

function isMark({ do: what }: Action): boolean {
  return what === "setMark";
}

/** A place where a packet's mark is given a value that the file names. */
export interface MarkPlace {
  readonly rule: Rule;
  readonly action: Action;
}

/** Where marks are set to a value of which no rule of the file looks at any bit. */
export function unreadMarks(ruleset: Ruleset, text: string): MarkPlace[] {
  const rules = rulesThatMark(ruleset);
  const places = rules.flatMap((rule) => rule.actions.map((action) => ({ rule, action, bits: bitsSetBy(action) })));
  const setting = places.filter(({ bits }) => bits !== 0);
  if (setting.length === 0) return [];
  let read = 0;
  for (const { parts } of rulesAboutMarks(ruleset)) for (const part of parts) read |= bitsReadBy(part, text);
  return setting.filter(({ bits }) => (bits & read) === 0);
}

function bitsSetBy(action: Action): number {
  if (action.do !== "setMark" || action.target !== "packet" || typeof action.value !== "object") return 0;
  return "constant" in action.value ? action.value.constant >>> 0 : 0;
}

function bitsReadBy(part: Part, text: string): number {
  if (part.kind === "action") return bitsReadByAction(part, text);
  if (!/mark/.test(part.field) || part.field === "ct mark") return 0;
  return part.field === "meta mark" && part.mask !== undefined ? Number(part.mask & BigInt(every)) : every;
}

function bitsReadByAction(action: Action, text: string): number {
  switch (action.do) {
    case "setMark":
      return bitsCopied(action);
    case "verdictMap":
      return /mark/.test(action.field) ? every : 0;
    case "other":
      return action.effect === "unmodelled" && /mark/i.test(text.slice(action.start, action.end)) ? every : 0;
    case "nat":
      return /mark/i.test(text.slice(action.start, action.end)) ? every : 0;
    default:
      return 0;
  }
}

function bitsCopied({ target, value }: MarkAction): number {
  if (target !== "connection") return 0;
  if (typeof value !== "object") return every;
  return "from" in value ? value.mask : 0;
}
