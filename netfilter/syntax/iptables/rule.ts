import { type LineCommand, policies } from "../../facts/iptables/base.js";
import type { Extension, IpFamily, IptablesTable, Option, Value } from "../../facts/iptables/extension.js";
import { findMatch, findTarget } from "../../facts/iptables/index.js";
import type { Finding } from "../../text/finding.js";
import type { Span } from "../../text/span.js";
import type { Token } from "../tree.js";
import {
  ambiguousOption,
  gluedValue,
  misplacedNegation,
  printable,
  stopsLoading,
  unexpectedWord,
  unknownMatch,
  unknownOption,
} from "./complaints.js";
import { readCounters } from "./counters.js";
import { WordCursor } from "./cursor.js";
import { type BaseWord, baseByLetter } from "./grammar.js";
import { type LoadedDraft, LoadedOptions, type Meaning, matchOfProtocol } from "./loaded.js";
import { error, suggestion, withFixes } from "./messages.js";
import { type Counters, type Loaded, type MainOptions, mark, OptionNode, Word } from "./nodes.js";
import { roleOfValue } from "./roles.js";
import { ruleError } from "./ruleErrors.js";
import type { Glance, RuleContent } from "./ruleLine.js";
import { hasPorts, problemOf, splitNatAddress } from "./values.js";
import { readArguments, type WordTexts } from "./words.js";

/** What a text's rules are read with. */
export interface RuleContext {
  readonly text: string;
  readonly family: IpFamily;
  readonly texts: WordTexts;
  /** Chains of the table with a target's name: from their `:` line on `-j` means the chain, and the target cannot be reached. */
  readonly hiding: ReadonlySet<string>;
}

/** Where a rule stands, and where what is wrong with it is told. */
export interface RulePlace {
  readonly table: IptablesTable | undefined;
  readonly errors: Finding[];
}

/** What was read of a line. */
export type Reading = RuleContent & Omit<Glance, "traits" | "lead">;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

type Draft = Omit<Mutable<Reading>, "main" | "options" | "matches" | "tokens"> & {
  readonly main: Mutable<MainOptions>;
  options: OptionNode[];
  matches: Loaded[];
  tokens: Token[];
};

/** A list of one is made to measure: a file has a hundred thousand of them, and they would grow to sixteen places each. */
function append<T>(list: readonly T[], item: T): readonly T[] {
  if (list.length === 0) return [item];
  (list as T[]).push(item);
  return list;
}

const none: readonly never[] = [];

/** Reads the arguments of a line as the tools' getopt loop does. Only the first error of a line is told. */
export class RuleReader {
  private readonly cursor = new WordCursor();
  /** Of the rule that is read: they grow here, and it gets lists made to measure. */
  private readonly words: Word[] = [];
  private readonly tokens: Token[] = [];
  private readonly options: OptionNode[] = [];
  private readonly matches: Loaded[] = [];
  private rule: Draft = emptyRule(this.options, this.matches, this.tokens);
  private place: RulePlace = { table: undefined, errors: [] };
  private negation: Word | undefined;
  /** The values of the option that is being read: the first, and those behind it. */
  private value: Word | undefined;
  private more: readonly Word[] = none;
  /** Whether the match of `-p` was brought in, or could not be. */
  private protocolTried = false;
  private readonly known = new LoadedOptions();

  constructor(private readonly context: RuleContext) {}

  /** Reads the line from `start` to `end`; undefined where no word is in it. */
  read(start: number, end: number, place: RulePlace): Reading | undefined {
    const { words, tokens, options, matches, cursor } = this;
    const { text, texts } = this.context;
    tokens.length = options.length = matches.length = 0;
    const rule = emptyRule(options, matches, tokens);
    this.rule = rule;
    this.place = place;
    rule.counters = text.charCodeAt(start) === openBracket ? this.readCounters(start, end) : undefined;
    readArguments(text, rule.counters?.end ?? start, end, texts, words);
    const first = rule.counters ?? words[0];
    if (!first) return undefined;
    rule.start = first.start;
    rule.end = (words.at(-1) ?? first).end;
    this.negation = undefined;
    this.protocolTried = false;
    this.known.clear();
    cursor.start(text, words, tokens);
    for (let word = cursor.next(); word; word = cursor.next()) this.readWord(word);
    this.finish();
    this.trim();
    return rule;
  }

