import { analyze } from "../../netfilter/analyze.js";
import type { Language } from "../../netfilter/language.js";
import type { Chain, Rule, Table } from "../../netfilter/model/ruleset.js";
import { LineIndex } from "../../netfilter/text/lineIndex.js";

/** What a ruleset holds, for lists: its tables and their chains, with what their counters say. */
export interface Outline {
  readonly tables: readonly OutlineTable[];
}

export interface OutlineTable {
  readonly family: string;
  readonly name: string;
  readonly dormant: boolean;
  /** Counted from 0. */
  readonly line: number;
  readonly chains: readonly OutlineChain[];
  readonly sets: readonly {
    readonly name: string;
    readonly kind: "set" | "map";
    readonly line: number;
    readonly elements: number;
  }[];
}

export interface OutlineChain {
  readonly name: string;
  readonly line: number;
  /** `filter input priority 0, policy drop` of a base chain. */
  readonly base?: string;
  readonly rules: number;
  /** Of its rules' counters together; absent where no rule counts. */
  readonly packets?: number;
  readonly bytes?: number;
  /** Lines of rules that set tracing on. */
  readonly traces: readonly number[];
}

/** Reads a ruleset's text for its outline. */
export function outlineOf(text: string, language: Language): Outline {
  const { ruleset } = analyze(text, language, { lint: false });
  const lines = new LineIndex(text);
  const lineAt = (offset: number) => lines.position(offset).line;
  return { tables: ruleset.tables.map((table) => tableOutline(table, lineAt, text)) };
}

type LineAt = (offset: number) => number;

function tableOutline(
  { family, name, dormant, span, chains, sets }: Table,
  lineAt: LineAt,
  text: string,
): OutlineTable {
  return {
    family,
    name,
    dormant,
    line: lineAt(span.start),
    chains: chains.map((chain) => chainOutline(chain, lineAt, text)),
    sets: sets.map((set) => ({
      name: set.name,
      kind: set.kind,
      line: lineAt(set.span.start),
      elements: set.elementCount,
    })),
  };
}

function chainOutline(chain: Chain, lineAt: LineAt, text: string): OutlineChain {
  const counted = chain.rules.flatMap(({ counters }) => counters ?? []);
  const sum = (unit: "packets" | "bytes") => Number(counted.reduce((total, each) => total + each[unit], 0n));
  const base = baseText(chain);
  return {
    name: chain.name,
    line: lineAt(chain.span.start),
    ...(base && { base }),
    rules: chain.rules.length,
    ...(counted.length > 0 && { packets: sum("packets"), bytes: sum("bytes") }),
    traces: chain.rules.filter((rule) => setsTrace(rule, text)).map(({ start }) => lineAt(start)),
  };
}

function baseText({ base }: Chain): string | undefined {
  return base && `${base.type} ${base.hook} priority ${base.priority ?? "?"}, policy ${base.policy}`;
}

function setsTrace({ start, end }: Rule, text: string): boolean {
  return /\bnftrace set 1\b|-j TRACE\b/.test(text.slice(start, end));
}
