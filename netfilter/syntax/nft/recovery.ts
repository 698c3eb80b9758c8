import type { Cursor } from "./cursor.js";
import { Kind } from "./lexer.js";

/**
 * Skips the rest of a statement that began with token `from`: up to its `;` or line break, which stay, or up to the `}` of the block
 * around it. Braces opened since are skipped whole and lines indented more are its own, unless they evidently belong to others.
 */
export function skipStatement(c: Cursor, from: number): void {
  const start = c.lexed.starts[from] as number;
  let depth = openSince(c, from);
  while (c.kind !== Kind.End) {
    if (c.kind === Kind.OpenBrace) depth++;
    else if (c.kind === Kind.CloseBrace && (--depth < 0 || closesOuter(c, start))) return;
    else if (c.kind === Kind.Semicolon && depth === 0) return;
    else if (c.kind === Kind.Newline) {
      const deeper = deeperLineFollows(c, start);
      if (!deeper && !(depth > 0 && listGoesOn(c))) return;
      if (deeper && depth === 0) depth = 1;
    }
    c.take(c.kind === Kind.Quoted ? "string" : "unknown");
  }
}

/** Skips to the `{` on this line, so that a block with a broken head is still read as one. */
export function skipToBrace(c: Cursor): void {
  while (c.kind !== Kind.OpenBrace && c.kind !== Kind.CloseBrace && !c.atSeparator) c.take("unknown");
}

/** True when the next line that says something is indented more than the line of `offset`: it belongs to what began there. */
export function deeperLineFollows(c: Cursor, offset: number): boolean {
  let ahead = 1;
  while (c.peek(ahead) === Kind.Newline) ahead++;
  return c.peek(ahead) !== Kind.End && indentation(c, startOf(c, ahead)) > indentation(c, offset);
}

/** True when the next line is a `}` indented as far as the line of `offset`. */
export function closeFollows(c: Cursor, offset: number): boolean {
  const wanted = indentation(c, offset);
  return c.peek() === Kind.CloseBrace && wanted > 0 && indentation(c, startOf(c, 1)) === wanted;
}

/** True when the `}` some tokens ahead stands first on a line indented less than the line of `offset`: it closes a block around that. */
export function closesOuter(c: Cursor, offset: number, ahead = 0): boolean {
  const start = startOf(c, ahead);
  const lineStart = startOfLine(c, start);
  if (lineStart <= offset || c.text.slice(lineStart, start).trim() !== "") return false;
  return start - lineStart < indentation(c, offset);
}

/** True when a list in braces seems to go on after the line break at hand: by a comma before it or after, or by its `}`. */
function listGoesOn(c: Cursor): boolean {
  const { kinds } = c.lexed;
  if (kinds[c.index - 1] === Kind.Comma || c.peek() === Kind.CloseBrace) return true;
  let at = c.index + 1;
  while (kinds[at] !== Kind.Newline && kinds[at] !== Kind.End) at++;
  return kinds[at - 1] === Kind.Comma;
}

function openSince(c: Cursor, from: number): number {
  let open = 0;
  for (let at = from; at < c.index; at++) {
    if (c.lexed.kinds[at] === Kind.OpenBrace) open++;
    else if (c.lexed.kinds[at] === Kind.CloseBrace) open--;
  }
  return Math.max(0, open);
}

function startOf(c: Cursor, ahead: number): number {
  return c.lexed.starts[c.index + ahead] as number;
}

function startOfLine(c: Cursor, offset: number): number {
  return c.text.lastIndexOf("\n", offset - 1) + 1;
}

function indentation(c: Cursor, offset: number): number {
  const lineStart = startOfLine(c, offset);
  let at = lineStart;
  while (c.text.charCodeAt(at) === 32 || c.text.charCodeAt(at) === 9) at++;
  return at - lineStart;
}
