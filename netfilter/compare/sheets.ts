import { baseSettings, type ComparedChain, type Comparison, nameOf } from "./differences.js";
import type { Keyed, Side, SideChain, SideSet, SideTable } from "./sides.js";

/** Two rulesets written alike: what does the same has the same words on both sides, those of the file. */
export interface Sheets {
  readonly file: string;
  readonly live: string;
}

/** Writes both sides of a comparison, tables and chains in the file's order; tables of others are left out. */
export function sheetsOf(file: Side, live: Side, { chains, others }: Comparison): Sheets {
  const writer = new SheetWriter(chains);
  const foreign = new Set(others);
  const theirs = inOrderOf(file.tables, live.tables, nameOf).filter((table) => !foreign.has(nameOf(table)));
  return {
    file: file.tables.map((table) => writer.table(table, "file", table)).join("\n"),
    live: theirs.map((table) => writer.table(table, "live", file.tables.find(named(table)))).join("\n"),
  };
}

function named(table: SideTable): (other: SideTable) => boolean {
  return (other) => nameOf(other) === nameOf(table);
}

/** Those of `items` that `first` has too, in its order, then the others. */
function inOrderOf<T>(first: readonly T[], items: readonly T[], nameOfItem: (item: T) => string): T[] {
  const places = new Map(first.map((item, at) => [nameOfItem(item), at]));
  const place = (item: T) => places.get(nameOfItem(item)) ?? first.length;
  return [...items].sort((a, b) => place(a) - place(b));
}

class SheetWriter {
  private readonly chains = new Map<string, ComparedChain>();

  constructor(chains: readonly ComparedChain[]) {
    for (const chain of chains) this.chains.set(`${chain.table} ${chain.part}`, chain);
  }

  /** `file` is the file's table of the same name, whose order is kept. */
  table(table: SideTable, side: keyof Sheets, file: SideTable | undefined): string {
    const name = nameOf(table);
    const lines = [`table ${name} {`, ...indented(settingLines(table.settings))];
    for (const set of inOrderOf(file?.sets ?? [], table.sets, (one) => one.name))
      lines.push(...indented(setLines(set)));
    for (const object of inOrderOf(file?.objects ?? [], table.objects, (one) => one.name))
      lines.push(...indented([`${object.name} { ${object.text} }`]));
    for (const chain of inOrderOf(file?.chains ?? [], table.chains, (one) => one.name)) {
      const ours = file?.chains.find((one) => one.name === chain.name);
      lines.push(...indented(this.chain(name, chain, side, ours ?? chain)));
    }
    return `${[...lines, "}"].join("\n")}\n`;
  }

  private chain(table: string, chain: SideChain, side: keyof Sheets, file: SideChain): string[] {
    const compared = this.chains.get(`${table} ${chain.name}`);
    const words = side === "live" && compared ? fileWords(compared) : new Map<Keyed, string>();
    const rules = chain.rules.map((rule) => words.get(rule) ?? rule.text);
    const [type, hook, ...more] = baseSettings(chain, file).map(({ name, value }) => `${name} ${value}`);
    const head = type && hook ? [`${type} ${hook}`, ...more] : [];
    return [`chain ${chain.name} {`, ...indented([...head, ...rules]), "}"];
  }
}

/** For each rule of the router that does what one of the file does, the file's words. */
function fileWords({ rules }: ComparedChain): Map<Keyed, string> {
  const words = new Map<Keyed, string>();
  for (const each of rules) if (each.kind === "equal" || each.kind === "moved") words.set(each.right, each.left.text);
  return words;
}

function setLines({ kind, name, settings, elements, volatile }: SideSet): string[] {
  const inside = volatile ? ["# its elements come and go"] : elements.map(({ text }) => text);
  return [`${kind} ${name} {`, ...indented([...settingLines(settings), ...inside]), "}"];
}

function settingLines(settings: SideTable["settings"]): string[] {
  return settings.map(({ name, value }) => `${name} ${value}`);
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
