import { familyOf } from "../../model/nft/builder.js";
import { visitParts } from "../../model/nft/parts.js";
import type { Variables } from "../../model/nft/variables.js";
import type * as nft from "../../syntax/nft/nodes.js";
import type { SyntaxNode } from "../../syntax/tree.js";
import type { Finding } from "../../text/finding.js";
import type { Span } from "../../text/span.js";
import { checkBaseChain, noteKernelRefusals } from "./chainDeclarations.js";
import { findTable, flushRuleset, looksUp, lookUp, remove, type Tables } from "./commands.js";
import { type ChainInfo, forget, newChain, type SetInfo, TableInfo } from "./environment.js";
import { Evaluator } from "./evaluator.js";
import { checkJumps } from "./jumps.js";
import { Layers } from "./layers.js";
import { MappedValues } from "./mappedValues.js";
import { checkObject } from "./objects.js";
import { errorAt, giveUp, kernelRefuses, Refusal, refuseWith, Unknowable, unlessLoaded } from "./refusal.js";
import { checkSetDeclaration } from "./setDeclarations.js";
import { Standing } from "./standing.js";
import { checkStatements } from "./statements.js";
import { undefinedChain, undefinedSet, undefinedTable } from "./undefined.js";

/** Goes through the commands of a file in their order, with what nft knows after each. */
export class Session {
  readonly findings: Finding[] = [];
  private readonly tables: Tables = new Map();
  /** A rule was given a place among others, so that nft reads the rules that are there. */
  private looksUpRules = false;
  private readonly standing: Standing;

  constructor(
    private readonly file: nft.File,
    private readonly variables: Variables,
    /** False when names may be defined in a file that was not read. */
    private readonly complete: boolean,
  ) {
    this.standing = new Standing(file, complete);
  }

  run(): void {
    for (const item of this.file.items) this.attempt(() => this.runItem(item));
  }

  /** Notes what is refused and goes on, as nft does. */
  private attempt(check: () => void): void {
    try {
      check();
    } catch (problem) {
      if (problem instanceof Refusal) this.findings.push(problem.finding);
      else if (!(problem instanceof Unknowable)) throw problem;
    }
  }

  private runItem(item: nft.FileItem): void {
    switch (item.kind) {
      case "table":
        this.addTable(item);
        return;
      case "chain":
        this.within(item.table, (table) => this.addChain(table, item));
        return;
      case "setDeclaration":
        this.within(item.table, (table) => this.fillSet(table, this.declareSet(table, item), item));
        return;
      case "flowtable":
      case "objectDeclaration":
        this.within(item.table, (table) => this.addObject(table, item));
        return;
      case "ruleCommand":
        this.runRule(item);
        return;
      case "elementCommand":
        this.within(item.table, (table) => this.runElements(table, item));
        return;
      case "command":
        this.runCommand(item);
        return;
    }
  }

  // ------------------------------------------------------------------------------------------ declarations

  private addTable({ family, name, items, ...node }: nft.Table): void {
    if (!name) return;
    const key = `${familyOf(family)} ${name.text}`;
    const table =
      this.tables.get(key) ?? new TableInfo(familyOf(family), name.text, { start: node.start, end: node.end });
    this.tables.set(key, table);
    const chains = items.filter((item) => item.kind === "chain");
    const sets = items.filter((item) => item.kind === "setDeclaration");
    for (const chain of chains) this.declareChain(table, chain);
    for (const item of items)
      if (item.kind === "objectDeclaration" || item.kind === "flowtable")
        this.attempt(() => this.addObject(table, item));
    const declared = sets.map((set) => this.declareSet(table, set));
    for (const chain of chains) this.checkRules(table, chain);
    for (const [place, set] of sets.entries()) this.fillSet(table, declared[place], set);
  }

  private addChain(table: TableInfo, chain: nft.Chain): void {
    this.declareChain(table, chain);
    this.checkRules(table, chain);
  }

  private declareChain(table: TableInfo, node: nft.Chain): void {
    const { name, items } = node;
    if (!name) return;
    const known = table.chains.get(name.text);
    const chain = known ?? newChain(name.text, name);
    table.chains.set(name.text, chain);
    this.attempt(() => {
      const base = checkBaseChain(items, table, this.variables);
      if (base && known && !known.base) this.findings.push(lateHook(known, items, name));
      if (base) this.findings.push(...noteKernelRefusals(node, table, known, base));
      chain.base = base ?? chain.base;
    });
  }

  private declareSet(table: TableInfo, node: nft.SetDeclaration): SetInfo | undefined {
    const { name } = node;
    if (!name) return undefined;
    let set: SetInfo | undefined;
    this.attempt(() => {
      set = checkSetDeclaration(node, name, table);
      table.sets.set(name.text, set);
    });
    return set;
  }

  private fillSet(table: TableInfo, set: SetInfo | undefined, node: nft.SetDeclaration): void {
    if (!set || this.standing.has(node, table)) return;
    const found = this.findings.length;
    for (const item of node.items)
      if (item.kind === "elements") this.attempt(() => this.checkElements(table, set, item.value));
    if (this.findings.length === found) this.standing.addSet(node, set, table);
  }

