import type { Command, Exit, Outcome } from "../../netfilter/observe/command.js";
import {
  conntrackDying,
  conntrackFile,
  conntrackList,
  conntrackUnconfirmed,
  type EntriesCommand,
} from "../../netfilter/observe/conntrack/list.js";
import type { ConntrackList, GroupRow, ListStatus, ViewSpec } from "../../webview/protocol.js";
import type { Ended } from "./entryTable.js";
import type { MarkRule } from "./marks.js";
import type { TableThread } from "./tableThread.js";

/** The router whose entries are shown. */
export interface ConntrackSource {
  readonly name: string;
  run<Result>(command: Command<Result>, signal: AbortSignal): Promise<Outcome<Result>>;
  /** How many entries there are, for progress; undefined when the router does not tell. */
  count(signal: AbortSignal): Promise<number | undefined>;
  markRules(signal: AbortSignal): Promise<readonly MarkRule[]>;
}

/** The commands that give a list, the best first: the next is tried where the one before is missing. */
const ways: Readonly<Record<ConntrackList, readonly EntriesCommand[]>> = {
  all: [conntrackFile, conntrackList],
  unconfirmed: [conntrackUnconfirmed],
  dying: [conntrackDying],
};

/** While a list comes, the view is refreshed so often. */
const refreshEvery = 400;

/** Up to so many entries the view follows a list that still comes. */
const longestPreview = 50_000;

/** Reads the entries of a router into the thread's table, once or again and again, and tells how it stands. */
export class Listing {
  private list: ConntrackList = "all";
  private spec: ViewSpec = { query: "" };
  private status: ListStatus = { ...nothing, list: "all" };
  private running: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private liveEvery: number | undefined;
  private readAt = 0;

  constructor(
    private readonly source: ConntrackSource,
    private readonly table: TableThread,
    private readonly tell: (status: ListStatus, groups: readonly GroupRow[] | undefined) => void,
    private readonly clock: () => number = Date.now,
  ) {}

  /** Shows another of the kernel's lists. */
  choose(list: ConntrackList): Promise<void> {
    this.list = list;
    return this.read(false);
  }

  /** Shows other entries, or in another order. */
  async show(spec: ViewSpec): Promise<void> {
    this.spec = spec;
    await this.reshow({});
  }

  /** Reads the list anew; `compare` tells afterwards what came and went. */
  async read(compare = true): Promise<void> {
    this.cancel();
    const running = new AbortController();
    this.running = running;
    const started = this.clock();
    const expected = this.list === "all" ? await this.source.count(running.signal) : undefined;
    if (running.signal.aborted) return;
    await this.reshow({ list: this.list, loading: true, ...(expected !== undefined && { expected }) }, [
      "failure",
      "delta",
    ]);
    void this.source.markRules(running.signal).then((rules) => this.table.call("marks", rules));
    const ended = await this.tryWays(compare, running.signal, started);
    if (this.running !== running) return;
    this.running = undefined;
    await this.tellEnd(ended, started);
    this.again();
  }

  /** The person ends a reading; what has come stays. */
  async stop(): Promise<void> {
    this.cancel();
    await this.reshow({ loading: false, warnings: ["Reading was cancelled: what had come is shown."] });
  }

  private cancel(): void {
    clearTimeout(this.timer);
    this.running?.abort();
    this.running = undefined;
  }

  /** Reads again and again, so many milliseconds after the end of the reading before; undefined stops it. */
  live(every: number | undefined): void {
    this.liveEvery = every;
    clearTimeout(this.timer);
    if (!this.running) this.again();
  }

  dispose(): void {
    this.liveEvery = undefined;
    this.cancel();
  }

  private again(): void {
    if (this.liveEvery !== undefined) this.timer = setTimeout(() => void this.read(), this.liveEvery);
  }

  private async tryWays(compare: boolean, signal: AbortSignal, started: number): Promise<Ended> {
    let ended: Ended | undefined;
    for (const command of ways[this.list]) {
      const listing = await this.table.call("begin", { command: command.id, compare });
      ended = await this.runOne(forwarded(command, this.table, listing), signal, started);
      if (ended.ok || !["missing", "failed", "unsupported"].includes(ended.failure.reason)) return ended;
    }
    return ended as Ended;
  }

  private async runOne(command: Command<Promise<Ended>>, signal: AbortSignal, started: number): Promise<Ended> {
    const progress = setInterval(() => void this.progress((this.clock() - started) / 1000), refreshEvery);
    const outcome = await this.source.run(command, signal).finally(() => clearInterval(progress));
    return outcome.ok ? await outcome.value : outcome;
  }

  /** A first screen at once; later only the count, as every view of a long list takes time from reading it. */
  private async progress(seconds: number): Promise<void> {
    const count = await this.table.call("count", undefined);
    if (count <= longestPreview || this.status.count === 0) return this.reshow({ seconds });
    this.status = { ...this.status, count, seconds };
    this.tell(this.status, undefined);
  }

  private async tellEnd(ended: Ended, started: number): Promise<void> {
    const seconds = (this.clock() - started) / 1000;
    const since = (started - this.readAt) / 1000;
    this.readAt = started;
    const delta = ended.ok && ended.value.delta ? { delta: { ...ended.value.delta, seconds: since } } : {};
    const told = ended.ok ? { warnings: ended.warnings, ...delta } : { warnings: [], failure: ended.failure };
    await this.reshow({ loading: false, seconds, ...told });
  }

  private async reshow(changes: Partial<ListStatus>, without: readonly (keyof ListStatus)[] = []): Promise<void> {
    const kept = Object.fromEntries(
      Object.entries(this.status).filter(([key]) => !without.includes(key as keyof ListStatus)),
    );
    this.status = { ...(kept as unknown as ListStatus), ...changes, edition: this.status.edition + 1 };
    const { edition } = this.status;
    const shown = await this.table.call("view", this.spec);
    const count = await this.table.call("count", undefined);
    if (edition !== this.status.edition) return;
    this.status = { ...this.status, count, shown: shown.shown, queryErrors: shown.queryErrors };
    this.tell(this.status, shown.groups);
  }
}

const nothing = { loading: false, count: 0, shown: 0, seconds: 0, warnings: [], queryErrors: [], edition: 0 };

/** The same command with the thread as its reader: bytes go there unread, and there it is judged how it ended. */
function forwarded(command: EntriesCommand, table: TableThread, listing: number): Command<Promise<Ended>> {
  const reader = {
    push: (bytes: Uint8Array) => table.push(listing, bytes),
    end: (exit: Exit): Outcome<Promise<Ended>> => ({
      ok: true,
      value: table.call("end", { listing, exit }),
      warnings: [],
    }),
  };
  return { ...command, reader: () => reader };
}
