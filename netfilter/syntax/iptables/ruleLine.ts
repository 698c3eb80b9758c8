import type { Span } from "../../text/span.js";
import type { SyntaxNode, Token } from "../tree.js";
import { type Counters, type Loaded, type MainOptions, moveSpan, type OptionNode, type Word } from "./nodes.js";
import { conditionsIn, isAddress } from "./traits.js";
import { spansOfWords } from "./words.js";

/** What stands in a rule's line. */
export interface RuleContent {
  readonly counters: Counters | undefined;
  /** All that stands in it, in order. */
  readonly options: readonly OptionNode[];
  /** Words that belong to no option, the ones after a `-6` in a file for IPv4 among them. */
  readonly rest: readonly Word[];
  readonly main: MainOptions;
  /** The matches in the order in which the kernel asks them. */
  readonly matches: readonly Loaded[];
  /** `-j` with a target of the catalogue. */
  readonly target: Loaded | undefined;
  /** Its words, in order of place. */
  readonly tokens: readonly Token[];
}

/** What is known of a line without what stands in it. */
export interface Glance extends Span {
  /** The chain that its rule stands in or is put into; empty where the line has none. */
  readonly chain: string;
  /** Where it goes on, unless that is a target of the catalogue. */
  readonly lead: Lead | undefined;
  /** What it says at a glance, in bits of `traits.ts`. */
  readonly traits: number;
  /** A `-4` or `-6` for the other family: the tools pass over the line. */
  readonly skipped: boolean;
  /** An error was found in it: what is missing may be a consequence. */
  readonly broken: boolean;
}

/** The name behind `-j` or `-g` that only the whole table tells; its place is counted from the line's start. */
export interface Lead extends Span {
  readonly name: string;
  readonly how: "jump" | "goto";
}

/** What lines have in common that differ only in words of which none decides about anything else. */
export interface Form {
  readonly traits: number;
  /** So many blanks stand behind the last word. */
  readonly trailing: number;
  /** Which words, counted from 0, are the conditions, and which of these are about addresses. */
  readonly conditions: readonly Span[];
  readonly addresses: readonly Span[];
}

/** Has the text as it is now, and reads again what stands in a line of it. */
export interface LineReader {
  readonly text: string;
  contentOf(line: Span): RuleContent;
}

/**
 * `-A INPUT ...` and every other command that a restore file may hold. A large file has very many of them, and of most nobody
 * wants to know more than the glance, so what stands in a line of a known form is read when somebody first asks for it.
 */
export class RuleLine implements SyntaxNode, Glance, RuleContent {
  start: number;
  end: number;
  readonly chain: string;
  readonly lead: Lead | undefined;
  readonly traits: number;
  readonly skipped: boolean;
  readonly broken: boolean;

  constructor(
    { start, end, chain, lead, traits, skipped, broken }: Glance,
    private readonly reader: LineReader,
    readonly form: Form | undefined,
    private known?: RuleContent,
  ) {
    this.start = start;
    this.end = end;
    this.chain = chain;
    this.lead = lead;
    this.traits = traits;
    this.skipped = skipped;
    this.broken = broken;
  }

  private get content(): RuleContent {
    this.known ??= this.reader.contentOf(this);
    return this.known;
  }

  get kind(): "rule" {
    return "rule";
  }

  get counters(): Counters | undefined {
    return this.content.counters;
  }

  get options(): readonly OptionNode[] {
    return this.content.options;
  }

  get rest(): readonly Word[] {
    return this.content.rest;
  }

  get main(): MainOptions {
    return this.content.main;
  }

  get matches(): readonly Loaded[] {
    return this.content.matches;
  }

  get target(): Loaded | undefined {
    return this.content.target;
  }

  get tokens(): readonly Token[] {
    return this.content.tokens;
  }

  get children(): readonly SyntaxNode[] {
    const { counters, options, rest } = this.content;
    return [...(counters ? [counters] : []), ...options, ...rest];
  }

  /** Where its conditions stand. */
  get conditions(): readonly Span[] {
    if (this.known || !this.form) return conditionsIn(this);
    return spansOfWords(this.reader.text, this, this.form.conditions);
  }

  /** Where its conditions about addresses stand. */
  get addresses(): readonly Span[] {
    if (this.known || !this.form) return this.options.filter(isAddress);
    return spansOfWords(this.reader.text, this, this.form.addresses);
  }

  /** Takes the line to where it stands after an edit of what is before it. */
  move(by: number): void {
    moveSpan(this, by);
    if (!this.known) return;
    const { tokens, counters, options } = this.known;
    for (const token of tokens) moveSpan(token, by);
    if (counters) moveSpan(counters, by);
    for (const { value, more } of options) {
      if (value && isEmpty(value)) moveSpan(value, by);
      for (const other of more) if (isEmpty(other)) moveSpan(other, by);
    }
  }
}

/** A value of no letters (`--comment=`) is no token. */
function isEmpty({ start, end }: Word): boolean {
  return start === end;
}
