/**
 * Conntrack entries, one array for each field and one row for each entry. The arrays are transferable as they are, have exactly
 * `count` elements, and those that a listing never filled are absent.
 */
export interface Columns {
  readonly count: number;
  /** Number of the IP protocol. */
  readonly protocol: Uint8Array;
  /** Index into `states`; 0 is "none". */
  readonly state: Uint8Array;
  /** Bits of `flag`. */
  readonly flags: Uint8Array;
  /** Seconds until the entry goes; `noTimeout` where none is given (offloaded flows, old kernels' DESTROY). */
  readonly timeout: Uint32Array;
  /** Addresses: the number of an IPv4 one, with `flag.ipv6` an index into `addresses`. */
  readonly source: Uint32Array;
  readonly destination: Uint32Array;
  readonly replySource: Uint32Array;
  readonly replyDestination: Uint32Array;
  /** Ports, GRE's keys, and for ICMP `type << 8 | code`. */
  readonly sourcePort: Uint16Array;
  /** Ports, GRE's keys, and for ICMP the id. */
  readonly destinationPort: Uint16Array;
  readonly replySourcePort: Uint16Array;
  readonly replyDestinationPort: Uint16Array;
  readonly mark: Uint32Array;
  /** References to the entry, 65535 for more. */
  readonly use?: Uint16Array;
  readonly zone?: Uint16Array;
  readonly id?: Uint32Array;
  /** Accounting; exact up to 2^53. */
  readonly packets?: Float64Array;
  readonly bytes?: Float64Array;
  readonly replyPackets?: Float64Array;
  readonly replyBytes?: Float64Array;
  /** Seconds since the entry was made, where the kernel stamps entries. */
  readonly age?: Uint32Array;
  /** Index into `extras`. */
  readonly extra?: Uint32Array;
  /** Each IPv6 address once, as four 32-bit words. */
  readonly addresses: Uint32Array;
  /** Names of states, the first one empty. */
  readonly states: readonly string[];
  /** What else lines said, as it stood there (`secctx=...`, `helper=ftp`, `[start=...]`); the first one empty. */
  readonly extras: readonly string[];
}

/** Bits of `Columns.flags`. */
export const flag = { ipv6: 1, assured: 2, unreplied: 4, offload: 8, hardwareOffload: 16 } as const;

/** Stands in `Columns.timeout` for "none given". */
export const noTimeout = 0xffff_ffff;

/** The buffers of the columns, to be handed to another thread without a copy; the columns are of no use here afterwards. */
export function transferables(columns: Columns): ArrayBuffer[] {
  return Object.values(columns)
    .filter((value): value is Uint8Array => ArrayBuffer.isView(value))
    .map(({ buffer }) => buffer as ArrayBuffer);
}

/** How many bytes the columns take. */
export function byteSize(columns: Columns): number {
  return transferables(columns).reduce((sum, { byteLength }) => sum + byteLength, 0);
}
