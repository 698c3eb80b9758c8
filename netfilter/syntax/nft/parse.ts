import { changeBetween } from "../../text/change.js";
import type { Finding } from "../../text/finding.js";
import type { Span } from "../../text/span.js";
import type { Token } from "../tree.js";
import { commonItem } from "./blocks.js";
import { command } from "./commands.js";
import type { Cursor } from "./cursor.js";
import { insertion } from "./fixes.js";
import { Kind } from "./lexer.js";
import type { File, FileItem, NftTree } from "./nodes.js";
import { skipStatement } from "./recovery.js";
import { cursorAt, type Earlier, type Reading } from "./reuse.js";

/**
 * Reads a file of nft commands, in block form or one command a line. Never throws: what cannot be read is told in `errors`. What
 * has not changed since the `previous` version is taken over from its tree, which must not be used any more afterwards.
 */
export function parseNft(text: string, previous?: NftTree): NftTree {
  const { c, reading } = cursorAt(text, earlierOf(previous, text));
  const items: FileItem[] = [];
  for (;;) {
    while (c.kind === Kind.Newline || c.kind === Kind.Semicolon) c.take("punctuation");
    if (c.kind === Kind.End) break;
    if (c.kind === Kind.CloseBrace) strayBrace(c);
    else items.push(fileItem(c));
  }
  if (c.lexed.endsInComment) openComment(c);
  const root: File = { kind: "file", start: 0, end: text.length, items };
  return new ParsedText(text, root, c.errors, reading);
}

/** Its tokens are put together when somebody asks for them: a check never does. */
export class ParsedText implements NftTree {
  readonly errors: readonly Finding[];
  private collected: readonly Token[] | undefined;

  constructor(
    readonly text: string,
    readonly root: File,
    errors: readonly Finding[],
    /** For the next version of the text. */
    readonly reading: Reading,
  ) {
    this.errors = [...errors].sort((a, b) => a.span.start - b.span.start);
  }

  get tokens(): readonly Token[] {
    this.collected ??= this.reading.notes.collect();
    return this.collected;
  }
}

/** What was kept of an earlier version of `text` when that was read. */
export function earlierOf(previous: NftTree | undefined, text: string): Earlier | undefined {
  if (!(previous instanceof ParsedText)) return undefined;
  return { ...changeBetween(previous.text, text), reading: previous.reading };
}

function fileItem(c: Cursor): FileItem {
  return c.item("file", () => readItem(c));
}

function readItem(c: Cursor): FileItem {
  const { index, start } = c;
  const told = c.errors.length;
  const item = c.attempt(() => commonItem(c) ?? command(c));
  if (item === undefined) skipStatement(c, index);
  else if (!c.atSeparator) trailing(c, told);
  else if (c.kind === Kind.End && isCommon(item)) missingLineBreak(c);
  return item ?? { kind: "unknownCommand", start, end: Math.max(start, c.last) };
}

/** A `}` that closes nothing. Others after it are most likely due to the same mistake. */
export function strayBrace(c: Cursor): void {
  const before = c.errors.at(-1)?.code;
  if (before !== "strayBrace" && before !== "outsideTable") {
    c.report("strayBrace", c, "This `}` closes nothing: there is one too many, or a `{` is missing above.");
  }
  c.take("unknown");
}

function isCommon(item: FileItem): boolean {
  return item.kind === "definition" || item.kind === "include";
}

/** Only commands may end the file without a line break. */
function missingLineBreak(c: Cursor): void {
  if (!c.lexed.endsInComment) reportLineBreak(c, c, c.last);
}

/** nft stumbles over a comment that the end of the file cuts off. */
export function openComment(c: Cursor): void {
  const [start = 0, end = 0] = c.lexed.comments.slice(-2);
  reportLineBreak(c, { start, end }, end);
}

function reportLineBreak(c: Cursor, span: Span, at: number): void {
  const fix = insertion("End the file with a line break", at, "\n");
  c.report("missingLineBreak", span, "nft needs a line break here, at the end of the file.", [fix]);
}

/** What follows a command on its line: an error, unless one has been told of the command itself. */
function trailing(c: Cursor, told: number): void {
  if (c.atLineStart) return;
  if (c.errors.length === told) c.attempt(() => c.fail("a line break or `;` after the command"));
  skipStatement(c, c.index);
}