  /** `[packets:bytes]` in front of a rule. */
  private readCounters(start: number, end: number): Counters {
    const { text } = this.context;
    const close = text.indexOf("]", start);
    const inside = close === -1 || close > end ? undefined : text.slice(start + 1, close);
    const stop = inside === undefined ? endOfField(text, start, end) : close + 1;
    const found = new Word(start, stop, text.slice(start, stop));
    this.tokens.push(found);
    if (inside === undefined || !hasColon(text, start + 2, end)) {
      const message = "The counters of a rule are written `[packets:bytes]`, as in `[12:3456]`.";
      this.place.errors.push(error("badValue", found, message));
    }
    return readCounters(found);
  }

  private trim(): void {
    const { rule } = this;
    rule.options = this.options.slice();
    rule.matches = this.matches.length > 0 ? this.matches.slice() : (none as never[]);
    rule.tokens = this.tokens.slice();
  }

  private finish(): void {
    const { rule, negation } = this;
    if (rule.skipped || rule.broken) return;
    if (negation) this.report("missingOption", negation, "Nothing stands after `!` that it could negate.");
    else {
      const finding = ruleError(rule, { family: this.context.family, table: this.place.table });
      if (finding) this.tell(finding);
    }
  }

  private readWord(word: Word): void {
    const { text } = word;
    if (this.rule.skipped || text.charCodeAt(0) !== dash || text.length === 1) this.readPlain(word);
    else if (text.charCodeAt(1) !== dash) this.readShort(word);
    else if (text.length === 2) this.readRest(word);
    else this.readLong(word);
  }

  /** A word that is no option: `!`, or something that should not be there. */
  private readPlain(word: Word): void {
    this.cursor.emit(word);
    if (this.rule.skipped) this.rule.rest = append(this.rule.rest, word);
    else if (word.text !== "!") this.unexpected(word);
    else if (this.negation) this.report("unexpectedText", word, "A second `!` in a row is refused: leave one out.");
    else {
      mark(word, "operator");
      this.negation = word;
      return;
    }
    if (this.negation) this.rule.rest = append(this.rule.rest, this.negation);
    this.negation = undefined;
  }

  /** After `--` nothing is an option any more, and nothing else may stand in a rule. */
  private readRest(dashes: Word): void {
    this.cursor.emit(dashes);
    this.rule.rest = append(this.rule.rest, dashes);
    for (let word = this.cursor.take(); word; word = this.cursor.take()) this.unexpected(word);
  }

  private unexpected(word: Word): void {
    this.rule.rest = append(this.rule.rest, word);
    if (!this.rule.broken)
      this.tell(unexpectedWord(word, this.rule.options.length === 0, this.cursor.peek(), this.known));
  }

  /** `-A`, `-jACCEPT`, `-fv`: letters of base options, the last of which may have its value glued to it. */
  private readShort(whole: Word): void {
    const base = baseByLetter.get(whole.text);
    if (base) this.readBase(base, whole, undefined);
    else if (this.cursor.beginsBare(whole)) this.readCluster(whole);
    else this.unknown(whole, whole.text);
  }

