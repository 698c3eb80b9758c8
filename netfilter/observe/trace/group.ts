import type { Family, Hook } from "../../facts/hooks.js";
import { endOf, type TracedPacket, type TraceEvent } from "./event.js";

/** What was seen of one packet on its way, in order. */
export interface PacketTrace {
  /** Counts from 0 through a grouper's life. */
  readonly number: number;
  readonly id: string;
  /** As it was first seen; absent when the tool did not show it. */
  readonly packet?: TracedPacket;
  readonly events: readonly TraceEvent[];
  /** True when the tool said that events were lost while this packet was on its way. */
  readonly gaps: boolean;
  /** How the last base chain ended, where that was seen. A packet may also end between hooks: its trace just stops. */
  readonly verdict?: "accept" | "drop" | "queue" | "stolen";
  /** Nothing more will come of it, as far as one can tell who hears the router itself: it has been quiet for a while. */
  readonly isOver?: true;
}

/** The hook at which a base chain stands, from a ruleset; undefined for other chains. */
export type HookOf = (family: Family, table: string, chain: string) => Hook | undefined;

/** Hooks in the order in which one packet meets them. */
const stages: Readonly<Record<Hook, number>> = {
  ingress: 0,
  prerouting: 1,
  output: 1,
  input: 2,
  forward: 2,
  postrouting: 3,
  egress: 4,
};

interface Draft {
  readonly number: number;
  readonly id: string;
  packet?: TracedPacket;
  readonly events: TraceEvent[];
  gaps: boolean;
  verdict?: "accept" | "drop" | "queue" | "stolen";
  /** Base chains that are through. */
  readonly done: Set<string>;
  /** The base chain that it is in. */
  base: string;
  stage: number;
  /** How many events there had been when it had its last one. */
  touched: number;
}

/** A packet that had none of so many events is through. */
const underWay = 1_000;
/**
 * The kernel says that its buffer was full before it gives what is in it: what is lost comes behind that. nft's holds some 25,000
 * events.
 */
const buffered = 30_000;

/**
 * Puts events together by packet. Lines of several packets interleave, and the kernel gives the same id to others later: a packet
 * begins anew when it comes to a chain that it has left, to an earlier hook, has another identification, or was dropped before.
 */
export class TraceGrouper {
  readonly #open = new Map<string, Draft>();
  #traces: Draft[] = [];
  #changed = new Set<Draft>();
  #next = 0;
  #events = 0;
  /** The count of events up to which some may be missing. */
  #lossyUntil = 0;

  /** `most` packets are kept, the oldest go first. */
  constructor(
    readonly hookOf: HookOf = () => undefined,
    readonly most = 10_000,
  ) {}

  add(event: TraceEvent): void {
    let draft = this.#open.get(event.id);
    if (!draft || this.#isNext(draft, event)) draft = this.#begin(event);
    draft.events.push(event);
    draft.touched = ++this.#events;
    if (this.#events <= this.#lossyUntil) draft.gaps = true;
    this.#follow(draft, event);
    this.#changed.add(draft);
  }

  /** The tool said that it lost events: every packet that is under way, or comes soon, may have gaps. */
  lost(): void {
    this.#lossyUntil = this.#events + buffered;
    for (const draft of this.#open.values()) {
      if (draft.verdict === "drop" || draft.touched < this.#events - underWay) continue;
      draft.gaps = true;
      this.#changed.add(draft);
    }
  }

  /** All packets that are kept, in the order in which they were first seen. */
  get traces(): readonly PacketTrace[] {
    return this.#traces.map(finished);
  }

  /** Packets that are new or longer since this was last called. */
  takeChanged(): PacketTrace[] {
    const changed = [...this.#changed].map(finished);
    this.#changed = new Set();
    return changed;
  }

  #begin({ id }: TraceEvent): Draft {
    const fresh = { events: [], gaps: false, done: new Set<string>(), base: "", stage: -1, touched: 0 };
    const draft: Draft = { number: this.#next++, id, ...fresh };
    this.#open.set(id, draft);
    this.#traces.push(draft);
    if (this.#traces.length > this.most * 1.25) this.#forget();
    return draft;
  }

  #forget(): void {
    for (const draft of this.#traces.slice(0, -this.most))
      if (this.#open.get(draft.id) === draft) this.#open.delete(draft.id);
    this.#traces = this.#traces.slice(-this.most);
  }

  #isNext(draft: Draft, event: TraceEvent): boolean {
    if (draft.verdict === "drop") return true;
    const chain = chainOf(event);
    if (draft.done.has(chain)) return true;
    const stage = this.#stageOf(event);
    if (stage !== undefined && stage < draft.stage) return true;
    return event.kind === "packet" && isOther(draft.packet, event.packet);
  }

  #stageOf(event: TraceEvent): number | undefined {
    const { family, table, chain } = event;
    const hook = endOf(event) ?? this.hookOf(family, table, chain);
    return hook && stages[hook];
  }

  #follow(draft: Draft, event: TraceEvent): void {
    if (event.kind === "packet") draft.packet ??= event.arrived ?? event.packet;
    const stage = this.#stageOf(event);
    if (stage !== undefined) draft.stage = stage;
    if (event.kind === "packet" || draft.base === "") draft.base = chainOf(event);
    const verdict = event.kind === "rule" || event.kind === "policy" ? event.verdict?.kind : undefined;
    const ends = verdict === "accept" || verdict === "drop" || verdict === "queue" || verdict === "stolen";
    if (ends) draft.verdict = verdict;
    else delete draft.verdict;
    if (event.kind === "policy") draft.done.add(chainOf(event));
    else if (ends) draft.done.add(draft.base);
    if (ends || event.kind === "policy") draft.base = "";
  }
}

function chainOf({ family, table, chain }: TraceEvent): string {
  return `${family} ${table} ${chain}`;
}

/** Addresses and ports change by NAT and length by programs; an identification other than 0 does not. */
function isOther(before: TracedPacket | undefined, now: TracedPacket): boolean {
  if (!before?.ipId || !now.ipId) return false;
  return before.ipId !== now.ipId;
}

function finished({ number, id, packet, events, gaps, verdict }: Draft): PacketTrace {
  return { number, id, events, gaps, ...(packet && { packet }), ...(verdict && { verdict }) };
}
