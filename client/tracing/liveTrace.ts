import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Failure, Outcome } from "../../netfilter/observe/command.js";
import {
  ip6tablesLegacySave,
  ip6tablesSave,
  iptablesLegacySave,
  iptablesSave,
} from "../../netfilter/observe/rulesets.js";
import { nftTables } from "../../netfilter/observe/tables.js";
import type { TraceItem } from "../../netfilter/observe/trace/commands.js";
import { type LiveTraceCommand, liveTrace } from "../../netfilter/observe/trace/live.js";
import { traceEffects } from "../../netfilter/observe/trace/liveEffects.js";
import { type TraceLimits, type TracePattern, traceProblems } from "../../netfilter/observe/trace/livePattern.js";
import type { LiveItem, LiveTraceResult, TraceWay } from "../../netfilter/observe/trace/liveReader.js";
import type { Router } from "../routers/router.js";

/** Where a live trace is: `starting` until the router says that it listens, `ended` for good. */
export type LiveTraceState = "starting" | "listening" | "ended";

/** A trace that runs on a router. */
export interface LiveTrace {
  readonly state: LiveTraceState;
  /** What it does on the router, in sentences. */
  readonly effects: readonly string[];
  /** Ends it; nothing happens when it has ended. */
  stop(): void;
  /** Never rejects. */
  readonly ended: Promise<LiveTraceEnd>;
}

/** How a live trace ended. */
export interface LiveTraceEnd {
  /** `stopped` by the person, `time` is up, `failed` on the router, `lost` with the connection. */
  readonly how: "stopped" | "time" | "failed" | "lost";
  /** What happened, in a sentence for a person; for a failure also what to do. */
  readonly message: string;
  /** What is not whole, what could not be traced, and whatever was found left on the router, in sentences. */
  readonly warnings: readonly string[];
  /** Whether the router was seen to be as before: `unknown` where it could not be asked any more. */
  readonly left: "nothing" | "something" | "unknown";
  /** How many events came. */
  readonly count: number;
}

/** Who wants to know of a live trace. */
export interface LiveTraceListener {
  /** Takes what came, in order, several at a time. */
  items(items: readonly TraceItem[]): void;
  /** Told at each change, at the end before `ended` resolves. */
  state(state: LiveTraceState): void;
  /** What the router said about how it traces and what it cannot show, a sentence each. */
  note?(sentence: string): void;
}

/**
 * Traces packets on a router until `stop`, the signal, or the end of its time. It changes the router for as long: ask the person
 * before. Never throws: what cannot be traced has ended with a failure.
 */
export function startLiveTrace(
  router: Router,
  pattern: TracePattern,
  limits: TraceLimits,
  on: LiveTraceListener,
  signal?: AbortSignal,
): LiveTrace {
  return new RunningTrace(router, pattern, limits, on, signal);
}

/** Time for what the router does before and after the trace's own seconds. */
const spareMs = 30_000;

class RunningTrace implements LiveTrace {
  readonly effects: readonly string[];
  readonly ended: Promise<LiveTraceEnd>;
  private current: LiveTraceState = "starting";
  private readonly stopping = new AbortController();
  private readonly name = `hookscope_trace_${randomBytes(4).toString("hex")}`;
  private count = 0;
  private way: TraceWay | undefined;
  /** Whether the script said anything. */
  private answered = false;
  private hasGaps = false;

  constructor(
    private readonly router: Router,
    pattern: TracePattern,
    private readonly limits: TraceLimits,
    private readonly on: LiveTraceListener,
    signal: AbortSignal | undefined,
  ) {
    const problems = traceProblems(pattern, limits);
    this.effects = problems.length > 0 ? [] : traceEffects(pattern, limits);
    const stop = () => this.stop();
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
    const command = liveTrace({ pattern, limits, name: this.name });
    this.ended = (command ? this.run(command) : Promise.resolve(notStarted(problems))).then((end) => {
      signal?.removeEventListener("abort", stop);
      this.change("ended");
      return end;
    });
  }

  get state(): LiveTraceState {
    return this.current;
  }

  stop(): void {
    this.stopping.abort();
  }

  private async run(command: LiveTraceCommand): Promise<LiveTraceEnd> {
    const reader = command.reader();
    // The connection has to stand until the router was asked what is left.
    const use = this.router.use();
    try {
      const outcome = await this.router.run<LiveTraceResult>(
        { ...command, reader: () => reader },
        {
          mayChange: true,
          signal: this.stopping.signal,
          timeoutMs: this.limits.seconds * 1000 + spareMs,
          onProgress: () => {
            this.answered = true;
            this.deliver(reader.take());
          },
        },
      );
      this.deliver(reader.take());
      return { ...this.howItEnded(outcome), ...(await this.whatIsLeft(outcome)), count: this.count };
    } finally {
      use.dispose();
    }
  }