  private readCluster(whole: Word): void {
    for (let index = 1; index < whole.text.length; index++) {
      const start = index === 1 ? whole.start : whole.start + index;
      const letter = `-${whole.text[index]}`;
      const base = baseByLetter.get(letter);
      if (!base) {
        this.unknown(new Word(start, whole.end, whole.text.slice(index === 1 ? 0 : index)), letter);
        return;
      }
      const end = whole.start + index + 1;
      const takesRest = base.argument !== "none" && end < whole.end;
      const value = takesRest ? new Word(end, whole.end, whole.text.slice(index + 1)) : undefined;
      this.readBase(base, new Word(start, end, letter), value);
      if (takesRest || end === whole.end || stopsReading(base)) return;
      if (this.rule.skipped) {
        this.readPlain(new Word(end, whole.end, whole.text.slice(index + 1)));
        return;
      }
    }
  }

  /** `--dport`, `--dport=22`, `--dpo`. */
  private readLong(whole: Word): void {
    let meaning = this.known.named(whole.text);
    let name = whole;
    let value: Word | undefined;
    if (!meaning) {
      const equals = whole.text.indexOf("=");
      if (equals !== -1) [name, value] = this.cursor.splitAt(whole, equals);
      meaning = this.meaningOf(name.text);
    }
    if (!meaning || meaning === "ambiguous") this.unknown(name, name.text, value, meaning);
    else if ("base" in meaning) this.readBase(meaning.base, name, value);
    else this.readOption(meaning.option, meaning.loaded, name, value);
  }

  private meaningOf(name: string): Meaning {
    const found = this.known.named(name) ?? this.known.abbreviated(name);
    if ((found && found !== "ambiguous") || !this.loadProtocol()) return found;
    return this.known.named(name) ?? this.known.abbreviated(name);
  }

  /** `-p tcp` brings in the match `tcp` once an option is met that nothing else knows. */
  private loadProtocol(): boolean {
    const protocol = this.rule.main.protocol?.value?.text.toLowerCase();
    if (protocol === undefined || this.protocolTried) return false;
    this.protocolTried = true;
    const extension = matchOfProtocol(protocol, this.context.family);
    if (!extension || this.known.has(extension)) return false;
    this.load(extension, undefined);
    return true;
  }

  private load(extension: Extension, by: OptionNode | undefined): void {
    const loaded: LoadedDraft = { extension, by, options: none };
    this.known.add(loaded);
    if (extension.kind === "match") this.matches.push(loaded);
    else this.rule.target = loaded;
  }

  private unknown(name: Word, text: string, value?: Word, meaning?: "ambiguous"): void {
    const fits = this.ownersThatFit();
    this.cursor.emit(name);
    if (value) this.cursor.emitGlued(value);
    this.value = value;
    this.push(name, undefined, undefined);
    if (this.rule.broken) return;
    const lead = this.rule.target ? undefined : this.rule.main.jump?.value;
    this.tell(meaning ? ambiguousOption(name, text, this.known) : unknownOption(name, text, this.known, fits, lead));
  }

  /** Nothing goes between `!` and its option, and a rule has one target and one protocol. */
  private ownersThatFit(): (owner: string) => boolean {
    const { negation, rule } = this;
    return (owner) => !negation && !owner.startsWith("-j") && !(owner.startsWith("-p") && rule.main.protocol);
  }

  /** An option of a match or target. */
  private readOption(option: Option, loaded: LoadedDraft, name: Word, glued: Word | undefined): void {
    mark(name, loaded.extension.kind === "match" ? "match" : "statement", option);
    this.cursor.emit(name);
    if (this.negation && !option.negatable) this.refuseNegation(name.text);
    if (!option.repeatable && holds(loaded.options, option)) {
      const message = `\`${option.word}\` may stand only once for \`${loaded.extension.word}\`: leave one out.`;
      this.report("conflictingOptions", name, message);
    }
    this.readValues(this.wantedValues(option, glued), name, glued);
    loaded.options = append(loaded.options, this.push(name, option, undefined));
  }

  private refuseNegation(name: string): void {
    this.report("unexpectedText", this.negation as Word, `\`${name}\` cannot be negated: leave the \`!\` out.`);
  }

