import type { IpFamily, IptablesTable } from "../../facts/iptables/extension.js";
import type { Span } from "../../text/span.js";
import { traits } from "../traits.js";
import { endOfCounters } from "./counters.js";
import { Forms } from "./forms.js";
import { type Reading, type RuleContext, type RulePlace, RuleReader } from "./rule.js";
import { type Lead, type LineReader, type RuleContent, RuleLine } from "./ruleLine.js";
import { traitsOf } from "./traits.js";
import { WordTexts } from "./words.js";

/** Reads the rules of a file. Later versions of it that take lines over take this over too, and put their text into it. */
export class RuleLines implements LineReader, RuleContext {
  readonly texts = new WordTexts();
  private readonly reader = new RuleReader(this);
  private readonly forms = new Map<IptablesTable | undefined, Forms>();

  constructor(
    public text: string,
    readonly family: IpFamily,
    readonly hiding: ReadonlySet<string> = new Set(),
  ) {}

  /** The line from `start` to `end`; undefined where no word is in it. */
  read(start: number, end: number, place: RulePlace): RuleLine | undefined {
    return this.lineOfForm(start, end, place) ?? this.readAll(start, end, place);
  }

  /** What stands in a line that has been read before. */
  contentOf({ start, end }: Span): RuleContent {
    return this.reader.read(start, end, { table: undefined, errors: [] }) as Reading;
  }

  private lineOfForm(start: number, end: number, { table }: RulePlace): RuleLine | undefined {
    const from = this.beginning(start, end);
    const fit = from === undefined ? undefined : this.forms.get(table)?.find(this.text, start, from, end);
    if (!fit) return undefined;
    const { form, chain, lead } = fit;
    const glance = { start, end: end - form.trailing, chain, lead, traits: form.traits, skipped: false, broken: false };
    return new RuleLine(glance, this, form);
  }

  private readAll(start: number, end: number, place: RulePlace): RuleLine | undefined {
    const told = place.errors.length;
    const reading = this.reader.read(start, end, place);
    if (!reading) return undefined;
    if (place.errors.length === told) this.learn(reading, start, end, place);
    const found = traitsOf(reading);
    return new RuleLine({ ...reading, traits: found, lead: leadOf(reading, found) }, this, undefined, reading);
  }

  private learn(reading: Reading, start: number, end: number, { table }: RulePlace): void {
    const from = this.beginning(start, end);
    if (from === undefined || reading.skipped) return;
    let forms = this.forms.get(table);
    if (!forms) {
      forms = new Forms(this.family);
      this.forms.set(table, forms);
    }
    forms.learn(reading, this.text, from, end);
  }

  /** Where the words of a line begin that may have a form; undefined where it may not. */
  private beginning(start: number, end: number): number | undefined {
    if (this.hiding.size > 0) return undefined;
    const first = this.text.charCodeAt(start);
    if (first === openBracket) return endOfCounters(this.text, start, end);
    return first === dash ? start : undefined;
  }
}

function leadOf({ main: { jump }, start: lineStart }: Reading, found: number): Lead | undefined {
  if ((found & traits.leads) === 0 || !jump?.value) return undefined;
  const { text, start, end } = jump.value;
  const how = jump.option?.letter === "g" ? "goto" : "jump";
  return { how, name: text, start: start - lineStart, end: end - lineStart };
}

const dash = 45;
const openBracket = 91;
