import { findBuiltinChain, findTable } from "../../facts/iptables/index.js";
import type { Word } from "../../syntax/iptables/nodes.js";

/** What a chain holds at one point of the file. */
export interface ChainState {
  readonly builtin: boolean;
  /** Where it was declared last; a built-in chain need not be. */
  declared: Word | undefined;
  /** How many rules the kernel would have by now. */
  rules: number;
  /** The chains that its rules jump to; none as soon as it is not sure which of them are left. */
  jumps: string[];
}

/** Takes note of where a new rule of a chain leads. */
export function noteJump(chain: ChainState, target: string): void {
  const { jumps } = chain;
  if (jumps.length === 0) chain.jumps = [target];
  else if (jumps.at(-1) !== target) jumps.push(target);
}

/** The chains of one table as they come and go from line to line. */
export class ChainStates {
  private readonly states = new Map<string, ChainState>();

  constructor(private readonly table: string) {
    for (const { word } of findTable(table)?.chains ?? []) this.states.set(word, emptyChain(true, undefined));
  }

  get(name: string): ChainState | undefined {
    return this.states.get(name);
  }

  names(): Iterable<string> {
    return this.states.keys();
  }

  isBuiltin(name: string): boolean {
    return findBuiltinChain(this.table, name) !== undefined;
  }

  /** Declares a user chain; one that is there loses its rules. */
  declare(name: Word): void {
    this.states.set(name.text, emptyChain(false, name));
  }

  /** Takes all rules out of a chain, or of every one. */
  flush(name: string | undefined): void {
    for (const [, state] of this.chosen(name)) {
      state.rules = 0;
      state.jumps = [];
    }
  }

  /** Removes a user chain, or every one. */
  remove(name: string | undefined): void {
    for (const [each, { builtin }] of this.chosen(name)) if (!builtin) this.states.delete(each);
  }

  /** A user chain that cannot be removed, among all or just this one: it has rules, or another's jump to it. */
  inUse(name: string | undefined): string | undefined {
    const targets = new Set([...this.states.values()].flatMap(({ jumps }) => jumps));
    return this.chosen(name).find(([each, { builtin, rules }]) => !builtin && (rules > 0 || targets.has(each)))?.[0];
  }

  /** The chain of this name, or all. */
  private chosen(name: string | undefined): readonly (readonly [string, ChainState])[] {
    if (name === undefined) return [...this.states];
    const state = this.states.get(name);
    return state ? [[name, state]] : [];
  }
}

function emptyChain(builtin: boolean, declared: Word | undefined): ChainState {
  return { builtin, declared, rules: 0, jumps: [] };
}