  /** Takes the values that an option wants, the first of which may have been glued to it. */
  private readValues(wanted: readonly Value[], name: Word, glued: Word | undefined): void {
    if (wanted.length === 0 && glued) {
      this.cursor.emitGlued(glued);
      this.report("unexpectedText", glued, `\`${name.text}\` takes no value.`);
      this.value = glued;
    }
    for (let index = 0; index < wanted.length; index++) {
      const value = wanted[index] as Value;
      const taken = index === 0 && glued ? glued : this.takeValue(value, index, name);
      if (!taken) return;
      if (taken === glued) this.cursor.emitGlued(taken);
      this.checkValue(value, taken, name);
      if (index === 0) this.value = taken;
      else this.more = append(this.more, taken);
    }
  }

  /** The next word as a value, unless an option that the rule knows stands there in its place. */
  private takeValue(value: Value, index: number, name: Word): Word | undefined {
    const next = this.cursor.peek();
    if (next && !(index > 0 && looksLikeOption(next)) && !this.isOptionInstead(value, name, next)) {
      return this.cursor.take();
    }
    this.report("missingValue", name, `\`${name.text}\` needs ${index > 0 ? "another value" : "a value"} after it.`);
    return undefined;
  }

  private isOptionInstead({ type }: Value, name: Word, { text }: Word): boolean {
    if (text.charCodeAt(0) !== dash) return false;
    if (takesAnything.has(type) && name.text !== "-m" && name.text !== "--match") return false;
    return baseByLetter.has(text) || this.known.named(text) !== undefined;
  }

  private checkValue(value: Value, taken: Word, name: Word): void {
    taken.role = roleOfValue(value, taken.text);
    if (this.rule.broken) return;
    if (taken.text === "!") this.checkNegation(value, taken, name);
    else if (!isRuleAddress(value)) this.complain(value, taken, name);
    if (value.type === "natAddress" || value.type === "natPorts") this.needProtocol(value, taken);
  }

  /** A `!` in the place of a value is one where any text may stand and nothing but options follow. */
  private checkNegation(value: Value, taken: Word, name: Word): void {
    const next = this.cursor.peek();
    const followed = next !== undefined && !looksLikeOption(next);
    if (followed || problemOf(value, taken.text, this.context.family)) this.tell(misplacedNegation(taken, name, next));
  }

  private complain(value: Value, taken: Word, name: Word): void {
    const problem = problemOf(value, taken.text, this.context.family);
    if (!problem) return;
    const { hint, fixes } = suggestion(taken, problem.instead);
    const message = `\`${printable(taken.text)}\` after \`${name.text}\` ${problem.message}.${hint}`;
    this.report("badValue", taken, message, fixes);
  }

  private needProtocol({ type }: Value, taken: Word): void {
    const protocol = this.rule.main.protocol?.value?.text ?? "";
    const named = type === "natPorts" || splitNatAddress(taken.text).ports !== undefined;
    if (!named || hasPorts(protocol)) return;
    const advice = "put `-p tcp` or `-p udp` before the target";
    this.report("missingOption", taken, `Ports can be translated only for a protocol that has them: ${advice}.`);
  }

  /** A base option or the command. */
  private readBase(base: BaseWord, name: Word, glued: Word | undefined): void {
    if (base.command) this.readCommand(base.command, name, glued);
    else this.readBaseOption(base.option, name, glued);
  }

  private readBaseOption(option: NonNullable<BaseWord["option"]>, name: Word, glued: Word | undefined): void {
    mark(name, option.letter === "j" || option.letter === "g" ? "statement" : "match", option);
    this.cursor.emit(name);
    if (this.negation && !option.negatable) this.refuseNegation(name.text);
    if (option.refused) {
      this.report("unexpectedText", name, `\`${name.text}\` cannot stand in a restore file: ${option.refused}.`);
    }
    if (option.family && option.family !== this.context.family) {
      const family = option.family === "ipv4" ? "IPv4" : "IPv6";
      this.report("unexpectedText", name, `\`${name.text}\` exists only for ${family}.`);
    }
    if (this.standsAlready(option)) {
      this.report("conflictingOptions", name, `\`${name.text}\` may stand only once in a rule: leave one out.`);
    }
    this.readValues(this.wantedValues(option, glued), name, glued);
    this.apply(option.letter, this.push(name, option, undefined));
    if (glued) this.warnOfGlued(option, name, glued);
    if (option.letter === "h" || option.letter === "V") this.tell(stopsLoading(name));
  }

