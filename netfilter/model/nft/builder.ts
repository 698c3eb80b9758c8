import type { ChainType, Family, Hook } from "../../facts/hooks.js";
import type * as nft from "../../syntax/nft/nodes.js";
import type { Span } from "../../text/span.js";
import { ChainMemo } from "../memo.js";
import type { BaseChain, Chain, NamedObject, NamedSet, Rule, Table } from "../ruleset.js";
import { priorityOf } from "./priorities.js";
import { isSelector, subjectOf } from "./selectors.js";
import { resolved, type Variables } from "./variables.js";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A table while the file is read; `Table` to everybody else. */
export interface TableDraft extends Writable<Omit<Table, "blocks" | "chains" | "sets" | "objects">> {
  blocks: Span[];
  chains: ChainDraft[];
  sets: SetDraft[];
  objects: NamedObject[];
}

/** Everything that a name of a table stood for at some time, so that a reference finds it even after a later `delete`. */
interface KnownNames {
  readonly chains: Map<string, ChainDraft>;
  readonly sets: Map<string, SetDraft>;
  /** By `TYPE NAME`. */
  readonly objects: Map<string, NamedObject>;
}

export interface ChainDraft extends Writable<Omit<Chain, "blocks" | "rules">> {
  blocks: Span[];
  rules: Rule[];
  live: boolean;
}

/** Also keeps the expressions that give it elements. */
export interface SetDraft extends Writable<NamedSet> {
  contents: nft.Expression[];
  live: boolean;
}

/** Makes the rule of a chain from its node. */
export type RuleMaker = (node: nft.Rule, chain: Chain) => Rule;

const objectVerbs: ReadonlySet<string> = new Set(["delete", "destroy", "flush", "rename"]);

/** Follows a file's commands in order and keeps what stands after each, as nft's own cache does. */
export class Builder {
  /** By family and name. */
  readonly tables = new Map<string, TableDraft>();
  /** Those that were there at some time. */
  private readonly knownTables = new Map<string, TableDraft>();
  private readonly known = new Map<Table | undefined, KnownNames>();
  /** The chains of `jump { ... }`. */
  readonly anonymous = new Map<nft.AnonymousChain, Chain>();
  incomplete = false;

  constructor(
    private readonly variables: Variables,
    private readonly makeRule: RuleMaker,
  ) {}

  addFile(file: nft.File): void {
    for (const item of file.items) this.addItem(item);
  }

  private addItem(item: nft.FileItem): void {
    switch (item.kind) {
      case "table":
        this.addTable(item);
        return;
      case "chain":
        this.inTable(item.table, (table) => this.addChain(table, item));
        return;
      case "setDeclaration":
        this.inTable(item.table, (table) => this.addSet(table, item));
        return;
      case "flowtable":
        this.inTable(item.table, (table) => this.addObject(table, item, "flowtable"));
        return;
      case "objectDeclaration":
        this.inTable(item.table, (table) => this.addObject(table, item, item.type));
        return;
      case "ruleCommand":
        this.addRule(item);
        return;
      case "elementCommand":
        this.addElements(item);
        return;
      case "command":
        this.run(item);
        return;
      case "include":
        this.incomplete = true;
    }
  }

  // ------------------------------------------------------------------------------------------ lookups

  table(reference: nft.TableReference | undefined): TableDraft | undefined {
    if (!reference?.name) return undefined;
    return this.knownTables.get(`${familyOf(reference.family)} ${reference.name.text}`);
  }

  chain(table: Table | undefined, name: string): ChainDraft | undefined {
    return this.known.get(table)?.chains.get(name);
  }

  set(table: Table | undefined, name: string): SetDraft | undefined {
    return this.known.get(table)?.sets.get(name);
  }

  object(table: Table | undefined, type: string, name: string): NamedObject | undefined {
    return this.known.get(table)?.objects.get(`${type} ${name}`);
  }

  private inTable(reference: nft.TableReference | undefined, add: (table: TableDraft) => void): void {
    const table = this.current(reference);
    if (table) add(table);
  }

