import type { Hook } from "../../facts/hooks.js";
import type { Rule } from "../../model/ruleset.js";
import type { Packet } from "../../packet/packet.js";
import type { Span } from "../../text/span.js";
import type { Tracked } from "../conntrack/tracker.js";
import type { Headers, Meta } from "../context.js";
import { headersOf, metaOf, packetOf } from "../headers.js";
import { type IpNumber, textOf } from "../ipNumber.js";
import type { Doubts } from "../routing/flow.js";
import type { Interface } from "../state.js";
import type { Change, Disposition, Step, Trace } from "../trace.js";
import type { Answers } from "../tries.js";
import type { Machine, Wishes } from "./machine.js";

/** What a conntrack template said before the lookup. `set`: there is one, so that the packet cannot be taken out any more. */
interface Template {
  set: boolean;
  zone: number;
  helper: string | undefined;
}

/** Before any rule has said something. */
export const noTemplate: Readonly<Template> = { set: false, zone: 0, helper: undefined };

/** A packet on its way in one try: headers, what the kernel keeps beside them, and what was written down so far. */
export class Flight implements Doubts {
  readonly headers: Headers;
  readonly meta: Meta;
  iif: Interface | undefined;
  oif: Interface | undefined;
  nexthop: IpNumber | undefined;
  tracked: Tracked | undefined;
  readonly template: Template = { ...noTemplate };
  /** An answer to an untracked packet: tied to no connection, but so that no rule can take it out of conntrack. */
  isTiedToNone = false;
  /** A transparent proxy's socket has been given to it. */
  tproxied = false;
  /** `br_netfilter` has taken it through IP's prerouting already. */
  prerouted = false;
  /** A copy: copies are not copied again. */
  readonly isCopy: boolean;
  readonly steps: Step[] = [];
  readonly caused: Trace[] = [];
  private readonly assumptions = new Set<string>();
  private readonly settled = new Map<string, boolean>();
  /** Changes that belong to the step that is written next. */
  pending: Change[] = [];

  constructor(
    readonly machine: Machine,
    readonly answers: Answers,
    readonly wishes: Wishes,
    readonly packet: Packet,
    isCopy = false,
  ) {
    this.headers = headersOf(packet);
    this.meta = metaOf(packet);
    this.isCopy = isCopy;
    if (packet.iif !== undefined) this.iif = machine.interfaces.named(packet.iif);
  }

  /** `ip` or `ip6`: whose hooks it passes. */
  get family(): "ip" | "ip6" {
    return this.headers.family === "ipv4" ? "ip" : "ip6";
  }

  guess(why: string, span?: Span): boolean {
    const key = `${why} ${span?.start} ${span?.end}`;
    const known = this.settled.get(key);
    if (known !== undefined) return known;
    const answer = this.answers.next(why, span);
    this.settled.set(key, answer);
    return answer;
  }

  assume(sentence: string): void {
    this.assumptions.add(sentence);
  }

  /** The changes noted since the last step. */
  takeChanges(): readonly Change[] {
    const { pending } = this;
    if (pending.length === 0) return unchanged;
    this.pending = [];
    return pending;
  }

  /** Writes a step down, if steps are wanted; its index, or -1. */
  note(step: Step): number {
    if (this.wishes.record === "none") return -1;
    return this.steps.push(step) - 1;
  }

  /** Index of the last step. */
  get lastStep(): number {
    return this.steps.length - 1;
  }

  /** Another packet that this one makes the machine send. */
  offspring(packet: Packet, isCopy = false): Flight {
    return new Flight(this.machine, this.answers, { ...this.wishes, oif: undefined }, packet, isCopy);
  }

  /** The trace of a way that has ended. */
  trace(disposition: Disposition): Trace {
    const { packet, steps, caused, tracked } = this;
    const told = this.wishes.record !== "none" || this.answers.asked.length > 0;
    const listed = told && tracked?.confirmed && !tracked.status.has("dying") ? tracked.entry() : undefined;
    const last = told ? this.now() : packet;
    const assumptions = [...this.assumptions];
    return { packet, steps, disposition, last, ...(listed && { entry: listed }), assumptions, unknown: [], caused };
  }

  /** The packet as it is now. */
  now(): Packet {
    return packetOf(this.headers, this.meta, this.packet);
  }

  /** Left by its outgoing interface. */
  sent(): Disposition {
    const { oif, nexthop, headers } = this;
    const via = nexthop === undefined ? {} : { nexthop: textOf(headers.family, nexthop) };
    return { end: "sent", oif: oif?.name ?? "?", ...via };
  }

  /** Ended by the step that was written last. */
  dropped(why: string): Disposition {
    return { end: "dropped", why, step: this.lastStep };
  }
}

/** Where a packet is while rules look at it. */
export interface Place {
  readonly hook: Hook;
  readonly priority: number;
  readonly rule?: Rule;
}

/** Shared by all steps that changed nothing. */
const unchanged: readonly Change[] = [];