  private deliver(all: readonly LiveItem[]): void {
    const items: TraceItem[] = [];
    for (const item of all) {
      if (item.kind === "way") this.way = item.way;
      else if (item.kind === "note") this.on.note?.(item.sentence);
      else if (item.kind === "listening") this.change("listening");
      else items.push(item);
    }
    if (items.length === 0) return;
    const events = items.filter(({ kind }) => kind !== "lost").length;
    this.count += events;
    this.hasGaps ||= events < items.length;
    this.on.items(items);
  }

  private change(state: LiveTraceState): void {
    if (this.current === state) return;
    this.current = state;
    this.on.state(state);
  }

  private howItEnded(outcome: Outcome<LiveTraceResult>): Pick<LiveTraceEnd, "how" | "message"> {
    const stopped = this.stopping.signal.aborted;
    if (outcome.ok) return { how: "time", message: `The trace ended after ${this.limits.seconds} s, as it was to.` };
    const { reason, message } = outcome.failure;
    if (reason !== "cut") return { how: "failed", message };
    return stopped ? { how: "stopped", message: "The trace was stopped." } : { how: "lost", message };
  }

  private async whatIsLeft(outcome: Outcome<LiveTraceResult>): Promise<Pick<LiveTraceEnd, "left" | "warnings">> {
    const warnings = outcome.ok ? outcome.warnings : this.hasGaps ? [gaps] : [];
    if (!outcome.ok && this.hasChangedNothing(outcome.failure)) return { left: "nothing", warnings };
    for (let tries = 0; tries < maxTries && this.router.state.is === "connected"; tries++) {
      if (tries > 0) await sleep(betweenTriesMs);
      const left = await this.isLeft();
      if (left === undefined) break;
      if (!left) return { left: "nothing", warnings };
      if (tries === maxTries - 1) return { left: "something", warnings: [...warnings, this.removal()] };
    }
    return { left: "unknown", warnings: [...warnings, this.notAsked()] };
  }

  /** It was refused or never began; of a run that was cut before it said a word nothing is known. */
  private hasChangedNothing({ reason }: Failure): boolean {
    return this.way === undefined && (harmless.includes(reason) || (!this.answered && reason !== "cut"));
  }

  /** Whether the router's rules still have the trace's name; undefined where they cannot be read. */
  private async isLeft(): Promise<boolean | undefined> {
    const answers = byIptables(this.way) ? await this.listings() : [await this.tables()];
    const known = answers.filter((answer) => answer !== undefined);
    return known.length === 0 ? undefined : known.some((text) => text.includes(this.name));
  }

  private async tables(): Promise<string | undefined> {
    const tables = await this.router.run(nftTables, { timeoutMs: spareMs });
    return tables.ok ? tables.value.join("\n") : undefined;
  }

  private listings(): Promise<readonly (string | undefined)[]> {
    const commands = [iptablesSave, ip6tablesSave, iptablesLegacySave, ip6tablesLegacySave];
    return Promise.all(
      commands.map(async (command) => {
        const listing = await this.router.run(command, { timeoutMs: spareMs });
        return listing.ok ? listing.value.text : undefined;
      }),
    );
  }

  private removal(): string {
    const { name } = this.router;
    const advice = byIptables(this.way)
      ? `Delete the rules with the comment ${this.name} from iptables' table raw`
      : `Remove it: nft delete table inet ${this.name}`;
    return `What marked the trace's packets is still on ${name}. ${advice}.`;
  }

  private notAsked(): string {
    const { name } = this.router;
    return `${name} could not be asked whether the trace's table ${this.name} is gone. It goes by itself, at the latest half a minute after the connection was lost.`;
  }
}

const gaps = "The kernel had more trace events than could be read, so some packets have gaps. Trace fewer packets.";

function byIptables(way: TraceWay | undefined): boolean {
  return way === "legacy";
}

/** Failures before which nothing was changed. */
const harmless: readonly Failure["reason"][] = ["missing", "unsupported", "notPermitted"];

/** The router takes a table away within a second or two. */
const maxTries = 6;
const betweenTriesMs = 500;

function notStarted(problems: readonly string[]): LiveTraceEnd {
  return { how: "failed", message: problems.join(" "), warnings: [], left: "nothing", count: 0 };
}
