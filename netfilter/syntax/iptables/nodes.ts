import type { Entry } from "../../facts/catalogue.js";
import type { LineCommand } from "../../facts/iptables/base.js";
import type { Extension, IpFamily, IptablesTable, Option } from "../../facts/iptables/extension.js";
import type { Span } from "../../text/span.js";
import type { Role, SyntaxNode, Token, Tree } from "../tree.js";
import type { ChainDeclaration } from "./chainDeclaration.js";
import type { RuleLine } from "./ruleLine.js";

export type { ChainDeclaration } from "./chainDeclaration.js";
export type { RuleLine } from "./ruleLine.js";

/** What `parseIptables` gives; `family` is the one that addresses and extensions were read for. */
export interface IptablesTree extends Tree<File> {
  readonly family: IpFamily;
}

/** One argument as iptables-restore cuts it: `text` is without its quotes and escapes. */
export class Word implements SyntaxNode, Token {
  role: Role = "unknown";
  entry?: Entry;

  constructor(
    readonly start: number,
    readonly end: number,
    readonly text: string,
  ) {}

  get kind(): "word" {
    return "word";
  }
}

export interface File extends SyntaxNode {
  readonly kind: "file";
  /** Sections, and what stands between them. */
  readonly items: readonly (TableSection | Comment | Junk)[];
}

/** From `*filter` to `COMMIT`. */
export interface TableSection extends SyntaxNode {
  readonly kind: "table";
  readonly star: Word;
  /** Absent in a lone `*`. */
  readonly name?: Word;
  /** The table's name where it is one that exists. */
  readonly table?: IptablesTable;
  readonly lines: readonly Line[];
  readonly commit?: Word;
}

export type Line = ChainDeclaration | RuleLine | Comment | Junk;

/** `[packets:bytes]`; the numbers are absent where they are none. */
export interface Counters extends SyntaxNode {
  readonly kind: "counters";
  readonly packets?: bigint;
  readonly bytes?: bigint;
}

/** Those of a line's options that say what the whole line is. In an object of their own, no node holds them twice. */
export interface MainOptions {
  readonly command: OptionNode | undefined;
  /** The `-p PROTOCOL`. */
  readonly protocol: OptionNode | undefined;
  /** The `-j TARGET` or `-g CHAIN`. */
  readonly jump: OptionNode | undefined;
}

/** A match or target that a rule brings in. No node: the options that belong to it may stand apart. */
export interface Loaded {
  readonly extension: Extension;
  /** The `-m NAME` or `-j NAME`; absent when `-p` brought it in. */
  readonly by: OptionNode | undefined;
  readonly options: readonly OptionNode[];
}

/**
 * An option with its values and the `!` before it: `! --dport 22`, `-A INPUT`, `-m tcp`. A large file has hundreds of thousands
 * of them, so they keep nothing that their words say as well.
 */
export class OptionNode implements SyntaxNode {
  constructor(
    readonly negation: Word | undefined,
    readonly word: Word,
    /** Its entry where it is an option of the catalogue; neither this nor `command` is there for an unknown word. */
    readonly option: Option | undefined,
    readonly command: LineCommand | undefined,
    /** The first of its values. */
    readonly value: Word | undefined,
    /** The others, which hardly any option has. */
    readonly more: readonly Word[],
  ) {}

  get values(): readonly Word[] {
    if (!this.value) return none;
    return this.more.length === 0 ? [this.value] : [this.value, ...this.more];
  }

  get kind(): "option" {
    return "option";
  }

  get start(): number {
    return (this.negation ?? this.word).start;
  }

  get end(): number {
    const { more, value, word } = this;
    return more.length > 0 ? (more[more.length - 1] as Word).end : (value ?? word).end;
  }
}

const none: readonly never[] = [];

export interface Comment extends SyntaxNode {
  readonly kind: "comment";
}

/** A line that is nothing the tools understand there. */
export interface Junk extends SyntaxNode {
  readonly kind: "junk";
}

/** Says what a word is. */
export function mark(target: Word, role: Role, entry?: Entry): void {
  target.role = role;
  if (entry) target.entry = entry;
}

/** Moves a span, and is the only one that may. */
export function moveSpan(span: Span, by: number): void {
  const moved = span as { start: number; end: number };
  moved.start += by;
  moved.end += by;
}