  private current(reference: nft.TableReference | undefined): TableDraft | undefined {
    return reference?.name && this.tables.get(`${familyOf(reference.family)} ${reference.name.text}`);
  }

  // ------------------------------------------------------------------------------------------ declarations

  private addTable(node: nft.Table): void {
    if (!node.name) return;
    const family = familyOf(node.family);
    const table = this.openTable(family, node.name, node);
    if (node.body) table.blocks.push({ start: node.start, end: node.end });
    for (const item of node.items) {
      if (item.kind === "chain") this.addChain(table, item);
      else if (item.kind === "setDeclaration") this.addSet(table, item);
      else if (item.kind === "flowtable") this.addObject(table, item, "flowtable");
      else if (item.kind === "objectDeclaration") this.addObject(table, item, item.type);
      else if (item.kind === "flags") table.dormant ||= item.flags.some(({ text }) => text === "dormant");
      else if (item.kind === "include") this.incomplete = true;
    }
  }

  private openTable(family: Family, name: nft.Name, node: Span): TableDraft {
    const key = `${family} ${name.text}`;
    let table = this.knownTables.get(key);
    if (!table) {
      const parts = { blocks: [], chains: [], sets: [], objects: [] };
      table = { kind: "table", family, name: name.text, ...places(name, node), dormant: false, ...parts };
      this.knownTables.set(key, table);
      this.known.set(table, { chains: new Map(), sets: new Map(), objects: new Map() });
    }
    this.tables.set(key, table);
    return table;
  }

  private addChain(table: TableDraft, node: nft.Chain): void {
    if (!node.name) return;
    const name = node.name.text;
    const chain = this.chain(table, name) ?? newChain(name, places(node.name, node), table);
    if (!chain.live) {
      chain.live = true;
      table.chains.push(chain);
      this.known.get(table)?.chains.set(name, chain);
    }
    if (node.body) chain.blocks.push({ start: node.start, end: node.end });
    this.fill(chain, node.items);
  }

  private fill(chain: ChainDraft, items: readonly nft.ChainItem[]): void {
    const settings: nft.ChainItem[] = [];
    for (const item of items) {
      if (item.kind === "rule") chain.rules.push(this.newRule(item, chain));
      else settings.push(item);
      if (item.kind === "include") this.incomplete = true;
    }
    const base = baseChainOf(settings, chain.table.family, this.variables);
    const policy = settings.find((item) => item.kind === "policy");
    if (base) chain.base = base;
    else if (chain.base && policy) chain.base = { ...chain.base, ...policyOf(policy, this.variables) };
  }

  private newRule(node: nft.Rule, chain: ChainDraft): Rule {
    for (const statement of node.names ? node.statements : []) {
      if (statement.kind === "jump" && statement.target.kind === "anonymousChain")
        this.addAnonymous(statement.target, chain.table as TableDraft);
    }
    return this.makeRule(node, chain);
  }

  /** The chain of `jump { ... }`: it has no name, so that nothing else can lead there. */
  private addAnonymous(node: nft.AnonymousChain, table: TableDraft): void {
    const span = { start: node.start, end: node.end };
    const chain = newChain("", { nameSpan: { start: node.start, end: node.start }, span }, table);
    chain.blocks.push(span);
    chain.live = true;
    table.chains.push(chain);
    this.anonymous.set(node, chain);
    this.fill(chain, node.items);
  }

  private addSet(table: TableDraft, node: nft.SetDeclaration): void {
    if (!node.name) return;
    const name = node.name.text;
    const set = this.set(table, name) ?? newSet(node, node.name, table);
    if (!set.live) {
      set.live = true;
      table.sets.push(set);
      this.known.get(table)?.sets.set(name, set);
    }
    for (const item of node.items) {
      if (item.kind === "elements") this.addContents(set, item.value);
      else if (item.kind === "include") this.incomplete = true;
    }
  }

  private addContents(set: SetDraft, value: nft.Expression): void {
    set.contents.push(value);
    const literal = resolved(value, this.variables);
    if (literal?.kind === "setLiteral") set.elementCount += literal.elements.length;
    set.elements ??= value;
  }