  /** Releases before 1.8.10 take the whole word for the value of `-p` and `-j`. */
  private warnOfGlued(option: Option, name: Word, glued: Word): void {
    if (!this.rule.broken && (option.letter === "p" || option.letter === "j")) {
      this.place.errors.push(gluedValue(name, glued));
    }
  }

  /** `-j` and `-g` count as one. */
  private standsAlready(option: Option): boolean {
    if (option.letter === "j" || option.letter === "g") return this.rule.main.jump !== undefined;
    return !option.repeatable && holds(this.rule.options, option);
  }

  /** The values to read: an optional one only where no option follows, and `-c 1,2` holds in one word what `-c 1 2` does in two. */
  private wantedValues(option: Option, glued: Word | undefined): readonly Value[] {
    const first = glued ?? this.cursor.peek();
    if (option.optionalValue && (!first || (!glued && looksLikeOption(first)))) return [];
    if (option.letter !== "c") return option.values;
    return first?.text.includes(",") ? option.values.slice(0, 1) : option.values;
  }

  private apply(letter: string | undefined, node: OptionNode): void {
    const { value } = node;
    if (letter === "4" || letter === "6") this.rule.skipped = letter !== (this.context.family === "ipv4" ? "4" : "6");
    else if (letter === "p") this.rule.main.protocol ??= node;
    else if (letter === "m" && value) this.loadMatch(node, value);
    else if (letter === "j" || letter === "g") {
      this.rule.main.jump ??= node;
      if (value) this.loadTarget(node, value);
    }
  }

  private loadMatch(node: OptionNode, name: Word): void {
    const extension = findMatch(name.text, this.context.family);
    mark(name, "match", extension);
    if (extension) this.load(extension, node);
    else if (!this.rule.broken) this.tell(unknownMatch(name, this.context.family));
  }

  /** A name that is no target is a chain's, which only the whole table tells. */
  private loadTarget(node: OptionNode, name: Word): void {
    const { family, hiding } = this.context;
    const isTarget = node.option?.letter === "j" && !hiding.has(name.text);
    const extension = isTarget ? findTarget(name.text, family) : undefined;
    if (!extension) mark(name, "chainName");
    else {
      mark(name, verdicts.has(extension.word) ? "verdict" : "statement", extension);
      this.load(extension, node);
    }
  }

  private readCommand(command: LineCommand, name: Word, glued: Word | undefined): void {
    mark(name, "keyword", command);
    this.cursor.emit(name);
    if (this.negation) this.refuseNegation(name.text);
    const before = this.rule.main.command;
    if (before) {
      const message = `A line holds one command, and \`${before.word.text}\` already stands in it.`;
      this.report("conflictingOptions", name, message);
    }
    this.readCommandValues(command, name, glued);
    const node = this.push(name, undefined, command);
    this.rule.main.command ??= node;
    if (command.rest === "rule" && !before) this.rule.chain = node.value?.text ?? "";
  }

  /** The chain, and the number, policy or new name that follows it. */
  private readCommandValues(command: LineCommand, name: Word, glued: Word | undefined): void {
    const must = command.chain === "must";
    const chain = glued ?? this.nextArgument(must);
    if (!chain) {
      if (must) this.report("missingValue", name, `\`${name.text}\` needs the name of a chain after it.`);
      return;
    }
    if (chain === glued) this.cursor.emitGlued(chain);
    mark(chain, "chainName");
    const more = this.moreOfCommand(command, name);
    this.value = chain;
    if (more) this.more = [more];
  }

