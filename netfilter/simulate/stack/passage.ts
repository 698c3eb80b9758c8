import type { Hook } from "../../facts/hooks.js";
import type { Span } from "../../text/span.js";
import type { Tracked } from "../conntrack/tracker.js";
import type { FibAnswer, FibQuery, Headers, Meta, NatRequest, Passage } from "../context.js";
import type { Interface } from "../state.js";
import type { Change } from "../trace.js";
import type { Flight } from "./flight.js";
import { ownAddress } from "./ownAddress.js";

/** A flight at one hook, as compiled rules see it. */
export class FlightPassage implements Passage {
  readonly headers: Headers;
  readonly meta: Meta;
  readonly iif: Interface | undefined;
  readonly oif: Interface | undefined;

  constructor(
    private readonly flight: Flight,
    readonly hook: Hook,
    readonly family: Passage["family"],
    private readonly sendCopy: (flight: Flight, to: Parameters<Passage["copy"]>[0], hook: Hook) => void,
  ) {
    this.headers = flight.headers;
    this.meta = flight.meta;
    this.iif = flight.iif;
    this.oif = hook === "prerouting" || hook === "input" || hook === "ingress" ? undefined : flight.oif;
  }

  get connection(): Tracked | undefined {
    return this.flight.tracked;
  }

  get hasTemplate(): boolean {
    return this.flight.template.set && this.flight.tracked === undefined;
  }

  get limits() {
    return this.flight.machine.state.limits;
  }

  get now(): number | undefined {
    return this.flight.machine.now;
  }

  fib(query: FibQuery): FibAnswer | undefined {
    return this.flight.machine.routing.fib(query, this.headers.family, this.flight);
  }

  ipset(name: string, directions: readonly ("src" | "dst")[]): boolean | undefined {
    return this.flight.machine.ipsets.test(name, directions, this);
  }

  guess(why: string, span: Span | undefined): boolean {
    return this.flight.guess(why, span);
  }

  assume(sentence: string): void {
    this.flight.assume(sentence);
  }

  changed(change: Change): void {
    this.flight.pending.push(change);
  }

  nat(request: NatRequest): "accept" | "drop" {
    const { flight, hook } = this;
    const { tracked, machine } = flight;
    if (!tracked) return "accept";
    const own = request.own ? ownAddress(flight, request, hook) : undefined;
    if (request.own && own === undefined) return "drop";
    const asked = {
      ...(own !== undefined && { address: own }),
      ...(this.oif && { oif: this.oif.name }),
    };
    return machine.tracker.setUp(tracked, request, asked) ? "accept" : "drop";
  }

  /** Over loopback a packet may have its connection already, and keeps it; an invalid one has none. */
  notrack(): void {
    const { tracked, machine, isTiedToNone } = this.flight;
    if (isTiedToNone) return;
    if (!tracked || tracked.state === "invalid") this.flight.tracked = machine.tracker.untracked();
  }

  template(parts: Parameters<Passage["template"]>[0]): void {
    const { template, tracked } = this.flight;
    if (tracked) return;
    template.set = true;
    if (parts.zone !== undefined) template.zone = parts.zone;
    if (parts.helper !== undefined) template.helper = parts.helper;
  }

  copy(to: Parameters<Passage["copy"]>[0]): void {
    if (!this.flight.isCopy) this.sendCopy(this.flight, to, this.hook);
  }
}
