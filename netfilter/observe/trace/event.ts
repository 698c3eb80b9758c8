import type { Family } from "../../facts/hooks.js";

/** Something the kernel told about a packet that is traced. */
export type TraceEvent = TracePlace &
  (
    | { readonly kind: "packet"; readonly packet: TracedPacket }
    /** A rule that matched. */
    | {
        readonly kind: "rule";
        /** The rule as the tool writes it, where it does. */
        readonly rule?: string;
        /** By which the rule is found in a listing with handles. */
        readonly handle?: number;
        /** Its place in the chain, from 1: old iptables gives it in place of the handle. */
        readonly position?: number;
        /** Absent where the tool does not tell: old iptables logs before the target runs. */
        readonly verdict?: TraceVerdict;
      }
    /** The end of a chain that was jumped to, or a rule with `return`. */
    | { readonly kind: "return" }
    /** The end of a base chain; old iptables does not say what its policy is. */
    | { readonly kind: "policy"; readonly verdict?: TraceVerdict }
  );

/** Where the packet is, and by which id its events belong together. */
export interface TracePlace {
  /** Ids repeat: `TraceGrouper` tells packets apart. */
  readonly id: string;
  readonly family: Family;
  readonly table: string;
  readonly chain: string;
  /** The packet's mark at this point, where it was told and is not 0. */
  readonly mark?: number;
}

/** What a rule or policy decided. */
export interface TraceVerdict {
  readonly kind: "accept" | "drop" | "continue" | "return" | "jump" | "goto" | "queue" | "stolen" | "unknown";
  /** The chain of `jump` and `goto`. */
  readonly target?: string;
  /** The number of the queue. */
  readonly queue?: number;
}

/** What a trace shows of a packet. */
export interface TracedPacket {
  readonly iif?: string;
  readonly oif?: string;
  readonly source?: string;
  readonly destination?: string;
  /** `tcp`, `udp`, `icmp`, `icmpv6` or what the tool writes; absent where nothing tells. */
  readonly protocol?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly ttl?: number;
  readonly length?: number;
  /** IPv4's identification. */
  readonly ipId?: number;
  /** Names in lower case. */
  readonly tcpFlags?: readonly string[];
  readonly icmpType?: string;
  /** TCP's sequence number, in the kernel log only. */
  readonly sequence?: number;
  readonly mark?: number;
  /** The tool's own words. */
  readonly text: string;
}

/** Leaves out what has no value. */
export function given<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** A number in decimal or hexadecimal, where there is one. */
export function numberIn(text: string | undefined): number | undefined {
  return text === undefined || text === "" || Number.isNaN(Number(text)) ? undefined : Number(text);
}
