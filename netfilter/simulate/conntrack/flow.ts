import type { ConntrackEntry, ConntrackStatus } from "../state.js";
import type { TcpKind } from "./tcp.js";
import { type Direction, directionOfTuple, tupleOf } from "./tuple.js";

/** A connection in the table, or on its way there. Only `FlowTable` changes one, so that a try can be undone. */
export interface Flow {
  readonly original: Direction;
  readonly reply: Direction;
  readonly zone: number;
  readonly status: ReadonlySet<ConntrackStatus>;
  readonly mark: number;
  readonly labels: bigint;
  readonly helper: string | undefined;
  /** Of TCP; `NONE` before its first packet is through. */
  readonly state: string | undefined;
  /** The second at which it ends, by the table's clock; undefined when no tool told. */
  readonly ends: number | undefined;
  readonly masqueradedBy: string | undefined;
  readonly packets: ConntrackEntry["packets"];
  readonly bytes: ConntrackEntry["bytes"];
  /** TCP: a side has said FIN. */
  readonly finished: boolean;
  readonly tcp: TcpMemory;
  /** Second of the first packet, for UDP, which is taken for a stream after two. */
  readonly since: number;
}

/** What tracking remembers of a TCP connection's packets. */
export interface TcpMemory {
  /** The last packet that belonged to it; `end` is the sequence number behind it, undefined when not known. */
  readonly last: { readonly kind: TcpKind; readonly from: Side; readonly end: number | undefined } | undefined;
  /** The highest number that each side has acknowledged. */
  readonly acked: Readonly<Partial<Record<Side, number>>>;
  /** The number behind the last byte that each side has sent. */
  readonly sent: Readonly<Partial<Record<Side, number>>>;
  /** Both sides began with a SYN. */
  readonly simultaneous: boolean;
}

export type Side = "original" | "reply";

/** A connection that its first packet has just made. */
export function newFlow(original: Direction, reply: Direction, zone: number, now: number): Flow {
  return {
    original,
    reply,
    zone,
    status: new Set(),
    mark: 0,
    labels: 0n,
    helper: undefined,
    state: undefined,
    ends: undefined,
    masqueradedBy: undefined,
    packets: undefined,
    bytes: undefined,
    finished: false,
    tcp: { last: undefined, acked: {}, sent: {}, simultaneous: false },
    since: now,
  };
}

/** A connection that was there before the simulation. */
export function flowOfEntry(entry: ConntrackEntry, now: number): Flow {
  const flow = newFlow(directionOfTuple(entry.original), directionOfTuple(entry.reply), entry.zone ?? 0, now);
  return {
    ...flow,
    status: new Set<ConntrackStatus>([...entry.status, "confirmed", "snat-done", "dnat-done"]),
    mark: entry.mark,
    labels: entry.labels ?? 0n,
    helper: entry.helper,
    state: entry.state,
    finished: closing.has(entry.state ?? ""),
    ends: entry.timeout === undefined ? undefined : now + entry.timeout,
    masqueradedBy: entry.masqueradedBy,
    packets: entry.packets,
    bytes: entry.bytes,
  };
}

const closing = new Set(["FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT"]);

/** As `conntrack -L` would tell of it. */
export function entryOf(flow: Flow, now: number): ConntrackEntry {
  const { original, reply, status, mark, zone, state, ends, helper, labels, masqueradedBy, packets, bytes } = flow;
  return {
    original: tupleOf(original),
    reply: tupleOf(reply),
    status: [...status],
    mark,
    ...(zone !== 0 && { zone }),
    ...(state !== undefined && { state }),
    ...(ends !== undefined && { timeout: ends - now }),
    ...(helper !== undefined && { helper }),
    ...(labels !== 0n && { labels }),
    ...(masqueradedBy !== undefined && { masqueradedBy }),
    ...(packets && { packets }),
    ...(bytes && { bytes }),
  };
}

/** The status with more bits set. */
export function withBits(flow: Flow, ...bits: ConntrackStatus[]): ReadonlySet<ConntrackStatus> {
  return bits.every((bit) => flow.status.has(bit)) ? flow.status : new Set([...flow.status, ...bits]);
}