  private addObject(table: TableDraft, node: nft.Flowtable | nft.ObjectDeclaration, type: string): void {
    for (const item of node.items) this.incomplete ||= item.kind === "include";
    if (!node.name) return;
    const name = node.name.text;
    if (table.objects.some((other) => other.type === type && other.name === name)) return;
    const known = this.object(table, type, name);
    const object = known ?? { kind: "object", name, ...places(node.name, node), table, type };
    table.objects.push(object);
    this.known.get(table)?.objects.set(`${type} ${name}`, object);
  }

  private addRule({ verb, table: reference, chain: { text }, rule, position }: nft.RuleCommand): void {
    const chain = this.chain(this.current(reference), text);
    if (!chain?.live || !rule) return;
    const made = this.newRule(rule, chain);
    const index = position?.by.text === "index" ? Number(position.value.value) : undefined;
    if (verb?.text === "insert") chain.rules.splice(index ?? 0, 0, made);
    else if (index !== undefined) chain.rules.splice(index + 1, 0, made);
    else chain.rules.push(made);
  }

  private addElements({ verb, table, set: { text }, elements }: nft.ElementCommand): void {
    const adds = verb === undefined || verb.text === "add" || verb.text === "create";
    const set = this.set(this.current(table), text);
    if (set?.live && adds) this.addContents(set, elements);
  }

  // ------------------------------------------------------------------------------------------ commands

  private run(command: nft.Command): void {
    if (!objectVerbs.has(command.verb.text)) return;
    const object = command.object.map(({ text }) => text).join(" ");
    if (object === "ruleset") {
      this.flushRuleset(command.table?.family && familyOf(command.table.family));
      return;
    }
    const table = this.current(command.table);
    if (!table) return;
    if (command.verb.text === "flush") flush(table, object, command.name?.text);
    else if (command.verb.text === "rename") this.rename(table, command);
    else if (object === "table") this.clear(table);
    else if (command.name) remove(table, object, command.name.text, command.items.length > 0);
  }

  private flushRuleset(family: Family | undefined): void {
    for (const table of [...this.tables.values()]) if (!family || table.family === family) this.clear(table);
  }

  private clear(table: TableDraft): void {
    this.tables.delete(`${table.family} ${table.name}`);
    for (const chain of table.chains) dropChain(chain);
    for (const set of table.sets) dropSet(set);
    table.chains = [];
    table.sets = [];
    table.objects = [];
  }

  private rename(table: TableDraft, { name, newName }: nft.Command): void {
    const chain = name && this.chain(table, name.text);
    if (!chain?.live || !newName) return;
    chain.name = newName.text;
    this.known.get(table)?.chains.set(newName.text, chain);
  }
}

function flush(table: TableDraft, object: string, name: string | undefined): void {
  if (object === "table") for (const chain of table.chains) chain.rules = [];
  for (const chain of table.chains) if (object === "chain" && chain.name === name) chain.rules = [];
  const isSet = object === "set" || object === "map" || object === "meter";
  for (const set of table.sets) if (isSet && set.name === name) emptySet(set);
}

/** `delete chain t c { devices = ... }` takes devices away and leaves the chain. */
function remove(table: TableDraft, object: string, name: string, onlyDevices: boolean): void {
  if (onlyDevices) return;
  if (object === "chain") {
    for (const chain of table.chains) if (chain.name === name) dropChain(chain);
    table.chains = table.chains.filter((chain) => chain.name !== name);
  } else if (object === "set" || object === "map") {
    for (const set of table.sets) if (set.name === name) dropSet(set);
    table.sets = table.sets.filter((set) => set.name !== name);
  } else {
    table.objects = table.objects.filter((other) => other.type !== object || other.name !== name);
  }
}

function dropChain(chain: ChainDraft): void {
  chain.rules = [];
  chain.live = false;
  delete chain.base;
}

function dropSet(set: SetDraft): void {
  emptySet(set);
  set.live = false;
}

function emptySet(set: SetDraft): void {
  set.contents = [];
  set.elementCount = 0;
  delete set.elements;
}