  private addObject(table: TableInfo, node: nft.Flowtable | nft.ObjectDeclaration): void {
    if (!node.name) return;
    const type = node.kind === "flowtable" ? "flowtable" : node.type;
    table.objects.set(`${type} ${node.name.text}`, node);
    if (node.kind === "objectDeclaration") checkObject(node);
  }

  // ------------------------------------------------------------------------------------------ rules and elements

  private checkRules(table: TableInfo, { name, items }: nft.Chain): void {
    const chain = name && table.chains.get(name.text);
    for (const item of items) if (item.kind === "rule") this.checkRule(table, chain, item);
  }

  private checkRule(table: TableInfo, chain: ChainInfo | undefined, rule: nft.Rule): void {
    if (!this.standing.has(rule, table)) this.judge(table, chain, rule);
    for (const statement of rule.names ? rule.statements : []) {
      if (statement.kind !== "jump" || statement.target.kind !== "anonymousChain") continue;
      for (const item of statement.target.items) if (item.kind === "rule") this.checkRule(table, chain, item);
    }
  }

  private judge(table: TableInfo, chain: ChainInfo | undefined, rule: nft.Rule): void {
    const found = this.findings.length;
    const evaluator = this.evaluator(table);
    this.attempt(() => {
      checkStatements(evaluator, rule.statements);
      if (chain && rule.names) checkJumps(rule, table, this.variables, this.complete);
    });
    this.note(evaluator);
    if (this.findings.length === found) this.standing.add(rule, table);
  }

  private runRule(command: nft.RuleCommand): void {
    const { table: reference, chain: name, rule, verb } = command;
    if (!reference.name || removing.has(verb?.text ?? "")) return;
    const table = findTable(this.tables, reference);
    const chain = table?.chains.get(name.text);
    if (!chain && this.complete) {
      const missing = table ? undefinedChain(name.text, name, table) : this.undefinedTable(reference, reference.name);
      this.findings.push(this.looksForChain(command) ? missing : unlessLoaded(missing));
    }
    if (rule)
      this.checkRule(table ?? new TableInfo(familyOf(reference.family), reference.name.text, reference), chain, rule);
  }

  /** Unless it needs to read the chain's rules or the table's sets, nft leaves it to the kernel to find them. */
  private looksForChain({ position, rule }: nft.RuleCommand): boolean {
    this.looksUpRules ||= position !== undefined;
    return this.looksUpRules || (rule !== undefined && usesSets(rule));
  }

  private runElements(table: TableInfo, { set: name, elements, verb }: nft.ElementCommand): void {
    const set = table.sets.get(name.text) ?? (this.complete ? refuseWith(undefinedSet(name, table)) : giveUp());
    const adds = verb === undefined || verb.text === "add" || verb.text === "create";
    this.checkElements(table, adds ? set : { ...set, autoMerge: true, mapped: new MappedValues() }, elements);
    if (!adds) forget(set);
  }

  private checkElements(table: TableInfo, set: SetInfo, value: nft.Expression): void {
    const evaluator = this.evaluator(table);
    evaluator.filling = set;
    evaluator.expect(set.key ?? giveUp());
    evaluator.evaluate(value);
    this.note(evaluator);
    checkJumps(value, table, this.variables, this.complete);
  }

  private note({ notes }: Evaluator): void {
    for (const note of notes) this.findings.push(note);
  }

  private evaluator(table: TableInfo): Evaluator {
    return new Evaluator(table, new Layers(table.family), this.variables, this.complete);
  }

  // ------------------------------------------------------------------------------------------ commands

  private runCommand(command: nft.Command): void {
    const verb = command.verb.text;
    const object = command.object.map(({ text }) => text).join(" ");
    if (verb === "flush" && object === "ruleset") flushRuleset(this.tables, command.table?.family);
    else if (verb === "delete" || verb === "destroy") remove(this.tables, command, object);
    else if (looksUp(verb, object)) this.within(command.table, (table) => lookUp(table, command, object));
  }

  /** Runs a command on the table that it names, which must be there. */
  private within(reference: nft.TableReference | undefined, run: (table: TableInfo) => void): void {
    if (!reference?.name) return;
    const table = findTable(this.tables, reference);
    if (table) run(table);
    else if (this.complete) refuseWith(this.undefinedTable(reference, reference.name));
  }

  private undefinedTable({ family }: nft.TableReference, name: nft.Name): Finding {
    return undefinedTable(name, familyOf(family), [...this.tables.values()]);
  }
}

/** Commands that take rules away, for which nft asks the kernel alone. */
const removing: ReadonlySet<string> = new Set(["delete", "destroy", "reset"]);

function usesSets(node: SyntaxNode): boolean {
  let found = node.kind === "setReference" || node.kind === "meter";
  visitParts(node, (part) => {
    found ||= usesSets(part);
  });
  return found;
}

/** With a policy, nft notices itself; without one, the kernel does. */
function lateHook(known: ChainInfo, items: readonly nft.ChainItem[], name: Span): Finding {
  const place = items.find((item) => item.kind === "hookDeclaration") ?? name;
  const related = [{ span: known.place, message: "the first declaration" }];
  const text = `Chain \`${known.name}\` is there already, without a hook, and cannot get one later. Say type and hook where it is declared first.`;
  const tell = items.some((item) => item.kind === "policy") ? errorAt : kernelRefuses;
  return tell("duplicateChain", place, text, { related });
}
