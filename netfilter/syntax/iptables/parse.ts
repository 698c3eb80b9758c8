import type { IpFamily } from "../../facts/iptables/extension.js";
import { commit, findBuiltinChain, findTable, findTarget, policies, tables } from "../../facts/iptables/index.js";
import type { Finding } from "../../text/finding.js";
import { nearest } from "../../text/nearest.js";
import type { Span } from "../../text/span.js";
import type { Token } from "../tree.js";
import { ChainDeclaration } from "./chainDeclaration.js";
import { error, suggestion, warning, withFixes } from "./messages.js";
import {
  type Comment,
  type Counters,
  type File,
  type IptablesTree,
  type Junk,
  type Line,
  mark,
  type RuleLine,
  type TableSection,
  Word,
} from "./nodes.js";
import { KeptLines, type ReadTree } from "./reuse.js";
import type { RulePlace } from "./rule.js";
import { chainTooLong, isTooLong } from "./ruleErrors.js";
import { RuleLines } from "./ruleLines.js";
import { FileTokens } from "./tokens.js";
import { splitFields } from "./words.js";

export { guessFamily } from "./family.js";

export interface ParseOptions {
  /** The family that `-s` and the like are read for; IPv4 where absent. */
  readonly family?: IpFamily;
  /**
   * The tree of an earlier version of the text, whose unchanged lines are taken over instead of being read again. It must not
   * be used any more afterwards, nor what was made from it.
   */
  readonly previous?: IptablesTree | undefined;
}

/** Reads an iptables-save file. */
export function parseIptables(text: string, { family = "ipv4", previous }: ParseOptions = {}): IptablesTree {
  const kept =
    previous instanceof ParsedFile && canBeTakenOver(previous, family) ? new KeptLines(previous, text) : undefined;
  return new FileReader(text, family, kept).read();
}

/** So many characters of earlier versions may be held on to: a line that is taken over holds the text it was read from. */
const heldMost = 1 << 28;

