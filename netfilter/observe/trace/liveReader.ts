import type { Exit, Outcome } from "../command.js";
import { type Following, Lines } from "../reading.js";
import { nftTrace, type TraceItem } from "./commands.js";
import { endOf, type TracedPacket, type TraceEvent } from "./event.js";
import { iptablesRules } from "./liveRules.js";
import { noticeStart, type TraceOrder } from "./liveScript.js";
import { traceFailure, traceNote, traceWays } from "./liveWords.js";

/**
 * What marks packets on the router: a table that the kernel removes with its `owner`; one that a `guard` process removes; rules of
 * old iptables (`legacy`).
 */
export type TraceWay = "owner" | "guard" | "legacy";

/** What the script says about itself; a `note` is a sentence for a person. */
export type TraceNotice =
  | { readonly kind: "way"; readonly way: TraceWay }
  | { readonly kind: "listening" }
  | { readonly kind: "note"; readonly sentence: string };

/** What a live trace shows while it runs. */
export type LiveItem = TraceItem | TraceNotice;

/** What a live trace gave that ended with its time. */
export interface LiveTraceResult {
  readonly count: number;
  readonly lost: boolean;
}

/**
 * Reads the script's notices and the monitor's lines. Those of the trace's own table and rules are left out, but that the table
 * saw packets as they came in (the next chain that shows one may stand behind NAT), and that they came to the end of their way.
 */
export class LiveTraceReader implements Following<LiveItem, LiveTraceResult> {
  readonly #events = nftTrace.reader() as Following<TraceItem, LiveTraceResult>;
  readonly #lines = new Lines((line) => this.#notice(line));
  /** Packets that only the trace's own table has seen yet, by their id. */
  readonly #arrived = new Map<string, TracedPacket>();
  #notices: TraceNotice[] = [];
  #way: TraceWay | undefined;
  /** There are tables of old iptables as well. */
  #isBesideOld = false;
  #failed: string | undefined;
  #count = 0;

  constructor(private readonly order: TraceOrder) {}

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
    this.#events.push(bytes);
  }

  /** Notices come first: of what was seen before the script listened nothing is asked. */
  take(): LiveItem[] {
    const items = this.#events
      .take()
      .flatMap((item): TraceItem[] => (item.kind === "lost" ? [item] : this.#others(item)));
    const notices = this.#notices;
    this.#notices = [];
    this.#count += items.filter(({ kind }) => kind !== "lost").length;
    return [...notices, ...items];
  }

  end(exit: Exit): Outcome<LiveTraceResult> {
    if (!exit.cut) this.#lines.end();
    const outcome = this.#events.end({ ...exit, cut: true });
    const lost = outcome.ok && outcome.value.lost;
    if (exit.cut) return { ok: false, failure: { reason: "cut", message: "The trace was cut short." } };
    if (this.#failed !== undefined || exit.code !== 0) return { ok: false, failure: traceFailure(this.#failed, exit) };
    return { ok: true, value: { count: this.#count, lost }, warnings: outcome.ok ? outcome.warnings : [] };
  }

  #notice(line: string): void {
    if (!line.startsWith(noticeStart)) return;
    const [kind, word = "", family] = line.slice(noticeStart.length).split(" ");
    if (kind === "listening") this.#notices.push({ kind });
    if (kind === "failed") this.#failed = word;
    if (kind === "way") this.#takeWay(word);
    if (kind === "note" && ofOldTables.has(word)) this.#isBesideOld = true;
    const sentence = kind === "note" ? traceNote(word, family) : undefined;
    if (sentence !== undefined) this.#notices.push({ kind: "note", sentence });
  }

  #takeWay(word: string): void {
    const sentence = traceWays.get(word as TraceWay);
    if (sentence === undefined) return;
    this.#way = word as TraceWay;
    this.#notices.push({ kind: "way", way: this.#way }, { kind: "note", sentence });
  }

  #others(event: TraceEvent): TraceEvent[] {
    const { name } = this.order;
    if (event.table === name && endOf(event)) return this.#ended(event);
    if (event.table === name) {
      if (this.#arrived.size > mostArrived) this.#arrived.clear();
      if (event.kind === "packet") this.#arrived.set(event.id, event.packet);
      return [];
    }
    return event.kind === "packet" ? [this.#withArrival(event)] : this.#counted(event);
  }

  #withArrival(event: TraceEvent & { readonly kind: "packet" }): TraceEvent {
    const arrived = this.#arrived.get(event.id);
    this.#arrived.delete(event.id);
    if (!arrived) return event;
    return { ...event, arrived, ends: this.#isBesideOld ? "besideOld" : "told" };
  }

  /** Beside old iptables the log tells of packets that no chain of nft's sees, under another id: they would be there twice. */
  #ended(event: TraceEvent): TraceEvent[] {
    if (!this.#isBesideOld || !this.#arrived.has(event.id))
      return [event.kind === "packet" ? this.#withArrival(event) : event];
    if (event.kind === "policy") this.#arrived.delete(event.id);
    return [];
  }

  /** Old iptables tells rules by their place, and the first ones in raw are the trace's. */
  #counted(event: TraceEvent): TraceEvent[] {
    if (this.#way !== "legacy" || event.table !== "raw" || !("position" in event) || !event.position) return [event];
    const { name, pattern, limits } = this.order;
    const own = iptablesRules(name, pattern, limits, event.family === "ip6" ? "ipv6" : "ipv4");
    const position = event.position - own.filter((rule) => rule.startsWith(`${event.chain} `)).length;
    return position > 0 ? [{ ...event, position }] : [];
  }
}

const mostArrived = 1000;

/** Notes that are only said where the router has tables of old iptables. */
const ofOldTables: ReadonlySet<string> = new Set(["log", "nologger", "otherlogger"]);
