import { protocolAt } from "../../facts/protocols.js";
import { type Address, type AddressFamily, formatAddress } from "../../packet/address.js";
import { type Columns, flag, noTimeout } from "./columns.js";

/** One direction of a connection as conntrack keeps it. */
export interface Tuple {
  /** In the usual spelling. */
  readonly source: string;
  readonly destination: string;
  /** Ports, for GRE its keys; absent for protocols without. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly icmp?: { readonly type: number; readonly code: number; readonly id: number };
}

/** One direction's traffic so far, where the kernel counts it. */
export interface Traffic {
  readonly packets: number;
  readonly bytes: number;
}

/** One row of the columns, for details, copying and export. */
export interface Entry {
  readonly family: AddressFamily;
  readonly protocol: number;
  /** `tcp`, or the number where it has no name. */
  readonly protocolName: string;
  /** Absent for protocols without states. */
  readonly state?: string;
  /** Seconds until it goes. */
  readonly timeout?: number;
  readonly original: Tuple;
  readonly reply: Tuple;
  readonly sent?: Traffic;
  readonly received?: Traffic;
  readonly assured: boolean;
  readonly unreplied: boolean;
  readonly offload?: "software" | "hardware";
  readonly mark: number;
  readonly zone: number;
  readonly use?: number;
  readonly id?: number;
  /** Seconds since it was made. */
  readonly age?: number;
  /** What else the line said, as it stood there. */
  readonly extra?: string;
}

/** Reads a row. */
export function entryAt(columns: Columns, row: number): Entry {
  const flags = columns.flags[row] as number;
  const protocol = columns.protocol[row] as number;
  const state = columns.states[columns.state[row] as number];
  const timeout = columns.timeout[row];
  const extra = columns.extras[columns.extra?.[row] ?? 0];
  const offload = flags & flag.hardwareOffload ? "hardware" : flags & flag.offload ? "software" : undefined;
  const use = columns.use?.[row];
  const age = columns.age?.[row];
  const id = columns.id?.[row];
  const sent = trafficAt(columns.packets, columns.bytes, row);
  const received = trafficAt(columns.replyPackets, columns.replyBytes, row);
  return {
    family: flags & flag.ipv6 ? "ipv6" : "ipv4",
    protocol,
    protocolName: protocolName(protocol),
    ...(state && { state }),
    ...(timeout !== noTimeout && timeout !== undefined && { timeout }),
    original: tupleAt(columns, row, false),
    reply: tupleAt(columns, row, true),
    ...(sent && { sent }),
    ...(received && { received }),
    assured: (flags & flag.assured) !== 0,
    unreplied: (flags & flag.unreplied) !== 0,
    ...(offload && { offload }),
    mark: columns.mark[row] as number,
    zone: columns.zone?.[row] ?? 0,
    ...(use !== undefined && { use }),
    ...(id !== undefined && { id }),
    ...(age !== undefined && { age }),
    ...(extra && { extra }),
  };
}

/** The name that people use for a protocol; its number where it has none. */
export function protocolName(protocol: number): string {
  return protocol === 58 ? "icmpv6" : (protocolAt(protocol)?.name ?? String(protocol));
}

/** Whether a protocol's tuples have ports. */
export function hasPorts(protocol: number): boolean {
  return [6, 17, 33, 47, 132, 136].includes(protocol);
}

/** Whether a protocol's tuples have an ICMP type, code and id. */
export function isIcmp(protocol: number): boolean {
  return protocol === 1 || protocol === 58;
}

/** The address that a column of addresses holds. */
export function addressAt(columns: Columns, column: Uint32Array, row: number): Address {
  const value = column[row] as number;
  if (!((columns.flags[row] as number) & flag.ipv6)) return { family: "ipv4", value: BigInt(value) };
  return { family: "ipv6", value: ipv6Value(columns.addresses, value) };
}

/** An address of the table of IPv6 addresses as one number. */
export function ipv6Value(addresses: Uint32Array, index: number): bigint {
  return addresses.subarray(index * 4, index * 4 + 4).reduce((value, word) => (value << 32n) | BigInt(word), 0n);
}

/** The text of the address that a column of addresses holds; quick, for lists. */
export function addressText(columns: Columns, column: Uint32Array, row: number): string {
  const value = column[row] as number;
  if ((columns.flags[row] as number) & flag.ipv6) return formatAddress(addressAt(columns, column, row));
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

function tupleAt(columns: Columns, row: number, reply: boolean): Tuple {
  const protocol = columns.protocol[row] as number;
  const first = (reply ? columns.replySourcePort : columns.sourcePort)[row] as number;
  const second = (reply ? columns.replyDestinationPort : columns.destinationPort)[row] as number;
  return {
    source: addressText(columns, reply ? columns.replySource : columns.source, row),
    destination: addressText(columns, reply ? columns.replyDestination : columns.destination, row),
    ...(hasPorts(protocol) && { sourcePort: first, destinationPort: second }),
    ...(isIcmp(protocol) && { icmp: { type: first >> 8, code: first & 255, id: second } }),
  };
}

function trafficAt(packets: Float64Array | undefined, bytes: Float64Array | undefined, row: number) {
  return packets && bytes ? { packets: packets[row] as number, bytes: bytes[row] as number } : undefined;
}
