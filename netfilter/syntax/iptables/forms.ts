import type { IpFamily } from "../../facts/iptables/extension.js";
import type { Span } from "../../text/span.js";
import type { OptionNode, Word } from "./nodes.js";
import type { Reading } from "./rule.js";
import type { Form, Lead } from "./ruleLine.js";
import { LineSlots, type Slot } from "./slots.js";
import { conditionsIn, isAddress, traitsOf } from "./traits.js";

/** A form that a line has, and those of its own words that are known at a glance. */
export interface Fit {
  readonly form: Form;
  readonly chain: string;
  readonly lead: Lead | undefined;
}

/** A form as the lines of a text are held against it. */
interface KnownForm extends Form {
  readonly pattern: RegExp;
  /** What each group of the pattern stands for. */
  readonly slots: readonly Slot[];
  /** So many letters stand behind the last of them. */
  readonly tail: number;
  /** The form of the line that came after the last line of this one: mostly it comes again. */
  next: KnownForm | undefined;
}

/** How often a form has been met before lines are held against it: most of small files are never met again. */
const often = 3;
/** So many forms are tried one after the other. */
const mostForms = 64;
/** And so many are counted, before it is clear that the file's lines have nothing in common. */
const mostCounted = 1024;

/**
 * The forms of the faultless lines that a table has had so far. A large file has a handful of them: a line that is letter for
 * letter like an earlier one, but for words that decide about nothing else, is without fault too if each of these may stand
 * there. What else stands in it need not be read before somebody asks.
 */
export class Forms {
  private readonly forms: KnownForm[] = [];
  /** How often each pattern has been met. */
  private readonly counts = new Map<string, number>();
  private readonly names = new Map<string, string>();
  private last: KnownForm | undefined;

  constructor(private readonly family: IpFamily) {}

  /** The form of the line from `start` to `end`, whose counters end at `from`; undefined where none is known to fit. */
  find(text: string, start: number, from: number, end: number): Fit | undefined {
    const expected = this.last?.next;
    let fit = expected && this.fit(expected, text, start, from, end);
    for (let index = 0; !fit && index < this.forms.length; index++)
      if (this.forms[index] !== expected) fit = this.fit(this.forms[index] as KnownForm, text, start, from, end);
    return fit;
  }

  private fit(form: KnownForm, text: string, start: number, from: number, end: number): Fit | undefined {
    const { pattern, slots } = form;
    pattern.lastIndex = from;
    const words = pattern.exec(text);
    if (!words || pattern.lastIndex !== end) return undefined;
    let chain = "";
    let lead: Lead | undefined;
    for (let index = 0; index < slots.length; index++) {
      const { is } = slots[index] as Slot;
      const word = words[index + 1];
      if (is === "chain") chain = this.nameOf(word as string);
      else if (word !== undefined && !slots[index]?.takes(word)) return undefined;
      else if (is !== "value") lead = leadBefore(end - form.tail - start, this.nameOf(word as string), is);
    }
    if (this.last) this.last.next = form;
    this.last = form;
    return { form, chain, lead };
  }

  /** One string for all places where a name stands. */
  private nameOf(word: string): string {
    const known = this.names.get(word);
    if (known === undefined) this.names.set(word, word);
    return known ?? word;
  }

  /** Takes note of the form of a line in which no fault was found. */
  learn(line: Reading, text: string, from: number, end: number): void {
    const { forms, counts } = this;
    const places = forms.length < mostForms && counts.size < mostCounted ? this.placesIn(line, text) : undefined;
    if (!places) return;
    const pattern = patternOf(places, text, from, end);
    const count = (counts.get(pattern) ?? 0) + 1;
    counts.set(pattern, count);
    if (count === often) forms.push(formOf(line, places, new RegExp(pattern, "y"), end));
  }

  /** Where other words might stand in a line as well; undefined where it is not written as others are. */
  private placesIn(line: Reading, text: string): readonly PlacedSlot[] | undefined {
    if (line.rest.length > 0 || line.main.command?.command?.letter !== "A") return undefined;
    if (!line.options.every((node) => wordsOf(node).every((word) => standsAlone(word, line, text)))) return undefined;
    const slots = new LineSlots(line, this.family);
    const places = line.options.flatMap((node) =>
      slots.of(node).flatMap((slot, index) => {
        const { start, end } = node.values[index] as Word;
        return slot ? [{ start, end, slot }] : [];
      }),
    );
    const names = places.map(({ slot }) => slot.is);
    const leadsLast = names.slice(0, -1).every((is) => is !== "jump" && is !== "goto");
    return names.includes("chain") && leadsLast ? places : undefined;
  }
}

type PlacedSlot = Span & { readonly slot: Slot };

function leadBefore(end: number, name: string, how: Lead["how"]): Lead {
  return { how, name, start: end - name.length, end };
}

/** Lines of the form: their letters as they are, and any word that a slot takes. */
function patternOf(places: readonly PlacedSlot[], text: string, from: number, end: number): string {
  let pattern = "";
  let at = from;
  for (const { start, end: stop, slot } of places) {
    pattern += `${asLetters(text.slice(at, start))}${slot.pattern}(?![^ \\t\\n])`;
    at = stop;
  }
  return pattern + asLetters(text.slice(at, end));
}

function asLetters(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

function formOf(line: Reading, places: readonly PlacedSlot[], pattern: RegExp, end: number): KnownForm {
  const numbers = wordNumbers(line);
  const conditions = conditionsIn(line);
  const placeOf = (node: OptionNode) => numbers.get(node) as Span;
  return {
    traits: traitsOf(line),
    trailing: end - line.end,
    conditions: conditions.map(placeOf),
    addresses: conditions.filter(isAddress).map(placeOf),
    pattern,
    slots: places.map(({ slot }) => slot),
    tail: end - (places.at(-1)?.end ?? end),
    next: undefined,
  };
}

/** The first and the last word of each option, counted from 0. */
function wordNumbers({ options }: Reading): ReadonlyMap<OptionNode, Span> {
  let start = 0;
  return new Map(
    options.map((node) => {
      const span = { start, end: start + wordsOf(node).length - 1 };
      start = span.end + 1;
      return [node, span];
    }),
  );
}

function wordsOf({ negation, word, values }: OptionNode): readonly Word[] {
  return negation ? [negation, word, ...values] : [word, ...values];
}

/** Whether blanks part a word from others. */
function standsAlone({ start, end }: Word, line: Reading, text: string): boolean {
  const before = start === line.start || start === line.counters?.end || text.charCodeAt(start - 1) <= blank;
  return before && start < end && (end === line.end || text.charCodeAt(end) <= blank);
}

const blank = 32;
