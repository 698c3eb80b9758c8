import type { Span } from "../text/span.js";
import { type Aligned, align } from "./align.js";
import type { Keyed, Side, SideChain, SideRule, SideSet, SideTable } from "./sides.js";

/** Where a difference is: parts are absent where it is about the whole table or chain. */
export interface Where {
  /** `inet filter`. */
  readonly table: string;
  /** A chain, or `set s`, `counter c`. */
  readonly part?: string;
}

/**
 * `missing` is in the file and not in the ruleset that runs, `extra` the other way round; `moved` rules stand elsewhere in their
 * chain, `changed` ones were edited; `comment` is a rule that does the same under another comment.
 */
export type DifferenceKind = "missing" | "extra" | "moved" | "changed" | "comment";

/** One thing that the router does otherwise than the file says. */
export interface Difference extends Where {
  readonly kind: DifferenceKind;
  readonly about: "table" | "chain" | "rule" | "setting" | "set" | "element" | "object";
  /** What the file says, in words; absent for `extra`. */
  readonly file?: string;
  readonly live?: string;
  /** Where each stands in its own text; the file's in the row of offsets of its sources. */
  readonly fileSpan?: Span;
  readonly liveSpan?: Span;
  /** False where something could only be compared by its words. */
  readonly certain: boolean;
}

/** Rules of one chain beside each other, for a view of both. */
export interface ComparedChain extends Where {
  readonly file: readonly SideRule[];
  readonly live: readonly SideRule[];
  readonly rules: readonly Aligned<SideRule>[];
}

/** What a comparison found. */
export interface Comparison {
  readonly differences: readonly Difference[];
  readonly chains: readonly ComparedChain[];
  /** Tables of the router that the file neither loads nor empties: perhaps another program's. */
  readonly others: readonly string[];
  /** Rules that are the same on both sides. */
  readonly equal: number;
  /** The file includes something that could not be read. */
  readonly incomplete: boolean;
}

/** Compares what a file loads with what a router lists. */
export function compareSides(file: Side, live: Side): Comparison {
  const finder = new Finder();
  const others: string[] = [];
  for (const table of file.tables) finder.table(table, live.tables.find(named(table)));
  for (const table of live.tables) {
    if (file.tables.some(named(table))) continue;
    if (file.flushes) finder.add({ kind: "extra", about: "table", table: nameOf(table) }, undefined, textOf(table));
    else if (!isIdle(table)) others.push(nameOf(table));
  }
  const { differences, chains, equal } = finder;
  return { differences, chains, others, equal, incomplete: file.incomplete };
}

function named({ family, name }: SideTable): (other: SideTable) => boolean {
  return (other) => other.family === family && other.name === name;
}

/** `inet filter`. */
export function nameOf({ family, name }: SideTable): string {
  return `${family} ${name}`;
}

function textOf({ start, end, family, name }: SideTable): Keyed {
  return { key: "", text: `table ${family} ${name}`, start, end };
}

/** Nothing in it that does anything. */
function isIdle({ chains, sets }: SideTable): boolean {
  return sets.length === 0 && chains.every(({ rules, base }) => rules.length === 0 && base?.policy !== "drop");
}

type Found = Omit<Difference, "file" | "live" | "fileSpan" | "liveSpan" | "certain"> & { readonly certain?: boolean };

class Finder {
  readonly differences: Difference[] = [];
  readonly chains: ComparedChain[] = [];
  equal = 0;

  add(found: Found, file: Keyed | undefined, live: Keyed | undefined): void {
    this.differences.push({
      certain: true,
      ...found,
      ...(file && { file: file.text, fileSpan: { start: file.start, end: file.end } }),
      ...(live && { live: live.text, liveSpan: { start: live.start, end: live.end } }),
    });
  }

  table(file: SideTable, live: SideTable | undefined): void {
    const table = nameOf(file);
    if (!live) {
      if (!isIdle(file) || file.chains.some(({ base }) => base === undefined))
        this.add({ kind: "missing", about: "table", table }, textOf(file), undefined);
      return;
    }
    this.settings({ table }, file.settings, live.settings, file, live);
    this.pairs(file.chains, live.chains, (one, other) => this.chain(table, one, other));
    this.pairs(file.sets, live.sets, (one, other) => this.set(table, one, other));
    this.pairs(file.objects, live.objects, (one, other) => this.object(table, one, other));
  }

  /** Things of one name, those of the file first. */
  private pairs<T extends { readonly name: string }>(
    file: readonly T[],
    live: readonly T[],
    compare: (one: T | undefined, other: T | undefined) => void,
  ): void {
    const found = new Map(live.map((one) => [one.name, one]));
    for (const one of file) {
      compare(one, found.get(one.name));
      found.delete(one.name);
    }
    for (const one of found.values()) compare(undefined, one);
  }

