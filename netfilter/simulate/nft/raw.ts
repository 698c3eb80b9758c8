import type { Headers } from "../context.js";
import { type Read, toAtom } from "./reading.js";

/** Bits of the packet from the start of a header (`nh`, `th`) or of what follows the transport header (`ih`), as one number. */
export function rawBits(headers: Headers, base: string, offset: number, length: number): Read {
  const bytes = bytesOf(headers, base);
  if (bytes === null) return null;
  let value = 0n;
  for (let bit = offset; bit < offset + length; bit++) {
    const byte = bytes[bit >> 3];
    if (byte === undefined) return undefined;
    value = (value << 1n) | BigInt((byte >> (7 - (bit & 7))) & 1);
  }
  return toAtom(value, length);
}

type Bytes = (number | undefined)[];

function bytesOf(headers: Headers, base: string): Bytes | null {
  if (base === "nh") return headers.family === "ipv4" ? ipv4Bytes(headers) : ipv6Bytes(headers);
  if (headers.fragment && headers.fragment.offset > 0) return null;
  if (base === "th") return transportBytes(headers);
  return base === "ih" ? [...(headers.payload ?? [])] : [];
}

function ipv4Bytes(headers: Headers): Bytes {
  const { dscp, ecn, length, ipId, df, fragment, ttl, protocol, saddr, daddr } = headers;
  const flags = df === undefined && !fragment ? undefined : fragmentFlags(df, fragment);
  return [
    0x45,
    dscp === undefined || ecn === undefined ? undefined : (dscp << 2) | ecn,
    ...split(length, 2),
    ...split(ipId, 2),
    ...split(flags, 2),
    ttl,
    protocol,
    ...split(undefined, 2),
    ...split(saddr, 4),
    ...split(daddr, 4),
  ];
}

function fragmentFlags(df: boolean | undefined, fragment: Headers["fragment"]): number {
  return (df ? 0x4000 : 0) | (fragment?.more ? 0x2000 : 0) | ((fragment?.offset ?? 0) >> 3);
}

function ipv6Bytes({ dscp, ecn, length, protocol, ttl, fragment, saddr, daddr }: Headers): Bytes {
  const traffic = dscp === undefined || ecn === undefined ? undefined : (dscp << 2) | ecn;
  return [
    traffic === undefined ? undefined : 0x60 | (traffic >> 4),
    ...split(undefined, 3),
    ...split(length === undefined ? undefined : length - 40, 2),
    fragment ? 44 : protocol,
    ttl,
    ...split(saddr, 16),
    ...split(daddr, 16),
  ];
}

function transportBytes(headers: Headers): Bytes {
  const { protocol, sport, dport, icmpType, icmpCode, icmpId } = headers;
  if (protocol === 1 || protocol === 58)
    return [icmpType, icmpCode, undefined, undefined, ...split(icmpId, 2), undefined, undefined];
  const ports = [...split(numberOf(sport), 2), ...split(numberOf(dport), 2)];
  if (protocol !== 6) return ports;
  const { tcpSeq, tcpAck, tcpFlags, tcpWindow } = headers;
  return [...ports, ...split(tcpSeq, 4), ...split(tcpAck, 4), undefined, tcpFlags, ...split(tcpWindow, 2)];
}

function numberOf(port: Headers["sport"]): number | undefined {
  return typeof port === "number" ? port : undefined;
}

function split(value: number | bigint | undefined, bytes: number): Bytes {
  return Array.from({ length: bytes }, (_, index) =>
    value === undefined ? undefined : Number((BigInt(value) >> BigInt(8 * (bytes - 1 - index))) & 0xffn),
  );
}
