import { traits } from "../syntax/traits.js";
import type { Action, MarkAction, Part, Rule, Ruleset } from "./ruleset.js";
import { has } from "./written.js";

const every = 0xffff_ffff;

const known = new WeakMap<Ruleset, readonly Rule[]>();

/** The rules in which a mark is named. */
export function rulesAboutMarks(ruleset: Ruleset): readonly Rule[] {
  let found = known.get(ruleset);
  if (!found) {
    const rules = ruleset.tables.flatMap(({ chains }) => chains).flatMap((chain) => chain.rules);
    found = rules.filter((rule) => has(rule, traits.marks));
    known.set(ruleset, found);
  }
  return found;
}

/** A place where a packet's mark is given a value that the file names. */
export interface MarkPlace {
  readonly rule: Rule;
  readonly action: Action;
}

/** Where marks are set to a value of which no rule of the file looks at any bit. */
export function unreadMarks(ruleset: Ruleset, text: string): MarkPlace[] {
  const rules = rulesAboutMarks(ruleset);
  const places = rules.flatMap((rule) => rule.actions.map((action) => ({ rule, action, bits: bitsSetBy(action) })));
  const setting = places.filter(({ bits }) => bits !== 0);
  if (setting.length === 0) return [];
  const read = rules.reduce((all, { parts }) => parts.reduce((bits, part) => bits | bitsReadBy(part, text), all), 0);
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
