import { type Columns, flag } from "./columns.js";
import { addressText, hasPorts, isIcmp, protocolName } from "./entry.js";
import { addressRanks, allRows, radixSort } from "./radix.js";

/** The columns that a table shows, by which it is sorted and grouped. */
export const sortKeys = [
  "family",
  "protocol",
  "state",
  "timeout",
  "source",
  "sourcePort",
  "destination",
  "destinationPort",
  "replySource",
  "replySourcePort",
  "replyDestination",
  "replyDestinationPort",
  "packets",
  "bytes",
  "mark",
  "zone",
  "id",
  "use",
  "age",
  "extra",
] as const;
export type SortKey = (typeof sortKeys)[number];

/**
 * The rows in order of a column, those with equal values in the order in which they came. Addresses are in order of number, IPv4
 * first; names in alphabetical order; packets and bytes are those of both directions together. A million rows take 20 to 200 ms.
 */
export function sortRows(columns: Columns, rows: Uint32Array, key: SortKey, descending = false): Uint32Array {
  return radixSort(rows, keysOf(columns, key), descending);
}

/** One group of rows with the same value in a column. */
export interface Group {
  /** A row of the group: `labelOf` says what they share. */
  readonly row: number;
  readonly count: number;
  /** Of both directions; undefined where the kernel does not count. */
  readonly packets?: number;
  readonly bytes?: number;
}

/** How many groups are wanted, and which of them are the largest. */
export interface GroupOptions {
  readonly most?: number;
  readonly by?: "count" | "bytes";
}

/** The rows by the value of a column: who talks most. The largest groups first, 10,000 of them unless more are asked for. */
export function groupRows(columns: Columns, rows: Uint32Array, key: SortKey, options: GroupOptions = {}): Group[] {
  const { most = 10_000, by = "count" } = options;
  const keys = keysOf(columns, key);
  const sorted = radixSort(rows, keys, false);
  const starts = groupStarts(sorted, keys);
  const groups = allRows(starts.length - 1);
  const weights = by === "count" ? [counts(starts)] : halves(bytesOf(columns, sorted, starts));
  const largest = radixSort(groups, weights, true).subarray(0, most);
  return Array.from(largest, (group) => {
    const [from, to] = [starts[group] as number, starts[group + 1] as number];
    return { row: sorted[from] as number, count: to - from, ...trafficOf(columns, sorted, from, to) };
  });
}

/** Where each group begins among the sorted rows, and behind them the end of the last one. */
function groupStarts(sorted: Uint32Array, keys: readonly Uint32Array[]): Uint32Array {
  const starts = new Uint32Array(sorted.length + 1);
  const [low = new Uint32Array(), high = low] = keys;
  let count = 0;
  for (let at = 0; at < sorted.length; at++) {
    const [row, before] = [sorted[at] as number, sorted[at - 1] as number];
    if (at === 0 || low[row] !== low[before] || high[row] !== high[before]) starts[count++] = at;
  }
  starts[count] = sorted.length;
  return starts.slice(0, count + 1);
}

function counts(starts: Uint32Array): Uint32Array {
  return starts.subarray(1).map((end, group) => end - (starts[group] as number));
}

function bytesOf(columns: Columns, sorted: Uint32Array, starts: Uint32Array): Float64Array {
  const sums = new Float64Array(starts.length - 1);
  for (let group = 0; group < sums.length; group++) {
    const end = starts[group + 1] as number;
    for (let at = starts[group] as number; at < end; at++)
      sums[group] = (sums[group] as number) + bothAt(columns, "bytes", sorted[at] as number);
  }
  return sums;
}

/** What a table shows of a row in a column. */
export function labelOf(columns: Columns, key: SortKey, row: number): string {
  const protocol = columns.protocol[row] as number;
  switch (key) {
    case "family":
      return (columns.flags[row] as number) & flag.ipv6 ? "ipv6" : "ipv4";
    case "protocol":
      return protocolName(protocol);
    case "state":
      return columns.states[columns.state[row] as number] ?? "";
    case "source":
    case "destination":
    case "replySource":
    case "replyDestination":
      return addressText(columns, columns[key], row);
    case "sourcePort":
    case "destinationPort":
    case "replySourcePort":
    case "replyDestinationPort":
      return portLabel(protocol, key, columns[key][row] as number);
    case "packets":
    case "bytes":
      return columns[key] ? String(bothAt(columns, key, row)) : "";
    case "mark":
      return `0x${(columns.mark[row] as number).toString(16)}`;
    case "timeout":
      return columns.timeout[row] === 0xffff_ffff ? "" : String(columns.timeout[row]);
    case "extra":
      return columns.extras[columns.extra?.[row] ?? 0] ?? "";
    default:
      return String(columns[key]?.[row] ?? "");
  }
}

