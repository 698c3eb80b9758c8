import type { Connection, Headers } from "../context.js";
import type { ConntrackEntry, ConntrackStatus } from "../state.js";
import type { Flow } from "./flow.js";
import { entryOf, withBits } from "./flow.js";
import type { Slot } from "./flowTable.js";
import type { Tracked } from "./tracker.js";
import { headline } from "./tuple.js";

/** Where a connection's mark, labels and helper are written, and whose clock counts. */
export interface FlowChanger {
  readonly now: number;
  change(slot: Slot, changes: Partial<Flow>): void;
}

/** A packet's connection, as the rules see it: a window on the flow, which may change under it. */
export class TrackedPacket implements Tracked {
  constructor(
    readonly slot: Slot,
    readonly direction: "original" | "reply",
    readonly state: Connection["state"],
    private readonly table: FlowChanger,
    /** An ICMP error about the connection, not one of its own packets. */
    readonly isError = false,
  ) {}

  get status(): ReadonlySet<ConntrackStatus> {
    return this.slot.flow.status;
  }
  get mark(): number {
    return this.slot.flow.mark;
  }
  set mark(mark: number) {
    this.table.change(this.slot, { mark });
  }
  get labels(): bigint {
    return this.slot.flow.labels;
  }
  set labels(labels: bigint) {
    this.table.change(this.slot, { labels });
  }
  get helper(): string | undefined {
    return this.slot.flow.helper;
  }
  set helper(helper: string | undefined) {
    this.table.change(this.slot, { helper, status: withBits(this.slot.flow, "helper") });
  }
  get zone(): number {
    return this.slot.flow.zone;
  }
  get original() {
    return headline(this.slot.flow.original);
  }
  get reply() {
    return headline(this.slot.flow.reply);
  }
  get protocolState(): string | undefined {
    return this.slot.flow.state;
  }
  get expiration(): number | undefined {
    const { ends } = this.slot.flow;
    return ends === undefined ? undefined : ends - this.table.now;
  }
  get packets() {
    return this.slot.flow.packets;
  }
  get bytes() {
    return this.slot.flow.bytes;
  }
  get confirmed(): boolean {
    return this.status.has("confirmed");
  }
  entry(): ConntrackEntry {
    return entryOf(this.slot.flow, this.table.now);
  }
}

/** A packet without a connection; what is written to it is lost, as in the kernel. */
export class Trackless implements Tracked {
  readonly direction = "original";
  readonly status: ReadonlySet<ConntrackStatus> = new Set();
  readonly zone = 0;
  readonly protocolState = undefined;
  readonly expiration = undefined;
  readonly packets = undefined;
  readonly bytes = undefined;
  readonly confirmed = false;
  readonly original;
  readonly reply;

  constructor(
    readonly state: "invalid" | "untracked",
    { saddr, daddr, protocol, sport, dport }: Pick<Headers, "saddr" | "daddr" | "protocol" | "sport" | "dport">,
  ) {
    this.original = { saddr, daddr, protocol, sport, dport };
    this.reply = { saddr: daddr, daddr: saddr, protocol, sport: dport, dport: sport };
  }
  get mark(): number {
    return 0;
  }
  set mark(_: number) {}
  get labels(): bigint {
    return 0n;
  }
  set labels(_: bigint) {}
  get helper(): string | undefined {
    return undefined;
  }
  set helper(_: string | undefined) {}
  entry(): undefined {
    return undefined;
  }
}
