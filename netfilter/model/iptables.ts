import type { IpFamily } from "../facts/iptables/extension.js";
import { allMatches, allTargets, findBuiltinChain } from "../facts/iptables/index.js";
import type { ChainDeclaration, IptablesTree, Loaded, RuleLine, TableSection, Word } from "../syntax/iptables/nodes.js";
import { traits } from "../syntax/traits.js";
import type { Span } from "../text/span.js";
import { EarlierRules } from "./earlier.js";
import { jumpIn, ReferenceOfWord, RuleOfLine } from "./iptables/ruleOfLine.js";
import { ChainMemo } from "./memo.js";
import type { BaseChain, Chain, Reference, Rule, Ruleset, Table } from "./ruleset.js";

/**
 * What an iptables-save file says. Sections of one table are one table; a line that the tools pass over is left out. Of the
 * ruleset of an earlier version, the rules of lines that still stand are taken over, and it must not be used any more.
 */
export function iptablesRuleset(tree: IptablesTree, previous?: Ruleset): Ruleset {
  const earlier = new EarlierRules(previous instanceof IptablesRuleset ? previous.made : none);
  const builder = new RulesetBuilder(tree.family, earlier);
  for (const item of tree.root.items) if (item.kind === "table") builder.addSection(item);
  return new IptablesRuleset(builder);
}

class IptablesRuleset implements Ruleset {
  readonly language = "iptables";
  readonly tables: readonly TableDraft[];
  readonly variables = none;
  readonly incomplete = false;
  readonly jumps: readonly Reference[];
  /** All rules in the order of their lines, those among them that a later line took away. */
  readonly made: readonly RuleOfLine[];
  private named: readonly Reference[] | undefined;

  constructor(private readonly builder: RulesetBuilder) {
    this.tables = builder.tables;
    this.made = builder.made;
    this.jumps = builder.resolvedJumps();
  }

  /** Put together when somebody asks for them: a check never does. */
  get references(): readonly Reference[] {
    this.named ??= this.builder.allReferences();
    return this.named;
  }
}

const none: readonly never[] = [];

/** Extensions that have an option for an ipset. */
const withIpsets = new Set(
  [...allMatches, ...allTargets].filter(({ options }) => options.some(({ values }) => values[0]?.type === "ipset")),
);

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type ChainDraft = Omit<Mutable<Chain>, "rules" | "blocks" | "base"> & {
  readonly rules: RuleOfLine[];
  readonly blocks: Span[];
  base?: Mutable<BaseChain>;
};
type TableDraft = Omit<Mutable<Table>, "blocks" | "chains"> & {
  readonly blocks: Span[];
  readonly chains: ChainDraft[];
  readonly byName: Map<string, ChainDraft>;
};

class RulesetBuilder {
  readonly tables: TableDraft[] = [];
  readonly made: RuleOfLine[] = [];
  private readonly sections: (readonly [TableSection, TableDraft])[] = [];
  private readonly jumps: ReferenceOfWord[] = [];
  /** The table of each jump, at the same index. */
  private readonly tablesOfJumps: TableDraft[] = [];

  constructor(
    private readonly family: IpFamily,
    private readonly earlier: EarlierRules<RuleOfLine>,
  ) {}

  addSection(section: TableSection): void {
    const table = this.tableOf(section);
    this.sections.push([section, table]);
    for (const line of section.lines) {
      if (line.kind === "chain") this.declare(table, line);
      else if (line.kind === "rule" && !line.skipped) this.addLine(table, line);
    }
  }

  /** The jumps with the chains that are there in the end, in order of place. */
  resolvedJumps(): readonly Reference[] {
    for (let index = 0; index < this.jumps.length; index++)
      define(this.jumps[index] as ReferenceOfWord, this.tablesOfJumps[index] as TableDraft);
    return this.jumps;
  }

  /** Every reference with what it names, in order of place. */
  allReferences(): readonly Reference[] {
    const rules = new Map(this.made.map((rule) => [rule.node, rule]));
    const jumps = new Map(this.jumps.map((jump) => [jump.start, jump]));
    const all = this.sections.flatMap(([{ lines }, table]) =>
      lines.flatMap((line) => {
        if (line.kind !== "rule" || line.skipped) return [];
        const named = namesIn(line, jumps);
        for (const reference of named) complete(reference, table, rules.get(line));
        return named;
      }),
    );
    return all.sort((a, b) => a.start - b.start);
  }

