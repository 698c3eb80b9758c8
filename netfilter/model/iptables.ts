import type { IpFamily } from "../facts/iptables/extension.js";
import { allMatches, allTargets, findBuiltinChain } from "../facts/iptables/index.js";
import type { ChainDeclaration, IptablesTree, Loaded, RuleLine, TableSection, Word } from "../syntax/iptables/nodes.js";
import type { Span } from "../text/span.js";
import { actionOf } from "./iptables/actions.js";
import { conditionsOf } from "./iptables/conditions.js";
import type { Action, BaseChain, Chain, Definition, Part, Reference, Rule, Ruleset, Table } from "./ruleset.js";

/**
 * What an iptables-save file says. Sections of one table are one table; a line that the tools pass over is left out. Of the
 * ruleset of an earlier version, the rules of lines that still stand are taken over, and it must not be used any more.
 */
export function iptablesRuleset(tree: IptablesTree, previous?: Ruleset): Ruleset {
  const builder = new RulesetBuilder(tree.family, previous ? rulesByLine(previous) : new Map());
  for (const item of tree.root.items) if (item.kind === "table") builder.addSection(item);
  return {
    language: "iptables",
    tables: builder.tables,
    variables: [],
    references: builder.resolve(),
    incomplete: false,
  };
}

function rulesByLine({ tables }: Ruleset): ReadonlyMap<RuleLine, RuleOfLine> {
  const found = new Map<RuleLine, RuleOfLine>();
  for (const { chains } of tables)
    for (const { rules } of chains)
      for (const rule of rules) if (rule instanceof RuleOfLine) found.set(rule.node, rule);
  return found;
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
  private readonly references: ReferenceOfWord[] = [];
  /** The table of each reference, at the same index. */
  private readonly referenceTables: TableDraft[] = [];

  constructor(
    private readonly family: IpFamily,
    private readonly earlier: ReadonlyMap<RuleLine, RuleOfLine>,
  ) {}

  addSection(section: TableSection): void {
    const table = this.tableOf(section);
    for (const line of section.lines) {
      if (line.kind === "chain") this.declare(table, line);
      else if (line.kind === "rule" && !line.skipped) this.addLine(table, line);
    }
  }

  /** Every reference with what it names, in order of place. */
  resolve(): readonly Reference[] {
    for (const [index, reference] of this.references.entries()) {
      if (reference.kind !== "chain") continue;
      const definition = (this.referenceTables[index] as TableDraft).byName.get(reference.name);
      if (definition) reference.definition = definition;
    }
    return this.references.sort((a, b) => a.start - b.start);
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
    const [name, more] = line.main.command?.values ?? [];
    const letter = line.main.command?.command?.letter;
    if (letter === "N" && name) this.newChain(table, line, name);
    else if (letter === "F" && !name) for (const chain of table.chains) chain.rules.length = 0;
    else if (letter === "X" && !name) for (const chain of [...table.chains]) removeChain(table, chain);
    else if (name) this.addToChain(table, line, name, more);
  }

  private newChain(table: TableDraft, line: RuleLine, name: Word): void {
    if (table.byName.has(name.text)) return;
    this.addChain(table, name.text, spanOf(name), [spanOf(line)]);
  }

  private addToChain(table: TableDraft, line: RuleLine, name: Word, more: Word | undefined): void {
    const chain = this.chainOf(table, name);
    const use = this.refer(table, "chain", name, "use");
    const letter = line.main.command?.command?.letter;
    if (line.main.command?.command?.rest === "rule" && letter !== "C") {
      const rule = this.ruleOf(table, line, chain);
      if (rule) use.rule = rule;
      if (chain && rule) place(chain, rule, letter, more);
    } else if (!chain) return;
    else if (letter === "P" && more) setPolicy(chain, more);
    else if (letter === "F") chain.rules.length = 0;
    else if (letter === "X") removeChain(table, chain);
  }

  private ruleOf(table: TableDraft, line: RuleLine, chain: ChainDraft | undefined): RuleOfLine | undefined {
    const by = line.main.jump;
    const target = by?.values[0];
    const goto = by?.option?.letter === "g";
    const jump =
      target && (goto || !line.target) ? this.refer(table, "chain", target, goto ? "goto" : "jump") : undefined;
    const sets = this.setReferences(table, line);
    if (!chain) return undefined;
    const rule = this.earlier.get(line) ?? new RuleOfLine(line, this.family);
    rule.stand(chain, jump);
    if (jump) jump.rule = rule;
    for (const reference of sets) reference.rule = rule;
    return rule;
  }

  /** The ipsets that matches and SET ask and fill. They live outside of the file, so nothing here defines them. */
  private setReferences(table: TableDraft, { matches, target }: RuleLine): readonly ReferenceOfWord[] {
    let found: readonly ReferenceOfWord[] = none;
    for (const match of matches) {
      if (withIpsets.has(match.extension)) found = [...found, ...this.setsOf(table, match, "lookup")];
    }
    if (target && withIpsets.has(target.extension)) found = [...found, ...this.setsOf(table, target, "update")];
    return found;
  }

  private setsOf(table: TableDraft, { options }: Loaded, how: Reference["how"]): ReferenceOfWord[] {
    const names = options.flatMap(({ option, values }) =>
      option?.values[0]?.type === "ipset" ? values.slice(0, 1) : [],
    );
    return names.map((name) => this.refer(table, "set", name, how));
  }

  private refer(table: TableDraft, kind: Reference["kind"], name: Word, how: Reference["how"]): ReferenceOfWord {
    const reference = new ReferenceOfWord(kind, name.text, how, name.start, name.end);
    this.references.push(reference);
    this.referenceTables.push(table);
    return reference;
  }
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

/** A class, so that what is found out later has its place from the start: there are as many as rules. */
class ReferenceOfWord implements Reference {
  rule?: Rule;
  definition?: Definition;

  constructor(
    readonly kind: Reference["kind"],
    readonly name: string,
    readonly how: Reference["how"],
    readonly start: number,
    readonly end: number,
  ) {}
}

/** A rule whose parts are worked out when they are first asked for. */
class RuleOfLine implements Rule {
  readonly comment?: string;
  readonly counters?: { readonly packets: bigint; readonly bytes: bigint };
  readonly traits: number;
  private stands: Chain | undefined;
  private jump: Reference | undefined;
  private lowered: readonly Part[] | undefined;
  private done: readonly Action[] | undefined;
  isOld = false;

  constructor(
    readonly node: RuleLine,
    private readonly family: IpFamily,
  ) {
    const comment = commentOf(node);
    if (comment !== undefined) this.comment = comment;
    const { packets, bytes } = node.counters ?? {};
    if (packets !== undefined && bytes !== undefined) this.counters = { packets, bytes };
    this.traits = node.traits;
  }

  /** Puts the rule into a chain; `jump` is the chain that it goes on in. What was worked out had an earlier one's places. */
  stand(chain: Chain, jump: Reference | undefined): void {
    this.isOld = this.stands !== undefined;
    this.stands = chain;
    this.jump = jump;
    this.lowered = undefined;
    this.done = undefined;
  }

  get chain(): Chain {
    return this.stands as Chain;
  }

  get start(): number {
    return this.node.start;
  }

  get end(): number {
    return this.node.end;
  }

  get parts(): readonly Part[] {
    this.lowered ??= [...conditionsOf(this.node, this.family), ...this.actions];
    return this.lowered;
  }

  get actions(): readonly Action[] {
    const { main, target } = this.node;
    this.done ??= main.jump ? [actionOf(main.jump, target, this.jump)] : none;
    return this.done;
  }
}

function commentOf({ matches }: RuleLine): string | undefined {
  for (const { extension, options } of matches) {
    if (extension.word === "comment") return options[0]?.values[0]?.text.trim();
  }
  return undefined;
}
