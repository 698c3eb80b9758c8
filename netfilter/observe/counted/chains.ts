import type { Hook } from "../../facts/hooks.js";
import { type Base, baseChainsOf } from "../../model/bases.js";
import type { Chain, Rule, Ruleset } from "../../model/ruleset.js";
import { reachableFrom } from "../../model/walk.js";
import { isConditional, lineOf, statementsOf } from "../../model/written.js";
import { asks } from "../../syntax/iptables/traits.js";
import { LineIndex } from "../../text/lineIndex.js";
import type { HookChain } from "../hooks/hookList.js";
import { type Exit, exitsOf, isOpen, mayLeave, mayReturn } from "./exits.js";
import { type CounterListing, readCounters, steady } from "./listing.js";

/** What the counters of a base chain, and of all that it jumps to, tell about its packets. Plain data. */
export interface CountedChain {
  readonly chain: HookChain;
  readonly hook: Hook;
  /** Of the kernel interface before nftables: another chain of the same name may stand beside it. */
  readonly isOld: boolean;
  /** The kernel calls a `nat` chain for the first packet of each connection only. */
  readonly type: string;
  /** The words of all rules that count for it: the same in two readings where the same rules stand there. */
  readonly structure: string;
  /** Which counters of the listing it uses, by number; all that follows names them by their place in here. */
  readonly counters: readonly number[];
  /** The one that every packet meets which comes in. */
  readonly entry?: number;
  /** Those that a packet meets at most once: it has come in as often, or more. */
  readonly own: readonly number[];
  /** Counted ways out. `isShared`: packets of other base chains leave there, too. */
  readonly exits: readonly {
    readonly at: number;
    readonly to: Exit["to"];
    readonly isSure: boolean;
    readonly isShared: boolean;
  }[];
  /** Where packets go that leave uncounted. */
  readonly uncounted: readonly Exit["to"][];
  readonly policy: CountedPolicy;
  /** Whether matches may drop packets that are no whole ones, which nothing counts. */
  readonly mayLose: boolean;
}

/** What is counted of the packets that no rule decided about. */
export interface CountedPolicy {
  readonly to: "accept" | "drop";
  /** Its own counter. */
  readonly at?: number;
  /** Whether that counter may stand still although packets pass: iptables-nft lists chains without one as `[0:0]`. */
  readonly isDoubtful: boolean;
  /** A rule that all packets meet before it; `none` where they end there, so that the policy decides about nobody. */
  readonly last?: number | "none";
  /** Rules behind which none decides: all that they count comes to the policy. */
  readonly tail: readonly number[];
}

/** What each base chain of a listing counts; `text` is what the ruleset was read from. */
export function countedChains(ruleset: Ruleset, text: string): CountedChain[] {
  const listing = new Listing(text, readCounters(text));
  const reaches = baseChainsOf(ruleset).map((base) => {
    const chains = reachableFrom(base);
    return { base, chains, isOpen: [...chains].some(({ rules }) => rules.some(isOpen)) };
  });
  return reaches.map((own) => {
    const others = reaches.filter(({ base }) => base !== own.base && base.table === own.base.table);
    const isShared = (chain: Chain) => !chain.base && others.some((other) => other.isOpen || other.chains.has(chain));
    return new Draft(own.base, [...own.chains], isShared, listing).finished();
  });
}

/** A listing, by line. */
class Listing {
  private readonly lines: LineIndex;
  private readonly byLine: ReadonlyMap<number, number>;

  constructor(
    private readonly text: string,
    readonly counters: CounterListing,
  ) {
    this.lines = new LineIndex(text);
    this.byLine = new Map(counters.lines.map((line, index) => [line, index]));
  }

  lineOf(offset: number): number {
    return this.lines.position(offset).line;
  }

  wordsAt(line: number): string {
    const words = this.text.slice(this.lines.lineStart(line), this.lines.lineEnd(line));
    return steady(words.replace(/^\[\d+:\d+\] | \[\d+:\d+\]$/g, ""));
  }

  /** The number of a rule's counter, and where in the text it stands. */
  counterOf(rule: Rule): { readonly index: number; readonly start: number } | undefined {
    const index = this.byLine.get(this.lineOf(rule.start));
    if (index === undefined || !rule.counters) return undefined;
    if (lineOf(rule)) return { index, start: rule.start };
    const start = statementsOf(rule).find(({ kind }) => kind === "counter")?.start ?? 0;
    const line = this.lines.lineStart(this.lineOf(start));
    return line + this.text.slice(line, start + 8).search(/\bcounter\b/) === start ? { index, start } : undefined;
  }

  policyOf({ base }: Base): number | undefined {
    return base.policySpan && lineStarts(this.text, base.policySpan.start, ":")
      ? this.byLine.get(this.lineOf(base.policySpan.start))
      : undefined;
  }
}

