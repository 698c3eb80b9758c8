import type { Token } from "../tree.js";
import type { File, Junk, Line, TableSection } from "./nodes.js";

/** The tokens of a file, put together when somebody asks for them: most lines know their own. */
export class FileTokens {
  private readonly kept = new Map<Junk | TableSection, readonly Token[]>();

  /** Keeps those of a section's first line, or of one that means nothing. */
  keep(holder: Junk | TableSection, tokens: readonly Token[]): void {
    this.kept.set(holder, tokens);
  }

  private of(line: Line | TableSection): readonly Token[] {
    if (line.kind === "rule" || line.kind === "chain") return line.tokens;
    if (line.kind === "comment") return [{ start: line.start, end: line.end, role: "comment" }];
    return this.kept.get(line) ?? [];
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
