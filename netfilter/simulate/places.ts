import type { Chain, Rule, Table } from "../model/ruleset.js";
import { LineIndex } from "../text/lineIndex.js";
import type { Span } from "../text/span.js";
import type { Loaded } from "./router.js";

/** A rule's place for people: line from 1. */
export interface RulePlace {
  readonly file: string;
  readonly line: number;
  /** On one line. */
  readonly text: string;
  /** Where a listing shows it. */
  readonly handle?: number;
}

/** Finds files and lines of rules among the loaded files. */
export class Places {
  private readonly byTable = new Map<Table, Loaded>();
  private readonly indexes = new Map<object, LineIndex>();

  constructor(loaded: readonly Loaded[]) {
    for (const one of loaded) for (const table of one.ruleset.tables) this.byTable.set(table, one);
  }

  /** The rule's file, line, text and handle. */
  of(rule: Rule): RulePlace {
    const loaded = this.loadedOf(rule.chain);
    const { start, end } = rule;
    const handle = loaded.listed?.handles.get(rule) ?? handleOf(loaded, rule);
    const text = loaded.text.slice(start, end).replaceAll(/\s+/g, " ");
    return { ...this.lineOf(rule.chain, rule), text, ...(handle !== undefined && { handle }) };
  }

  /** Lines on which another listing of the router shows the same rule. */
  twinOf(rule: Rule): { readonly file: string; readonly line: number; readonly lastLine: number } | undefined {
    const beside = this.byTable.get(rule.chain.table)?.listed?.beside;
    const twin = beside?.twins.get(rule);
    if (!beside || !twin) return undefined;
    const lines = this.index(beside.listing);
    const [line, lastLine] = [twin.start, twin.end].map((at) => lines.position(at).line + 1) as [number, number];
    return { file: beside.listing.name, line, lastLine };
  }

  /** Whether the chain is one of the kernel interface before nftables, as listings tell. */
  isOld(chain: Chain): boolean {
    return this.byTable.get(chain.table)?.isOld ?? false;
  }

  /** File and line where a span of the chain's file begins. */
  lineOf(chain: Chain, span: Span): { readonly file: string; readonly line: number } {
    const loaded = this.loadedOf(chain);
    const own = loaded.sources?.locate(span);
    if (own?.file === undefined) return { file: loaded.name, line: this.index(loaded).position(span.start).line + 1 };
    const included = loaded.sources?.texts.find(({ path }) => path === own.file);
    return { file: own.file, line: this.index(included ?? { text: "" }).position(own.start).line + 1 };
  }

  private index(one: { readonly text: string }): LineIndex {
    const known = this.indexes.get(one) ?? new LineIndex(one.text);
    this.indexes.set(one, known);
    return known;
  }

  private loadedOf({ table }: Chain): Loaded {
    return this.byTable.get(table) as Loaded;
  }
}

/** The handle that `nft -a` writes behind a rule. */
export function handleOf({ text }: Pick<Loaded, "text">, { end }: Span): number | undefined {
  const handle = /^[^\n]*#\s*handle (\d+)/.exec(text.slice(end, end + 200))?.[1];
  return handle === undefined ? undefined : Number(handle);
}