function lineStarts(text: string, offset: number, begin: string): boolean {
  return text.startsWith(begin, text.lastIndexOf("\n", offset) + 1);
}

class Draft {
  /** Numbers of the listing's counters, each with its place. */
  private readonly slots = new Map<number, number>();
  private readonly exits: CountedChain["exits"][number][] = [];
  private readonly uncounted = new Set<Exit["to"]>();

  constructor(
    private readonly base: Base,
    private readonly chains: readonly Chain[],
    private readonly isShared: (chain: Chain) => boolean,
    private readonly listing: Listing,
  ) {}

  finished(): CountedChain {
    const { base, chains, exits } = this;
    const { name, table } = base;
    const { hook, type, priority, policy } = base.base;
    for (const chain of chains) for (const rule of chain.rules) this.addExits(rule);
    const entry = this.entry();
    return {
      chain: { family: table.family, table: table.name, name },
      hook,
      isOld: !this.listing.counters.isNft,
      type,
      structure: [hook, priority, policy, ...chains.map((chain) => this.structureOf(chain))].join("\n"),
      ...(entry !== undefined && { entry }),
      own: base.rules.flatMap((rule) => this.place(rule) ?? []),
      exits,
      uncounted: [...this.uncounted],
      policy: this.policy(),
      mayLose: chains.some(({ rules }) => rules.some(mayLose)),
      counters: [...this.slots.keys()],
    };
  }

  private structureOf({ name, span, rules }: Chain): string {
    const lines = [span.start, ...rules.map(({ start }) => start)].map((offset) => this.listing.lineOf(offset));
    return [name, ...lines.map((line) => this.listing.wordsAt(line))].join("\n");
  }

  private addExits(rule: Rule): void {
    const shared = this.isShared(rule.chain);
    for (const { to, isCounted, isSure } of exitsOf(rule, this.listing.counterOf(rule)?.start)) {
      const at = isCounted ? this.place(rule) : undefined;
      if (at === undefined) this.uncounted.add(to);
      else this.exits.push({ at, to, isSure, isShared: shared });
    }
  }

  /** Rules up to the first that may keep packets from the next. */
  private entry(): number | undefined {
    for (const rule of this.base.rules) {
      if (this.isMetByAll(rule)) return this.place(rule);
      if (mayLeave(rule)) return undefined;
    }
    return undefined;
  }

  private policy(): CountedPolicy {
    const own = this.listing.policyOf(this.base);
    const last = this.last();
    return {
      to: this.base.base.policy,
      isDoubtful: this.listing.counters.isNft,
      tail: this.tail().flatMap((rule) => this.place(rule) ?? []),
      ...(own !== undefined && { at: this.slot(own) }),
      ...(last !== undefined && { last }),
    };
  }

  private tail(): readonly Rule[] {
    const { rules } = this.base;
    return rules.slice(rules.findLastIndex(mayLeave) + 1);
  }

  private last(): CountedPolicy["last"] {
    const rule = this.base.rules.at(-1);
    if (!rule || !this.isMetByAll(rule) || this.base.rules.some(mayReturn)) return undefined;
    const exits = exitsOf(rule, this.listing.counterOf(rule)?.start);
    if (exits.some(({ isSure }) => isSure)) return "none";
    return mayLeave(rule) ? undefined : this.place(rule);
  }

  /** Whether the rule's counter counts every packet that meets the rule. */
  private isMetByAll(rule: Rule): boolean {
    const counter = this.listing.counterOf(rule);
    if (!counter) return false;
    if (lineOf(rule)) return !isConditional(rule);
    return rule.parts.every(
      (part) =>
        part.start >= counter.start || (part.kind === "action" && part.do === "other" && part.effect === "inert"),
    );
  }

  private place(rule: Rule): number | undefined {
    const counter = this.listing.counterOf(rule);
    return counter && this.slot(counter.index);
  }

  private slot(index: number): number {
    const known = this.slots.get(index) ?? this.slots.size;
    this.slots.set(index, known);
    return known;
  }
}

/** Matches of iptables that only look at what every packet has. */
const harmless: ReadonlySet<string> = new Set([
  ...["comment", "conntrack", "state", "mark", "connmark", "addrtype", "limit", "set", "mac", "pkttype"],
  ...["owner", "physdev", "statistic", "time"],
]);

/** Targets that drop a packet which they cannot change. */
const fragile: ReadonlySet<string> = new Set(["ECN", "TCPMSS", "TCPOPTSTRIP"]);

function mayLose(rule: Rule): boolean {
  const line = lineOf(rule);
  if (!line) return statementsOf(rule).some(({ kind }) => kind === "xt");
  const { matches, target, main } = line;
  return (
    matches.some((match) => asks(match) && !harmless.has(match.extension.word)) ||
    fragile.has(target?.extension.word ?? "") ||
    (rule.chain.table.family === "ip6" && main.protocol !== undefined)
  );
}
