import type { Token } from "../tree.js";
import type { File, Line, RuleLine, TableSection, Word } from "./nodes.js";

type Holder = Line | TableSection;

/**
 * The tokens of a file, put together when somebody asks for them. Those of most lines are the words of their options, so that
 * only the others' need to be kept.
 */
export class FileTokens {
  private readonly kept = new Map<Holder, readonly Token[]>();

  /** Keeps the tokens of a line, or of a section's first line. */
  keep(holder: Holder, tokens: readonly Token[]): void {
    this.kept.set(holder, tokens);
  }

  /** Keeps a copy of those of a rule unless they are its options' words. */
  keepOfRule(rule: RuleLine, tokens: readonly Token[]): void {
    if (rule.broken || countWords(rule) !== tokens.length) this.kept.set(rule, tokens.slice());
  }

  /** Keeps what an earlier version of the file kept for a line. */
  takeOver(line: Line, earlier: FileTokens): void {
    const kept = earlier.kept.get(line);
    if (kept) this.kept.set(line, kept);
  }

  /** The tokens of a line in order of place. */
  of(holder: Holder): readonly Token[] {
    const kept = this.kept.get(holder);
    if (kept) return kept;
    if (holder.kind === "comment") return [{ start: holder.start, end: holder.end, role: "comment" }];
    return holder.kind === "rule" ? wordsOf(holder) : [];
  }

  /** All tokens of the file in order of place. */
  collect({ items }: File): Token[] {
    const all: Token[] = [];
    for (const item of items) {
      for (const token of this.of(item)) all.push(token);
      if (item.kind !== "table") continue;
      for (const line of item.lines) for (const token of this.of(line)) all.push(token);
      if (item.commit) all.push(item.commit);
    }
    return all;
  }
}

function countWords({ options }: RuleLine): number {
  let count = 0;
  for (const { negation, value, more } of options) {
    count += negation ? 2 : 1;
    if (value && !isEmpty(value)) count++;
    for (const other of more) if (!isEmpty(other)) count++;
  }
  return count;
}

function wordsOf({ options }: RuleLine): Token[] {
  const words: Token[] = [];
  for (const { negation, word, values } of options) {
    if (negation) words.push(negation);
    words.push(word);
    for (const value of values) if (!isEmpty(value)) words.push(value);
  }
  return words;
}

/** A value of no letters (`--comment=`) is no token. */
export function isEmpty({ start, end }: Word): boolean {
  return start === end;
}