function newSet(node: nft.SetDeclaration, name: nft.Name, table: Table): SetDraft {
  const type = node.items.find((item) => item.kind === "setType" || item.kind === "setTypeof");
  const flags = node.items.flatMap((item) => (item.kind === "flags" ? item.flags.map(({ text }) => text) : []));
  const valueType = type && valueTypeText(type);
  return {
    kind: node.keyword.text === "map" ? "map" : "set",
    name: name.text,
    ...places(name, node),
    table,
    keyType: type ? keyTypeText(type) : "",
    ...(valueType !== undefined && { valueType }),
    flags,
    elementCount: 0,
    contents: [],
    live: false,
  };
}

function newChain(name: string, places: { nameSpan: Span; span: Span }, table: Table): ChainDraft {
  return {
    kind: "chain",
    name,
    ...places,
    table,
    builtin: false,
    blocks: [],
    rules: [],
    memo: new ChainMemo(),
    live: false,
  };
}

function keyTypeText(type: nft.SetType | nft.SetTypeof): string {
  return type.kind === "setType" ? type.key.map(({ text }) => text).join(" . ") : expressionText(type.key);
}

function valueTypeText(type: nft.SetType | nft.SetTypeof): string | undefined {
  if (type.objectType !== undefined) return type.objectType;
  if (type.kind === "setTypeof") return type.value && expressionText(type.value);
  return type.value.length > 0 ? type.value.map(({ text }) => text).join(" . ") : undefined;
}

/** The words of an expression in `typeof`, as they are usually written. */
function expressionText(node: nft.Expression | nft.Word): string {
  if (node.kind === "concatenation") return node.parts.map(expressionText).join(" . ");
  return isSelectorText(node) ?? node.kind;
}

function isSelectorText(node: nft.Expression | nft.Word): string | undefined {
  if (node.kind === "word") return node.text;
  if (node.kind === "symbol") return node.name;
  return isSelector(node) ? subjectOf(node).field : undefined;
}

function places(name: nft.Name, node: Span): { nameSpan: Span; span: Span } {
  return { nameSpan: { start: name.start, end: name.end }, span: { start: node.start, end: node.end } };
}

/** The family that a word names; `ip` where none stands. */
export function familyOf(word: nft.Word | undefined): Family {
  return (word?.text ?? "ip") as Family;
}

function baseChainOf(items: readonly nft.ChainItem[], family: Family, variables: Variables): BaseChain | undefined {
  const hook = items.find((item) => item.kind === "hookDeclaration");
  if (!hook) return undefined;
  const policy = items.find((item) => item.kind === "policy");
  const devices = items.flatMap((item) =>
    item.kind === "devices" ? [item.value] : item.kind === "hookDeclaration" && item.devices ? [item.devices] : [],
  );
  return {
    type: (hook.type?.text ?? "filter") as ChainType,
    hook: hook.hook.text as Hook,
    priority: priorityOf(hook.priority, family, variables),
    policy: "accept",
    ...(policy && policyOf(policy, variables)),
    devices: devices.flatMap((device) => deviceNames(device, variables)),
  };
}

function policyOf(policy: nft.Policy, variables: Variables): Pick<BaseChain, "policy" | "policySpan"> {
  const span = { start: policy.start, end: policy.end };
  return { policy: policyText(policy, variables) === "drop" ? "drop" : "accept", policySpan: span };
}

function policyText({ value }: nft.Policy, variables: Variables): string | undefined {
  if (value.kind === "word") return value.text;
  const known = resolved(value, variables);
  if (known?.kind === "symbol") return known.name;
  if (known?.kind === "string") return known.value;
  return known?.kind === "verdictValue" && known.verdict.kind === "verdict" ? known.verdict.verdict : undefined;
}

/** The names in a list of devices, variables followed. */
export function deviceNames(expression: nft.Expression, variables: Variables): string[] {
  const value = resolved(expression, variables);
  if (value?.kind === "symbol") return [value.name];
  if (value?.kind === "string") return [value.value];
  const items = value?.kind === "list" ? value.items : value?.kind === "setLiteral" ? value.elements : [];
  return items.flatMap((item) => deviceNames(item, variables));
}
