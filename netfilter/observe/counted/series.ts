import type { HookChain } from "../hooks/hookList.js";
import { type Bounds, cameIn, dropped, passedAtLeast, type Span } from "./bounds.js";
import type { CountedChain } from "./chains.js";
import type { CounterListing } from "./listing.js";

/** A chain's counters at one time, in the order of `CountedChain.counters`. */
export interface ChainReading {
  readonly counted: CountedChain;
  readonly values: readonly number[];
}

/** What a listing's counters say about its chains; `counted` is what its rules were found to count. */
export function chainReadings(counted: readonly CountedChain[], { packets }: CounterListing): ChainReading[] {
  return counted.map((chain) => ({
    counted: chain,
    values: chain.counters.map((index) => packets[index] ?? 0),
  }));
}

/** What is known of a base chain's packets since it was counted. */
export interface ChainCount {
  readonly chain: HookChain;
  /** Of the kernel interface before nftables: another chain of the same name may stand beside it. */
  readonly isOld: boolean;
  /** `nat` chains are called for the first packet of a connection only. */
  readonly isNat: boolean;
  readonly came: Bounds;
  readonly dropped: Bounds;
  /**
   * Milliseconds for which it was counted, where they are known: less than for others where its rules changed or its counters
   * were reset.
   */
  readonly forMs?: number;
  /** Whether something in it counts at all. */
  readonly isCounting: boolean;
  /**
   * For comparing with the chain before: certain although the counters of a listing are not read at one moment. Absent where
   * nothing is certain, or not yet.
   */
  readonly certain?: { readonly passedAtLeast: number; readonly cameAtMost?: number; readonly mayLose: boolean };
}

/** Readings of one machine's counters, one after the other, and what came in between. */
export class CounterSeries {
  private readonly origins = new Map<string, { readonly values: readonly number[]; readonly at: number | undefined }>();
  private edges: Edges | undefined;
  private last: Reading = { at: undefined, chains: new Map() };
  /** When the first reading was, in milliseconds. */
  private began: number | undefined;

  /** A reading: its chains, and when it began, in milliseconds, where that is known: after the one before had ended. */
  take(chains: readonly ChainReading[], at?: number): void {
    const reading: Reading = { at, chains: byName(chains) };
    const anew = [...reading.chains].filter(([key, own]) => !isNext(this.last.chains.get(key), own));
    for (const [key, { values }] of anew) this.origins.set(key, { values, at });
    this.began ??= at;
    const { edges } = this;
    const hasSame = anew.length === 0 && edges !== undefined && this.last.chains.size === reading.chains.size;
    this.edges = hasSame
      ? { first: edges.first, second: edges.second ?? reading, before: edges.last, last: reading }
      : { first: reading, before: reading, last: reading };
    this.last = reading;
  }

  /** What every base chain of the last reading has counted since it was first read. */
  counts(): ChainCount[] {
    return [...this.last.chains].map(([key, { counted, values }]) => {
      const origin = this.origins.get(key) ?? { values, at: this.last.at };
      const span = { before: origin.values, after: values };
      const certain = this.certain(key, counted);
      const forMs = between(origin.at, this.last.at);
      return {
        chain: counted.chain,
        isOld: counted.isOld,
        isNat: counted.type === "nat",
        came: cameIn(counted, span),
        dropped: dropped(counted, span),
        ...(forMs !== undefined && { forMs }),
        isCounting: counted.counters.length > 0,
        ...(certain && { certain }),
      };
    });
  }

  /** Milliseconds from the first reading to the last; 0 where they are not known. */
  get forMs(): number {
    return between(this.began, this.last.at) ?? 0;
  }

  /**
   * Who passed the earlier of two chains between the second reading and the last but one, has come to the later one between the
   * first reading and the last.
   */
  private certain(key: string, counted: CountedChain): ChainCount["certain"] {
    const { first, second, before, last } = this.edges ?? {};
    if (!first || !second || !before || !last || before === first) return undefined;
    const [outer, inner] = [spanOf(key, first, last), spanOf(key, second, before)];
    const { high } = cameIn(counted, outer);
    return {
      passedAtLeast: passedAtLeast(counted, inner, outer),
      ...(high !== undefined && { cameAtMost: high }),
      mayLose: counted.mayLose,
    };
  }
}

interface Reading {
  readonly at: number | undefined;
  readonly chains: ReadonlyMap<string, ChainReading>;
}

/** The readings since which no rule has changed: the outer two and the inner two. */
interface Edges {
  readonly first: Reading;
  readonly second?: Reading;
  readonly before: Reading;
  readonly last: Reading;
}

function byName(chains: readonly ChainReading[]): Map<string, ChainReading> {
  return new Map(chains.map((reading) => [keyOf(reading), reading]));
}

/** Old and new iptables may have chains of one name. */
export function keyOf({ counted: { chain, isOld } }: ChainReading): string {
  return `${isOld ? "old " : ""}${chain.family} ${chain.table} ${chain.name}`;
}

/** Whether the same rules stand there and none has counted backwards. */
function isNext(before: ChainReading | undefined, now: ChainReading): boolean {
  if (!before || before.counted.structure !== now.counted.structure) return false;
  return now.values.every((value, index) => value >= (before.values[index] ?? 0));
}

function between(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : to - from;
}

function spanOf(key: string, from: Reading, to: Reading): Span {
  return { before: from.chains.get(key)?.values ?? [], after: to.chains.get(key)?.values ?? [] };
}
