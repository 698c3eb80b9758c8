import type { Headers, NatRequest } from "../context.js";
import { type Direction, hasPorts, isIcmp } from "./tuple.js";

/** Gives a packet the source or the destination of `target`; of an ICMP error only the address, what it carries follows suit. */
export function rewrite(headers: Headers, kind: NatRequest["kind"], target: Direction): void {
  if (kind === "source") headers.saddr = target.saddr;
  else headers.daddr = target.daddr;
  if (headers.protocol !== target.protocol) return;
  if (isIcmp(headers.protocol)) headers.icmpId = typeof target.sport === "number" ? target.sport : undefined;
  else if (!hasPorts(headers.protocol)) return;
  else if (kind === "source") headers.sport = target.sport;
  else headers.dport = target.dport;
}

/** The same for an ICMP error about the connection: its own address, and within it the packet the other way round. */
export function rewriteError(headers: Headers, kind: NatRequest["kind"], target: Direction): void {
  if (kind === "source") headers.saddr = target.saddr;
  else headers.daddr = target.daddr;
  if (!headers.about) return;
  const { family } = target;
  const value = BigInt(kind === "source" ? target.saddr : target.daddr);
  const port = kind === "source" ? target.sport : target.dport;
  const known = hasPorts(target.protocol) && typeof port === "number" ? port : undefined;
  headers.about =
    kind === "source"
      ? { ...headers.about, daddr: { family, value }, ...(known !== undefined && { dport: known }) }
      : { ...headers.about, saddr: { family, value }, ...(known !== undefined && { sport: known }) };
}