/** Of carriage returns only the first is told, so that a line with one may be without fault only for the one before it. */
function canBeTakenOver({ family: before, text, version, hides }: ParsedFile, family: IpFamily): boolean {
  return before === family && !hides && version * text.length < heldMost && !text.includes("\r");
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class FileReader {
  private readonly tokens = new FileTokens();
  private readonly errors: Finding[] = [];
  private readonly items: (TableSection | Comment | Junk)[] = [];
  private section: (Mutable<TableSection> & { readonly lines: Line[] }) | undefined;
  /** A file with Windows line ends has one mistake, not one a line. */
  private carriageReturnTold = false;
  /** A chain hides a target, so that a line is not what it was without that. */
  private hides = false;

  private rules: RuleLines;
  private readonly place: Mutable<RulePlace> = { table: undefined, errors: this.errors };

  constructor(
    private readonly text: string,
    private readonly family: IpFamily,
    private readonly kept: KeptLines | undefined,
  ) {
    this.rules = kept?.rules ?? new RuleLines(text, family);
  }

  read(): IptablesTree {
    const { text } = this;
    let start = text.charCodeAt(0) === byteOrderMark ? 1 : 0;
    if (start > 0) this.byteOrderMark();
    while (start < text.length) {
      const next = text.indexOf("\n", start);
      const end = next === -1 ? text.length : next;
      if (end > start) this.readLine(start, end);
      start = end + 1;
    }
    this.endOfFile();
    this.errors.sort((a, b) => a.span.start - b.span.start);
    const root: File = { kind: "file", start: 0, end: text.length, items: this.items };
    const version = this.kept ? this.kept.version + 1 : 1;
    return new ParsedFile(text, root, this.errors, this.family, this.tokens, this.rules, version, this.hides);
  }

  private readLine(start: number, end: number): void {
    const first = this.text.charCodeAt(start);
    if (first === hash) this.comment(start, end);
    else if (first === star) this.table(start, end);
    else if (!this.section) this.outside(start, end);
    else if (this.takeOver(start, end, this.section)) return;
    else if (this.isCommit(start, end)) this.commit(start, end);
    else if (first === colon) this.chain(start, end);
    else this.rule(start, end);
  }

  /** The line as an earlier version had it. */
  private takeOver(start: number, end: number, { name }: TableSection): boolean {
    const line = this.hides ? undefined : this.kept?.take(start, end, name?.text);
    if (line) this.add(line);
    return line !== undefined;
  }

  private comment(start: number, end: number): void {
    this.add({ kind: "comment", start, end });
  }

  private add(line: Line): void {
    if (this.section) {
      this.section.lines.push(line);
      this.section.end = line.end;
    } else this.items.push(line as Comment | Junk);
  }

  private table(start: number, lineEnd: number): void {
    if (this.section) this.missingCommit(start);
    const end = this.dropReturn(start, lineEnd);
    const sign = new Word(start, start + 1, "*");
    mark(sign, "keyword");
    const [name, ...rest] = splitFields(this.text, start + 1, end);
    const facts = name && findTable(name.text);
    if (name) mark(name, "tableName", facts);
    this.section = {
      kind: "table",
      start,
      end,
      star: sign,
      lines: [],
      ...(name && { name }),
      ...(facts && { table: facts.word }),
    };
    this.tokens.keep(this.section, [sign, ...(name ? [name] : []), ...rest]);
    this.items.push(this.section);
    this.place.table = facts?.word;
    if (this.rules.hiding.size > 0) this.rules = new RuleLines(this.text, this.family);
    if (!facts) this.unknownTable(name ?? sign);
  }

  private unknownTable(name: Word): void {
    const names = tables.map(({ word }) => word);
    const { hint, fixes } = suggestion(name, name.text === "*" ? undefined : nearest(name.text, names));
    const what = name.text === "*" ? "The name of a table must follow `*`" : `There is no table \`${name.text}\``;
    this.error("unknownTable", name, `${what}: it is one of ${names.join(", ")}.${hint}`, fixes);
  }

  private missingCommit(start: number): void {
    const section = this.section as TableSection;
    const lineEnd = this.text.indexOf("\n", start);
    const span = { start, end: lineEnd === -1 ? this.text.length : lineEnd };
    this.errors.push(
      error("missingCommit", span, `${missingCommitText(section)} A new table cannot begin before that.`, {
        related: [{ span: headerOf(section), message: "The table begins here." }],
        fixes: [
          { title: "Insert `COMMIT`", edits: [{ span: { start, end: start }, text: "COMMIT\n" }], preferred: true },
        ],
      }),
    );
  }

  private outside(start: number, end: number): void {
    const words = splitFields(this.text, start, end);
    const [first] = words;
    if (first?.text.startsWith("*")) {
      this.strayBlanks(
        { start, end: first.start },
        "A table's line must start with its `*`, without blanks before it.",
      );
      this.table(first.start, end);
      return;
    }
    const junk: Junk = { kind: "junk", start, end };
    this.tokens.keep(junk, words);
    this.add(junk);
    if (this.blankLine(start, end) || !first) return;
    const span = { start: first.start, end: (words.at(-1) as Word).end };
    this.error("unexpectedText", span, onlyComments);
  }

  private byteOrderMark(): void {
    const span = { start: 0, end: 1 };
    const message =
      "The file starts with a byte order mark, which the tools take for text: save it as UTF-8 without one.";
    const fix = { title: "Remove the byte order mark", edits: [{ span, text: "" }], preferred: true };
    this.error("unexpectedText", span, message, [fix]);
  }

  private strayBlanks(span: Span, message: string): void {
    const fix = { title: "Remove the blanks", edits: [{ span, text: "" }], preferred: true };
    this.error("unexpectedText", span, message, [fix]);
  }

  /** The tools take a line of white space for a rule without a command. */
  private blankLine(start: number, end: number): boolean {
    if (this.text.slice(start, end).trim() !== "") return false;
    if (this.text.slice(start, end) === "\r") {
      this.carriageReturn(end - 1);
      return true;
    }
    this.strayBlanks({ start, end }, "A line of nothing but blanks is refused: empty it.");
    return true;
  }

  private isCommit(start: number, end: number): boolean {
    if (this.text.charCodeAt(start) !== capitalC && this.text.charCodeAt(start) > 32) return false;
    return /^\s*COMMIT\s*$/.test(this.text.slice(start, end));
  }

  private commit(start: number, lineEnd: number): void {
    const section = this.section as NonNullable<typeof this.section>;
    const end = this.dropReturn(start, lineEnd);
    const from = this.text.indexOf("C", start);
    const found = new Word(from, from + 6, "COMMIT");
    mark(found, "keyword", commit);
    section.commit = found;
    section.end = found.end;
    this.section = undefined;
    const around = from > start ? { start, end: from } : { start: found.end, end };
    if (around.start < around.end) {
      this.strayBlanks(around, "`COMMIT` must stand alone in its line, without blanks around it.");
    } else if (lineEnd === this.text.length) this.missingLineBreak(found);
  }

  private missingLineBreak(commit: Word): void {
    const { end } = commit;
    const message = "The file ends without a line break: the legacy build does not see this `COMMIT`.";
    const fix = { title: "Add a line break", edits: [{ span: { start: end, end }, text: "\n" }], preferred: true };
    this.errors.push(warning("missingFinalNewline", commit, message, { fixes: [fix] }));
  }

  private chain(start: number, lineEnd: number): void {
    const [name, policy, count, ...rest] = splitFields(this.text, start + 1, lineEnd);
    const end = policy && !count ? this.dropReturn(start, lineEnd) : lineEnd;
    const sign: Token = { start, end: start + 1, role: "punctuation" };
    const last = rest.at(-1) ?? count ?? policy ?? name;
    const own = policy && policy.end > end ? new Word(policy.start, end, policy.text.slice(0, -1)) : policy;
    const node = new ChainDeclaration(start, last?.end ?? end, name, own, count, rest);
    if (name) this.markChain(name, node.policy);
    if (name && findTarget(name.text, this.family)) {
      this.hides = true;
      this.rules = new RuleLines(this.text, this.family, new Set([...this.rules.hiding, name.text]));
    }
    this.add(node);
    this.checkDeclaration(node, sign);
  }

  private markChain(name: Word, policy: Word | undefined): void {
    mark(name, "chainName", findBuiltinChain(this.section?.name?.text ?? "", name.text));
    if (policy)
      mark(
        policy,
        "constant",
        policies.find(({ word }) => word === policy.text),
      );
  }

  private checkDeclaration(line: ChainDeclaration, sign: Token): void {
    const { name, policy } = line;
    if (!name)
      this.error(
        "badChainDeclaration",
        sign,
        "A chain's name and policy must follow `:`, as in `:INPUT DROP [0:0]` or `:MINE - [0:0]`.",
      );
    else if (isTooLong(name.text)) this.errors.push(chainTooLong(name));
    else if (name.text.startsWith("-") || name.text.startsWith("!"))
      this.error(
        "badChainDeclaration",
        name,
        "A chain's name cannot begin with `-` or `!`, as an option or a negation does.",
      );
    else if (!policy) this.missingPolicy(name);
    else if (name.entry) this.checkCounters(line.counters);
  }

  private checkCounters(counters: Counters | undefined): void {
    if (counters && counters.packets === undefined) {
      this.errors.push(
        warning(
          "badChainDeclaration",
          counters,
          "These are no counters, and the nft build of iptables-restore refuses them: write `[packets:bytes]`, as in `[0:0]`.",
        ),
      );
    }
  }

  private missingPolicy(name: Word): void {
    const policy = name.entry ? "ACCEPT" : "-";
    const why = name.entry ? "a built-in chain's is `ACCEPT` or `DROP`" : "a user chain's is `-`";
    this.error("badChainDeclaration", name, `After a chain's name stands its policy: ${why}.`, [
      {
        title: `Add \`${policy} [0:0]\``,
        edits: [{ span: { start: name.end, end: name.end }, text: ` ${policy} [0:0]` }],
        preferred: true,
      },
    ]);
  }

  private rule(start: number, end: number): void {
    if (this.text.charCodeAt(start) <= 32 && this.blankLine(start, end)) {
      this.add({ kind: "junk", start, end });
      return;
    }
    const stop = this.text.charCodeAt(end - 1) === carriageReturn ? end - 1 : end;
    const line = this.rules.read(start, stop, this.place);
    if (!line) return;
    this.add(line);
    if (stop < end && !this.carriageReturnTold && !line.broken && !endsWithText(line)) this.carriageReturn(stop);
  }

  private endOfFile(): void {
    const { section, text } = this;
    if (!section) return;
    const { start, end } = section.lines.at(-1) ?? section;
    const edit = {
      span: { start: text.length, end: text.length },
      text: text.endsWith("\n") ? "COMMIT\n" : "\nCOMMIT\n",
    };
    this.errors.push(
      error("missingCommit", { start, end }, missingCommitText(section), {
        related: [{ span: headerOf(section), message: "The table begins here." }],
        fixes: [{ title: "Add `COMMIT`", edits: [edit], preferred: true }],
      }),
    );
  }

  /** The end of a line whose last field must not end with a carriage return. */
  private dropReturn(start: number, end: number): number {
    if (end === start || this.text.charCodeAt(end - 1) !== carriageReturn) return end;
    this.carriageReturn(end - 1);
    return end - 1;
  }

  private carriageReturn(at: number): void {
    if (this.carriageReturnTold) return;
    this.carriageReturnTold = true;
    const edits = [...this.text.matchAll(/\r(?=\n)/g)].map(({ index }) => ({
      span: { start: index, end: index + 1 },
      text: "",
    }));
    this.error(
      "carriageReturn",
      { start: at, end: at + 1 },
      "The line ends with a carriage return, as Windows writes it, and the tools take that for a part of the last word: save the file with line feeds alone.",
      [{ title: "Remove all carriage returns", edits, preferred: true }],
    );
  }

  private error(code: string, span: Span, message: string, fixes?: Finding["fixes"]): void {
    this.errors.push(error(code, span, message, withFixes(fixes)));
  }
}

class ParsedFile implements ReadTree {
  private all: readonly Token[] | undefined;

  constructor(
    readonly text: string,
    readonly root: File,
    readonly errors: readonly Finding[],
    readonly family: IpFamily,
    private readonly lineTokens: FileTokens,
    readonly rules: RuleLines,
    readonly version: number,
    readonly hides: boolean,
  ) {}

  get tokens(): readonly Token[] {
    this.all ??= this.lineTokens.collect(this.root);
    return this.all;
  }
}

const hash = 35;
const star = 42;
const colon = 58;
const capitalC = 67;
const carriageReturn = 13;
const byteOrderMark = 0xfeff;

const onlyComments =
  "Outside of a table only comments may stand: a table begins with a line such as `*filter` and ends with `COMMIT`.";

/** Whether a carriage return at the line's end only becomes a part of some text. */
function endsWithText({ options, rest, skipped }: RuleLine): boolean {
  return skipped || (rest.length === 0 && options.at(-1)?.option?.values.at(-1)?.type === "text");
}

function missingCommitText({ name }: TableSection): string {
  return `The table${name ? ` \`${name.text}\`` : ""} is not ended by \`COMMIT\`, without which nothing of it is loaded.`;
}

function headerOf({ star, name }: TableSection): Span {
  return { start: star.start, end: (name ?? star).end };
}
