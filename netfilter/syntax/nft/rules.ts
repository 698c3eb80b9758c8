import type { Span } from "../../text/span.js";
import { traits } from "../traits.js";
import { Cursor } from "./cursor.js";
import { Forms } from "./forms.js";
import { firstAt, Kind } from "./lexer.js";
import type { Reading } from "./reuse.js";
import { type Form, Rule, type RuleContent, RuleMemo, type RuleReader } from "./ruleNode.js";
import { type PlacedSlot, slotsIn } from "./slots.js";
import { ruleContent } from "./statements.js";
import { asks, asksAddress, traitsOf } from "./traits.js";

/** Reads the rules of a text. Later versions of it that take rules over take this over too, and put their reading into it. */
export class Rules implements RuleReader {
  private readonly forms = new Forms();
  private reading: Reading | undefined;

  /** From now on rules stand in this text. */
  follow(reading: Reading): void {
    this.reading = reading;
  }

  get text(): string {
    return this.lexed.text;
  }

  private get lexed() {
    return (this.reading as Reading).lexed;
  }

  /** The rule at hand. */
  read(c: Cursor): Rule {
    const line = this.forms.areOfUse ? lineAt(c) : undefined;
    const form = line && this.forms.find(c.text, line);
    return (form && this.ofForm(c, form, line.end)) ?? this.readAll(c, line);
  }

  private ofForm(c: Cursor, form: Form, lineEnd: number): Rule | undefined {
    const { start, index } = c;
    const after = index + form.notes.roleOf.length;
    if (c.lexed.kinds[after] !== Kind.Newline || c.lexed.starts[after] !== lineEnd) return undefined;
    c.notes.put(index, form.notes);
    c.goTo(after);
    return new Rule(start, c.last, false, this, form);
  }

  private readAll(c: Cursor, line: Span | undefined): Rule {
    const { start, index, named, faults } = c;
    const content = ruleContent(c);
    const end = Math.max(start, c.last);
    const names = c.named > named;
    const isPlain = !names && c.faults === faults && c.kind === Kind.Newline && c.start === line?.end;
    const form = isPlain ? this.learn(c, { ...content, start, end }, index, line) : undefined;
    return new Rule(start, end, names, this, form, content);
  }

  private learn(c: Cursor, rule: RuleContent & Span, index: number, line: Span): Form | undefined {
    const { starts, count } = c.lexed;
    const tokensOf = ({ start, end }: Span): Span => ({
      start: firstAt(starts, count, start) - index,
      end: firstAt(starts, count, end) - 1 - index,
    });
    const slots = slotsIn(rule, c.text);
    const found = traitsOf(rule, c.text);
    const form: Form = {
      traits: found,
      notes: c.notes.slice(index, c.index),
      conditions: rule.statements.filter(asks).map(tokensOf),
      addresses: rule.statements.filter(asksAddress).map(tokensOf),
      asked: found & traits.doubts ? [] : askedIn(slots).map((slot) => ({ ...tokensOf(slot), slot: slot.slot })),
      memo: new RuleMemo(),
    };
    return this.forms.learn(c.text, line, slots, form);
  }

  /** What stands in a rule that has been read before. */
  contentOf({ start }: Span): RuleContent {
    const c = new Cursor(this.reading as Reading);
    c.goTo(this.tokenAt(start));
    return ruleContent(c);
  }

  spansOf({ start }: Span, tokens: readonly Span[]): readonly Span[] {
    if (tokens.length === 0) return tokens;
    const { starts, ends } = this.lexed;
    const first = this.tokenAt(start);
    return tokens.map((span) => ({
      start: starts[first + span.start] as number,
      end: ends[first + span.end] as number,
    }));
  }

  private tokenAt(start: number): number {
    return firstAt(this.lexed.starts, this.lexed.count, start);
  }
}

function askedIn(slots: readonly PlacedSlot[]): readonly PlacedSlot[] {
  return slots.filter(({ asks }) => asks);
}

/** From the rule at hand to the end of its line; undefined where what stands before it may change how it is cut into tokens. */
function lineAt(c: Cursor): Span | undefined {
  const { text, start } = c;
  const end = text.indexOf("\n", start);
  if (end === -1 || !(c.atLineStart || isApart(text, start))) return undefined;
  return { start, end };
}

/** In `rate 10 mbytes/second; ...` units are cut otherwise up to the line's end. */
function isApart(text: string, start: number): boolean {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  return text[lineStart - 2] !== "\\" && !text.slice(lineStart, start).includes("rate");
}