  private moreOfCommand(command: LineCommand, name: Word): Word | undefined {
    const wanted = command.number ? "a rule's number" : wantedAfterChain[command.rest];
    if (!wanted) return undefined;
    const more = this.nextArgument(false);
    if (!more) {
      const optional = command.number === "may";
      if (!optional) this.report("missingValue", name, `\`${name.text}\` needs ${wanted} after the chain's name.`);
      return undefined;
    }
    if (command.number) this.checkRuleNumber(more);
    else if (command.rest === "policy")
      mark(
        more,
        "constant",
        policies.find(({ word }) => word === more.text),
      );
    else mark(more, "chainName");
    return more;
  }

  private checkRuleNumber(number: Word): void {
    mark(number, "number");
    if (!problemOf({ type: "integer", min: 1, max: 0x7fff_ffff }, number.text, this.context.family)) return;
    this.report("badValue", number, `\`${printable(number.text)}\` is not a rule's number: rules are counted from 1.`);
  }

  /** The next word; unless `any`, only if it looks like no option. */
  private nextArgument(any: boolean): Word | undefined {
    const next = this.cursor.peek();
    return next && (any || !looksLikeOption(next)) ? this.cursor.take() : undefined;
  }

  /** The option that has been read, with its values. */
  private push(word: Word, option: Option | undefined, command: LineCommand | undefined): OptionNode {
    const node = new OptionNode(this.negation, word, option, command, this.value, this.more);
    this.negation = undefined;
    this.value = undefined;
    this.more = none;
    this.rule.options.push(node);
    return node;
  }

  private report(code: string, place: Span, message: string, fixes?: Finding["fixes"]): void {
    if (!this.rule.broken) this.tell(error(code, place, message, withFixes(fixes)));
  }

  private tell(finding: Finding): void {
    if (!this.rule.broken) this.place.errors.push(finding);
    this.rule.broken = true;
  }
}

function emptyRule(options: OptionNode[], matches: Loaded[], tokens: Token[]): Draft {
  return {
    start: 0,
    end: 0,
    counters: undefined,
    options,
    rest: none,
    main: { command: undefined, protocol: undefined, jump: undefined },
    chain: "",
    matches,
    target: undefined,
    skipped: false,
    broken: false,
    tokens,
  };
}

/** `-h` and `-V` end the tool before it has looked at the letters behind them. */
function stopsReading({ option }: BaseWord): boolean {
  return option?.letter === "h" || option?.letter === "V";
}

/** The tools look for the colon of the counters in the whole line, from the second character after the bracket on. */
function hasColon(text: string, start: number, end: number): boolean {
  const colon = text.indexOf(":", start);
  return colon !== -1 && colon < end;
}

function endOfField(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) > 32) at++;
  return at;
}

function holds(nodes: readonly OptionNode[], option: Option): boolean {
  for (const node of nodes) if (node.option === option) return true;
  return false;
}

/** The addresses of `-s` and `-d` are looked at last: a `-4` or `-6` further on may save the line. */
function isRuleAddress(value: Value): boolean {
  return value.type === "address" && value.prefix === true && value.list === true;
}

const dash = 45;
const openBracket = 91;

/** Where the tools see no value: a dash or `!` begins it. */
function looksLikeOption({ text }: Word): boolean {
  return text.charCodeAt(0) === dash || text.charCodeAt(0) === exclamation;
}

const exclamation = 33;

/** What some commands want behind the chain. */
const wantedAfterChain: Readonly<Partial<Record<LineCommand["rest"], string>>> = {
  policy: "a policy",
  chain: "the new name",
};

/** Kinds of value that may begin with a dash. */
const takesAnything: ReadonlySet<Value["type"]> = new Set(["text", "pattern", "interface", "ipset"]);

const verdicts = new Set(["ACCEPT", "DROP", "RETURN", "QUEUE", "REJECT"]);