  private tableOf(section: TableSection): TableDraft {
    const name = section.name?.text ?? "";
    const known = this.tables.find((table) => table.name === name);
    if (known) {
      known.blocks.push(spanOf(section));
      return known;
    }
    const table: TableDraft = {
      kind: "table",
      name,
      nameSpan: spanOf(section.name ?? section.star),
      span: spanOf(section),
      family: this.family === "ipv4" ? "ip" : "ip6",
      blocks: [spanOf(section)],
      dormant: false,
      chains: [],
      sets: [],
      objects: [],
      byName: new Map(),
    };
    this.tables.push(table);
    return table;
  }

  private declare(table: TableDraft, line: ChainDeclaration): void {
    if (!line.name) return;
    const span = spanOf(line);
    const known = table.byName.get(line.name.text);
    const chain = known ?? this.addChain(table, line.name.text, spanOf(line.name), [span]);
    if (known) declareAgain(known, line.name, span);
    if (line.policy) setPolicy(chain, line.policy);
  }

  private addChain(table: TableDraft, name: string, nameSpan: Span, blocks: Span[]): ChainDraft {
    const facts = findBuiltinChain(table.name, name);
    const chain: ChainDraft = {
      kind: "chain",
      name,
      nameSpan,
      span: blocks[0] ?? nameSpan,
      table,
      builtin: facts !== undefined,
      blocks,
      rules: [],
      memo: new ChainMemo(),
    };
    if (facts) {
      chain.base = { type: facts.chainType, hook: facts.hook, priority: facts.priority, policy: "accept", devices: [] };
    }
    table.chains.push(chain);
    table.byName.set(name, chain);
    return chain;
  }

  /** The chain that a line works on, where it is there; a built-in one always is. */
  private chainOf(table: TableDraft, name: Word): ChainDraft | undefined {
    const known = table.byName.get(name.text);
    if (known || !findBuiltinChain(table.name, name.text)) return known;
    const nowhere = { start: name.start, end: name.start };
    return this.addChain(table, name.text, nowhere, []);
  }

  private addLine(table: TableDraft, line: RuleLine): void {
    if (has(line, traits.appends)) this.append(table, line);
    else this.runCommand(table, line);
  }

  private append(table: TableDraft, line: RuleLine): void {
    const chain = table.byName.get(line.chain) ?? this.chainOf(table, line.main.command?.value as Word);
    const rule = this.ruleOf(table, line, chain);
    if (rule && chain) chain.rules.push(rule);
  }

  private runCommand(table: TableDraft, line: RuleLine): void {
    const { value: name, more: [more] = none, command } = line.main.command ?? {};
    const letter = command?.letter;
    if (letter === "N" && name) this.newChain(table, line, name);
    else if (letter === "F" && !name) for (const chain of table.chains) chain.rules.length = 0;
    else if (letter === "X" && !name) for (const chain of [...table.chains]) removeChain(table, chain);
    else if (name) this.changeChain(table, line, name, more);
  }

  private newChain(table: TableDraft, line: RuleLine, name: Word): void {
    if (table.byName.has(name.text)) return;
    this.addChain(table, name.text, spanOf(name), [spanOf(line)]);
  }

  private changeChain(table: TableDraft, line: RuleLine, name: Word, more: Word | undefined): void {
    const chain = this.chainOf(table, name);
    const letter = line.main.command?.command?.letter;
    if (putsRule(line)) {
      const rule = this.ruleOf(table, line, chain);
      if (rule && chain) place(chain, rule, letter, more);
    } else if (!chain) return;
    else if (letter === "P" && more) setPolicy(chain, more);
    else if (letter === "F") chain.rules.length = 0;
    else if (letter === "X") removeChain(table, chain);
  }

