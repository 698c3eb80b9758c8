import type { Command, Outcome } from "../../netfilter/observe/command.js";
import type { CountedChain } from "../../netfilter/observe/counted/chains.js";
import { type CounterListing, readCounters } from "../../netfilter/observe/counted/listing.js";
import { CounterSeries, chainReadings } from "../../netfilter/observe/counted/series.js";
import { joinSources, type SourceReading } from "../../netfilter/observe/counted/sources.js";
import type { RulesetText } from "../../netfilter/observe/rulesets.js";
import type { CountStatus } from "../../webview/protocol.js";
import type { ListedRuleset } from "../rulesets/calls.js";
import { type RulesetFile, rulesetFiles } from "../rulesets/files.js";

/** What a watch needs of a router and of the extension. */
export interface CountedWatchMeans {
  readonly ask: <Result>(command: Command<Result>, signal: AbortSignal) => Promise<Outcome<Result>>;
  /** What the chains of a listing count; asked again only when its rules are others. */
  readonly chainsOf: (listing: ListedRuleset) => Promise<readonly CountedChain[]>;
  readonly tell: (status: CountStatus) => void;
  /** Between the end of one reading and the beginning of the next. */
  readonly pauseMs: () => number;
}

/** A listing that is read again and again, with what its rules were found to count. */
interface Source {
  readonly file: RulesetFile;
  shape?: string;
  chains: readonly CountedChain[];
}

/**
 * Reads a router's counters again and again, one reading after the other has ended, and tells what came in between. It rests while
 * nobody looks. The first two readings follow each other at once: what is certain between two chains begins with the second.
 */
export class CountedWatch {
  private series = new CounterSeries();
  private sources: Source[] = [];
  private state: "off" | "on" | "paused" = "off";
  private isSeen = true;
  private readings = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: AbortController | undefined;
  /** Of the reading that was begun last, also where it was cancelled. */
  private ended: Promise<unknown> = Promise.resolve();

  constructor(private readonly means: CountedWatchMeans) {}

  /** Begins to count, from now. */
  start(): void {
    this.stopReading();
    this.series = new CounterSeries();
    this.sources = rulesetFiles.map((file) => ({ file, chains: [] }));
    this.readings = 0;
    this.state = "on";
    this.means.tell({ state: "on", text: "The counters are read for the first time.", counts: [] });
    this.next(0);
  }

  /** Reads no more for a while; what was counted stays, and goes on to be counted by the router. */
  pause(): void {
    if (this.state !== "on") return;
    this.stopReading();
    this.state = "paused";
    this.tell();
  }

  resume(): void {
    if (this.state !== "paused") return;
    this.state = "on";
    this.tell();
    this.next(0);
  }

  /** Ends, and forgets what was counted. */
  stop(): void {
    this.stopReading();
    if (this.state !== "off") this.means.tell({ state: "off", text: "", counts: [] });
    this.state = "off";
  }

  /** Ends without telling anybody. */
  dispose(): void {
    this.stopReading();
    this.state = "off";
  }

  /** Whether somebody sees the counts. */
  seen(isSeen: boolean): void {
    this.isSeen = isSeen;
    if (!isSeen) this.stopReading();
    else if (this.state === "on" && !this.timer && !this.running) this.next(0);
  }

  private stopReading(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running?.abort();
    this.running = undefined;
  }

  private next(afterMs: number): void {
    if (this.state !== "on" || !this.isSeen) return;
    this.timer = setTimeout(() => void this.read(), afterMs);
  }

  private async read(): Promise<void> {
    this.timer = undefined;
    const running = new AbortController();
    this.running = running;
    await this.ended;
    if (running.signal.aborted) return;
    const reading = this.reading(running.signal).catch((error: Error) => error.message);
    this.ended = reading;
    const failure = await reading;
    if (running.signal.aborted) return;
    this.running = undefined;
    if (failure === undefined) this.tell();
    else this.means.tell({ state: "failed", text: failure, counts: this.series.counts() });
    this.next(this.readings === 1 ? 0 : this.means.pauseMs());
  }

  /** Why there is none; a listing that is missing at the first reading, or has no chains, is not asked for again. */
  private async reading(signal: AbortSignal): Promise<string | undefined> {
    const at = Date.now();
    const outcomes = await Promise.all(this.sources.map(({ file }) => this.means.ask(file.command, signal)));
    const read: SourceReading[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.ok) read.push(await this.sourceReading(this.sources[index] as Source, outcome.value));
      else if (this.readings > 0) return outcome.failure.message;
    }
    if (signal.aborted) return undefined;
    const counting = this.sources.filter(({ chains }) => chains.length > 0);
    if (counting.length === 0) return noChains(outcomes);
    if (this.readings === 0) this.sources = counting;
    this.readings += 1;
    this.series.take(joinSources(read), at);
    return undefined;
  }

  private async sourceReading(source: Source, { text, language }: RulesetText): Promise<SourceReading> {
    const listing: CounterListing = readCounters(text);
    if (source.shape !== listing.shape) {
      source.chains = await this.means.chainsOf({ text, language });
      source.shape = listing.shape;
    }
    const tool = language === "nftables" ? "nft" : "iptables";
    return { tool, isNft: listing.isNft, chains: chainReadings(source.chains, listing) };
  }

  private tell(): void {
    const { forMs } = this.series;
    const paused = this.state === "paused" ? " Paused." : "";
    const text =
      this.readings < 2
        ? "Counting from now."
        : `Counted for ${Math.round(forMs / 1000)} s, read every ${Math.round(this.means.pauseMs() / 1000)} s.`;
    const state = this.state === "paused" ? "paused" : "on";
    this.means.tell({ state, text: text + paused, counts: this.readings < 2 ? [] : this.series.counts() });
  }
}

function noChains(outcomes: readonly Outcome<RulesetText>[]): string {
  const failed = outcomes.find((outcome) => !outcome.ok);
  return failed && !failed.ok && outcomes.every((outcome) => !outcome.ok)
    ? failed.failure.message
    : "The router lists no base chains, so that there is nothing to count.";
}
