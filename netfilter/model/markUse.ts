import { traits } from "../syntax/iptables/traits.js";
import type { Span } from "../text/span.js";
import type { Action, MarkAction, Part, Rule, Ruleset } from "./ruleset.js";
import { has } from "./written.js";

const every = 0xffff_ffff;

const known = new WeakMap<Ruleset, readonly Rule[]>();

/** The rules in which a mark is named. */
export function rulesAboutMarks(ruleset: Ruleset, text: string): readonly Rule[] {
  let found = known.get(ruleset);
  if (!found) {
    found = rulesNaming(ruleset, text);
    known.set(ruleset, found);
  }
  return found;
}

function rulesNaming({ language, tables }: Ruleset, text: string): Rule[] {
  const rules = tables.flatMap(({ chains }) => chains).flatMap((chain) => chain.rules);
  if (language === "iptables") return rules.filter((rule) => has(rule, traits.marks));
  const places = placesOf("mark", text);
  if (places.length === 0) return [];
  return rules.filter(({ node }) => hasPlaceIn(places, node) && /\bmark\b/.test(text.slice(node.start, node.end)));
}

function placesOf(word: string, text: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + word.length)) found.push(at);
  return found;
}

/** Whether one of the places, which are in order, lies within. */
function hasPlaceIn(places: readonly number[], { start, end }: Span): boolean {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] as number) < start) low = middle + 1;
    else high = middle;
  }
  return (places[low] ?? end) < end;
}

/** A place where a packet's mark is given a value that the file names. */
export interface MarkPlace {
  readonly rule: Rule;
  readonly action: Action;
}

/** Where marks are set to a value of which no rule of the file looks at any bit. */
export function unreadMarks(ruleset: Ruleset, text: string): MarkPlace[] {
  const rules = rulesAboutMarks(ruleset, text);
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