  private chain(table: string, file: SideChain | undefined, live: SideChain | undefined): void {
    const part = file?.name ?? live?.name ?? "";
    if ((!file || !live) && !(file ?? live)?.builtin)
      this.add({ kind: file ? "missing" : "extra", about: "chain", table, part }, headOf(file), headOf(live));
    if (file && live) this.settings({ table, part }, baseSettings(file, file), baseSettings(live, file), file, live);
    this.rules({ table, part }, file?.rules ?? [], live?.rules ?? []);
  }

  private rules(where: Where, file: readonly SideRule[], live: readonly SideRule[]): void {
    const rules = align(file, live, ruleAlike);
    this.chains.push({ ...where, file, live, rules });
    for (const each of rules) {
      if (each.kind === "equal") this.equalRules(where, each.left, each.right);
      else if (each.kind === "removed") this.rule(where, "missing", each.left, undefined);
      else if (each.kind === "added") this.rule(where, "extra", undefined, each.right);
      else this.rule(where, each.kind, each.left, each.right);
    }
  }

  private equalRules(where: Where, file: SideRule, live: SideRule): void {
    this.equal++;
    if ((file.comment ?? "") !== (live.comment ?? "")) this.rule(where, "comment", file, live);
  }

  private rule(where: Where, kind: DifferenceKind, file: SideRule | undefined, live: SideRule | undefined): void {
    const certain = (file?.certain ?? true) && (live?.certain ?? true);
    this.add({ ...where, kind, about: "rule", certain }, file, live);
  }

  private set(table: string, file: SideSet | undefined, live: SideSet | undefined): void {
    const part = `${(file ?? live)?.kind} ${(file ?? live)?.name}`;
    if (!file || !live) {
      const whole = (set: SideSet | undefined) => set && { ...set, key: "", text: part };
      this.add({ kind: file ? "missing" : "extra", about: "set", table, part }, whole(file), whole(live));
      return;
    }
    this.settings({ table, part }, file.settings, live.settings, file, live);
    if (file.volatile || live.volatile) return;
    const [ours, theirs] = [file, live].map(({ elements }) => new Set(elements.map(({ key }) => key)));
    for (const element of file.elements)
      if (!theirs?.has(element.key)) this.add({ kind: "missing", about: "element", table, part }, element, undefined);
    for (const element of live.elements)
      if (!ours?.has(element.key)) this.add({ kind: "extra", about: "element", table, part }, undefined, element);
  }

  private object(
    table: string,
    file: (Keyed & { readonly name: string }) | undefined,
    live: (Keyed & { readonly name: string }) | undefined,
  ): void {
    if (file?.key === live?.key) return;
    const kind = file && live ? "changed" : file ? "missing" : "extra";
    this.add({ kind, about: "object", table, part: (file ?? live)?.name ?? "" }, file, live);
  }

  private settings(where: Where, file: Settings, live: Settings, fileAt: Span, liveAt: Span): void {
    for (const name of new Set([...file, ...live].map((one) => one.name))) {
      const [ours, theirs] = [file, live].map((all) => all.find((one) => one.name === name)?.value);
      if (ours === theirs) continue;
      const text = (value: string | undefined, { start, end }: Span): Keyed => ({
        key: "",
        text: value === undefined ? `no ${name}` : `${name} ${value}`,
        start,
        end,
      });
      this.add({ ...where, kind: "changed", about: "setting" }, text(ours, fileAt), text(theirs, liveAt));
    }
  }
}

type Settings = SideTable["settings"];

function headOf(chain: SideChain | undefined): Keyed | undefined {
  return chain && { key: "", text: `chain ${chain.name}`, start: chain.start, end: chain.end };
}

/** What a base chain is set to; a policy that the file leaves open is not compared. */
export function baseSettings({ base }: SideChain, { policyKnown }: SideChain): Settings {
  if (!base) return [];
  return [
    { name: "type", value: base.type },
    { name: "hook", value: base.hook },
    { name: "priority", value: `${base.priority ?? "?"}` },
    ...(policyKnown ? [{ name: "policy", value: base.policy }] : []),
    ...(base.devices.length > 0 ? [{ name: "devices", value: [...base.devices].sort().join(", ") }] : []),
  ];
}

const ruleAlike = {
  key: ({ key }: SideRule) => key,
  words: ({ text }: SideRule) => new Set(text.split(/[\s,{}]+/)),
};
