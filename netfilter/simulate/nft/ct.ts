import type { Ct } from "../../syntax/nft/nodes.js";
import type { Connection, Passage } from "../context.js";
import type { ConntrackStatus } from "../state.js";
import type { Reader } from "./payload.js";
import type { Read } from "./reading.js";

const stateBits: Readonly<Record<Connection["state"], number>> = {
  invalid: 1,
  established: 2,
  related: 4,
  new: 8,
  untracked: 64,
};

const statusBits: Readonly<Record<ConntrackStatus, number>> = {
  expected: 1 << 0,
  "seen-reply": 1 << 1,
  assured: 1 << 2,
  confirmed: 1 << 3,
  snat: 1 << 4,
  dnat: 1 << 5,
  "seq-adjust": 1 << 6,
  "snat-done": 1 << 7,
  "dnat-done": 1 << 8,
  dying: 1 << 9,
  "fixed-timeout": 1 << 10,
  template: 1 << 11,
  helper: 1 << 13,
  offload: 1 << 14,
};

/** The packet's connection, if it has an entry: invalid and untracked ones have none. */
export function entryOf({ connection }: Passage): Connection | undefined {
  if (!connection || connection.state === "invalid" || connection.state === "untracked") return undefined;
  return connection;
}

/** The reader of a `ct` key: before conntrack's lookup a packet is `invalid`, and every other key ends the rule. */
export function ctReader({ key, direction }: Ct): Reader {
  if (key.text === "state") return stateOf;
  const read = keyReader(key.text, direction?.text as "original" | "reply" | undefined);
  return (passage) => {
    const connection = entryOf(passage);
    return connection ? read(connection, passage) : null;
  };
}

/** A template has the state of a new connection, and nothing else of it. */
function stateOf({ connection, hasTemplate }: Passage): number {
  if (connection) return stateBits[connection.state];
  return hasTemplate ? stateBits.new : stateBits.invalid;
}

type Side = "original" | "reply" | undefined;

function keyReader(key: string, side: Side): (connection: Connection, passage: Passage) => Read {
  const of = (connection: Connection) => connection[side ?? "original"];
  switch (key) {
    case "direction":
      return ({ direction }) => (direction === "original" ? 0 : 1);
    case "status":
      return ({ status }) => statusNumber(status);
    case "mark":
      return ({ mark }) => mark;
    case "label":
      return ({ labels }) => labels;
    case "expiration":
      return expiration;
    case "helper":
      return ({ status }) => (status.has("expected") ? undefined : null);
    case "l3proto":
    case "l3protocol":
      return (_, { headers }) => (headers.family === "ipv4" ? 2 : 10);
    case "protocol":
      return (connection) => of(connection).protocol;
    case "saddr":
      return (connection) => of(connection).saddr;
    case "daddr":
      return (connection) => of(connection).daddr;
    case "proto-src":
      return (connection) => of(connection).sport;
    case "proto-dst":
      return (connection) => of(connection).dport;
    case "zone":
      return ({ zone }) => zone;
    case "bytes":
      return ({ bytes }) => counted(bytes, side);
    case "packets":
      return ({ packets }) => counted(packets, side);
    case "avgpkt":
      return ({ bytes, packets }) => average(counted(bytes, side), counted(packets, side));
    default:
      return () => undefined;
  }
}

/** In milliseconds; what is not in the table yet counts as run out. */
function expiration({ confirmed, expiration: seconds }: Connection): Read {
  if (!confirmed) return 0;
  return seconds === undefined ? undefined : seconds * 1000;
}

/** The status as the kernel's bits. */
function statusNumber(status: ReadonlySet<ConntrackStatus>): number {
  let bits = 0;
  for (const one of status) bits |= statusBits[one];
  return bits;
}

function counted(counts: Connection["packets"], side: Side): bigint | undefined {
  if (!counts) return undefined;
  return BigInt(side ? counts[side] : counts.original + counts.reply);
}

function average(bytes: bigint | undefined, packets: bigint | undefined): bigint | undefined {
  if (bytes === undefined || packets === undefined) return undefined;
  return packets === 0n ? 0n : bytes / packets;
}