function portLabel(protocol: number, key: string, value: number): string {
  if (hasPorts(protocol)) return String(value);
  if (!isIcmp(protocol)) return "";
  return key.endsWith("estinationPort") ? `id ${value}` : `type ${value >> 8} code ${value & 255}`;
}

/** The keys of a column from the least to the most significant, each a number up to 2^32-1 by row. */
function keysOf(columns: Columns, key: SortKey): Uint32Array[] {
  switch (key) {
    case "family":
      return [byRow(columns, (row) => (columns.flags[row] as number) & flag.ipv6)];
    case "protocol":
      return [
        ranked(
          columns.protocol,
          Array.from({ length: 256 }, (_, number) => protocolName(number)),
        ),
      ];
    case "state":
      return [ranked(columns.state, columns.states)];
    case "extra":
      return [ranked(columns.extra ?? new Uint32Array(columns.count), columns.extras)];
    case "source":
    case "destination":
    case "replySource":
    case "replyDestination":
      return addressKeys(columns, columns[key]);
    case "packets":
    case "bytes":
      return halves(both(columns, key));
    default:
      return [Uint32Array.from(columns[key] ?? new Uint32Array(columns.count))];
  }
}

function byRow({ count }: Columns, value: (row: number) => number): Uint32Array {
  const values = new Uint32Array(count);
  for (let row = 0; row < count; row++) values[row] = value(row);
  return values;
}

function ranked(column: ArrayLike<number>, names: readonly string[]): Uint32Array {
  const order = names.map((_, index) => index).sort((a, b) => compareText(names[a] as string, names[b] as string));
  const ranks = new Uint32Array(names.length);
  for (const [rank, index] of order.entries()) ranks[index] = rank;
  const values = new Uint32Array(column.length);
  for (let row = 0; row < column.length; row++) values[row] = ranks[column[row] as number] as number;
  return values;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function addressKeys({ addresses, flags, count }: Columns, column: Uint32Array): Uint32Array[] {
  if (addresses.length === 0) return [column];
  const ranks = addressRanks(addresses);
  const six = new Uint32Array(count);
  const values = new Uint32Array(count);
  for (let row = 0; row < count; row++) {
    const value = column[row] as number;
    const isSix = (flags[row] as number) & flag.ipv6;
    six[row] = isSix;
    values[row] = isSix ? (ranks[value] as number) : value;
  }
  return [values, six];
}

function both(columns: Columns, unit: "packets" | "bytes"): Float64Array {
  const sum = new Float64Array(columns.count);
  for (let row = 0; row < sum.length; row++) sum[row] = bothAt(columns, unit, row);
  return sum;
}

function bothAt(columns: Columns, unit: "packets" | "bytes", row: number): number {
  const received = unit === "packets" ? columns.replyPackets : columns.replyBytes;
  return (columns[unit]?.[row] ?? 0) + (received?.[row] ?? 0);
}

function halves(values: Float64Array): Uint32Array[] {
  const low = new Uint32Array(values.length);
  const high = new Uint32Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number;
    low[row] = value;
    high[row] = value / 0x1_0000_0000;
  }
  return [low, high];
}

function trafficOf(columns: Columns, rows: Uint32Array, from: number, to: number) {
  const { packets, bytes, replyPackets, replyBytes } = columns;
  if (!packets || !bytes || !replyPackets || !replyBytes) return {};
  let allPackets = 0;
  let allBytes = 0;
  for (let at = from; at < to; at++) {
    const row = rows[at] as number;
    allPackets += (packets[row] as number) + (replyPackets[row] as number);
    allBytes += (bytes[row] as number) + (replyBytes[row] as number);
  }
  return { packets: allPackets, bytes: allBytes };
}