  /** The rule of a line, standing in a chain; none where that is not there. */
  private ruleOf(table: TableDraft, line: RuleLine, chain: ChainDraft | undefined): RuleOfLine | undefined {
    const rule = chain && (this.earlier.take(line) ?? new RuleOfLine(line, this.family));
    const jump = rule ? rule.jump : jumpIn(line);
    if (jump) {
      this.jumps.push(jump);
      this.tablesOfJumps.push(table);
    }
    if (!rule) return undefined;
    rule.stand(chain);
    this.made.push(rule);
    return rule;
  }
}

function has(line: RuleLine, trait: number): boolean {
  return (line.traits & trait) !== 0;
}

/** Whether a line puts a rule somewhere or takes it away. */
function putsRule({ main: { command } }: RuleLine): boolean {
  return command?.command?.rest === "rule" && command.command.letter !== "C";
}

function define(reference: ReferenceOfWord, { byName }: TableDraft): void {
  const definition = byName.get(reference.name);
  if (definition) reference.definition = definition;
  else delete reference.definition;
}

function complete(reference: ReferenceOfWord, table: TableDraft, rule: Rule | undefined): void {
  if (reference.kind === "chain") define(reference, table);
  if (rule) reference.rule = rule;
}

/** What a line names: the chain that it works on, the one that it goes on in, ipsets. */
function namesIn(line: RuleLine, jumps: ReadonlyMap<number, ReferenceOfWord>): ReferenceOfWord[] {
  const { main, matches, target } = line;
  const { value: chain, command } = main.command ?? {};
  if (!chain || command?.letter === "N") return [];
  const names = [new ReferenceOfWord("chain", "use", chain)];
  if (!putsRule(line)) return names;
  const jump = main.jump?.value && jumps.get(main.jump.value.start);
  if (jump) names.push(jump);
  for (const match of matches) if (withIpsets.has(match.extension)) names.push(...setsIn(match, "lookup"));
  if (target && withIpsets.has(target.extension)) names.push(...setsIn(target, "update"));
  return names;
}

/** The ipsets that matches and SET ask and fill. They live outside of the file, so nothing here defines them. */
function setsIn({ options }: Loaded, how: Reference["how"]): ReferenceOfWord[] {
  return options.flatMap(({ option, value }) =>
    value && option?.values[0]?.type === "ipset" ? [new ReferenceOfWord("set", how, value)] : [],
  );
}

/** Puts the rule where its command says. A `-D` by the rule's own words takes the first that is written the same. */
function place(chain: ChainDraft, rule: RuleOfLine, letter: string | undefined, number: Word | undefined): void {
  const at = Number(number?.text ?? 1) - 1;
  if (letter === "A") chain.rules.push(rule);
  else if (letter === "I") chain.rules.splice(at, 0, rule);
  else if (letter === "R") chain.rules.splice(at, 1, rule);
  else if (number) chain.rules.splice(at, 1);
  else {
    const same = chain.rules.findIndex((other) => sameWords(other.node, rule.node));
    if (same !== -1) chain.rules.splice(same, 1);
  }
}

function sameWords(a: RuleLine, b: RuleLine): boolean {
  const words = ({ options, main }: RuleLine) =>
    options
      .filter((node) => node !== main.command)
      .flatMap(({ negation, word, values }) => [negation?.text, word.text, ...values.map(({ text }) => text)])
      .join("\0");
  return words(a) === words(b);
}

/** A built-in chain may have been used before; a user chain loses its rules. */
function declareAgain(chain: ChainDraft, name: Word, span: Span): void {
  if (!chain.builtin) chain.rules.length = 0;
  if (chain.blocks.push(span) > 1) return;
  chain.nameSpan = spanOf(name);
  chain.span = span;
}

function removeChain(table: TableDraft, chain: ChainDraft): void {
  if (chain.builtin) return;
  table.chains.splice(table.chains.indexOf(chain), 1);
  table.byName.delete(chain.name);
}

function setPolicy({ base }: ChainDraft, policy: Word): void {
  if (!base || policy.text === "-") return;
  base.policy = policy.text === "DROP" ? "drop" : "accept";
  base.policySpan = spanOf(policy);
}

function spanOf({ start, end }: Span): Span {
  return { start, end };
}
