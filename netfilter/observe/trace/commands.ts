import type { Command, Exit, Outcome } from "../command.js";
import { failureOf } from "../failure.js";
import { type FollowCommand, type Following, Lines } from "../reading.js";
import { Unread } from "../warnings.js";
import type { TraceEvent } from "./event.js";
import { readLogTrace } from "./log.js";
import { goesOn, isLastLine, readNftTrace } from "./nft.js";
import { Untangled } from "./untangled.js";
import { XtablesReader } from "./xtables.js";

/** An event, or that the tool lost some here. */
export type TraceItem = TraceEvent | { readonly kind: "lost" };

/** What a run of a monitor gave when it ended. */
export interface TraceEnd {
  readonly count: number;
  readonly lost: boolean;
}

/** Events of packets that some rule traces, as nft shows them, with handles. Shows nothing by itself. */
export const nftTrace = follow("trace.nft", ["nft", "-a", "monitor", "trace"]);
/** The same in iptables' words, for rulesets of iptables-nft. */
export const xtablesTrace = follow("trace.xtables", ["xtables-monitor", "--trace"]);

function follow(id: string, argv: readonly string[]): FollowCommand<TraceItem, TraceEnd> {
  const command = { id, title: "traces of packets", argv, root: true };
  return { ...command, reader: () => new TraceReader(command) };
}

/** Reads a trace that was saved or pasted: lines of nft, xtables-monitor and the kernel log, in any order. */
export function readTraceText(text: string): readonly TraceItem[] {
  const reader = new LineReader();
  for (const line of text.split("\n")) reader.line(line);
  return reader.items;
}

const lostEvents = /We lost some netlink events|netlink: .*(?:ENOBUFS|No buffer space)/;

/** Letters of a rule; what is longer is none. */
const mostOfRule = 100_000;

class LineReader {
  items: TraceItem[] = [];
  readonly unread = new Unread();
  readonly #xtables = new XtablesReader();

  /** The lines so far of a rule that is written on several. */
  #open: string | undefined;

  readonly #untangled = new Untangled((text) => this.#whole(text));

  line(text: string): void {
    this.#untangled.line(text);
  }

  #whole(text: string): void {
    if (this.#open !== undefined && !/\btrace id /.test(text)) {
      const whole = `${this.#open} ${text.trim()}`;
      this.#open = isLastLine(text) || whole.length > mostOfRule ? undefined : whole;
      if (this.#open === undefined) this.#read(whole);
      return;
    }
    this.#open = goesOn(text) ? text : undefined;
    if (this.#open === undefined) this.#read(text);
  }

  #read(text: string): void {
    if (lostEvents.test(text)) {
      this.items.push({ kind: "lost" });
      return;
    }
    const nft = readNftTrace(text);
    const events = nft
      ? [nft]
      : text.includes("TRACE: ") && text.includes(" IN=") && !/^\s*TRACE: \d/.test(text)
        ? readLogTrace(text)
        : this.#xtables.read(text);
    if (events.length > 0) this.items.push(...events);
    else if (!/^\s*$|\b(?:PACKET|EVENT): |\btrace id |^#/.test(text)) this.unread.add(text);
  }
}

class TraceReader implements Following<TraceItem, TraceEnd> {
  readonly #reader = new LineReader();
  readonly #lines = new Lines((line) => this.#reader.line(line));
  #count = 0;
  #lost = false;

  constructor(readonly command: Omit<Command<TraceEnd>, "reader">) {}

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
  }

  take(): TraceItem[] {
    const { items } = this.#reader;
    this.#reader.items = [];
    this.#count += items.filter(({ kind }) => kind !== "lost").length;
    this.#lost ||= items.some(({ kind }) => kind === "lost");
    return items;
  }

  end(exit: Exit): Outcome<TraceEnd> {
    if (!exit.cut) this.#lines.end();
    const rest = this.take();
    this.#reader.items = rest;
    const failure = exit.cut || this.#count > 0 ? undefined : failureOf(this.command, exit);
    if (failure) return { ok: false, failure };
    const warnings = this.#reader.unread.warnings("trace events");
    if (this.#lost)
      warnings.push(
        "The kernel had more trace events than the tool could take, so some packets have gaps. Trace fewer packets.",
      );
    return { ok: true, value: { count: this.#count, lost: this.#lost }, warnings };
  }
}
