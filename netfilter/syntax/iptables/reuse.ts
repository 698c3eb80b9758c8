import { changeBetween } from "../../text/change.js";
import type { Finding } from "../../text/finding.js";
import type { ChainDeclaration, IptablesTree, RuleLine, TableSection } from "./nodes.js";
import type { RuleLines } from "./ruleLines.js";

/** A tree that `parseIptables` gave. */
export interface ReadTree extends IptablesTree {
  readonly rules: RuleLines;
  /** How many versions of the text its lines come from at the most. */
  readonly version: number;
}

/** A line that can be taken over from an earlier version of its text. */
export type KeptLine = RuleLine | ChainDeclaration;

/**
 * The lines of an earlier version of a text that stand unchanged before and behind what was edited. What is taken over moves
 * to its new place, so that the earlier tree is of no use afterwards.
 */
export class KeptLines {
  /** How many versions of the text the lines come from at the most. */
  readonly version: number;
  /** So many characters are the same at both texts' start. */
  private readonly head: number;
  /** Where in the new text that begins which is the same up to both texts' end. */
  private readonly tail: number;
  /** How far the lines behind the edit have moved. */
  private readonly shift: number;
  private readonly sections: readonly TableSection[];
  private readonly errors: readonly Finding[];
  /** What the lines were read with, which has the new text from here on. */
  readonly rules: RuleLines;
  private nextSection = 0;
  private nextLine = 0;
  private nextError = 0;

  constructor({ text: before, root, errors, rules, version }: ReadTree, after: string) {
    this.version = version;
    const { head, tail, shift } = changeBetween(before, after);
    this.head = head;
    this.tail = tail;
    this.shift = shift;
    this.sections = root.items.filter((item) => item.kind === "table");
    this.errors = errors;
    this.rules = rules;
    rules.text = after;
  }

  /**
   * Takes over the line from `start` to `end` of the new text; undefined where it must be read anew. What it gives was without
   * fault and stood in a table of this name, so reading it would give the same again.
   */
  take(start: number, end: number, table: string | undefined): KeptLine | undefined {
    const behind = start > this.tail;
    if (!behind && end >= this.head) return undefined;
    const shift = behind ? this.shift : 0;
    const line = this.lineAt(start - shift);
    if (!line || this.sections[this.nextSection]?.name?.text !== table) return undefined;
    if (this.isFaulty(start - shift, end - shift)) return undefined;
    this.nextLine++;
    if (shift !== 0) line.move(shift);
    return line;
  }

  private lineAt(start: number): KeptLine | undefined {
    for (let section = this.sections[this.nextSection]; section; section = this.sections[++this.nextSection]) {
      for (let line = section.lines[this.nextLine]; line; line = section.lines[++this.nextLine]) {
        if (line.start < start) continue;
        return line.start === start && (line.kind === "rule" || line.kind === "chain") ? line : undefined;
      }
      this.nextLine = 0;
    }
    return undefined;
  }

  private isFaulty(start: number, end: number): boolean {
    let error = this.errors[this.nextError];
    while (error && error.span.start < start) error = this.errors[++this.nextError];
    return error !== undefined && error.span.start <= end;
  }
}
