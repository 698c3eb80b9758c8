import type { Family } from "../../facts/hooks.js";

/** Something the kernel told about a packet that is traced. */
export type TraceEvent = TracePlace &
  (
    | {
        readonly kind: "packet";
        readonly packet: TracedPacket;
        /** As it came in, where a live trace saw it before any chain of the router's did: NAT may have changed it since. */
        readonly arrived?: TracedPacket;
        /**
         * With `arrived`, where a live trace also has chains at the very end of input and postrouting: what comes there is told.
         * `besideOld`: the router has tables of old iptables, too, whose drops nft does not tell.
         */
        readonly ends?: "told" | "besideOld";
      }
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
    | { readonly kind: "return"; readonly position?: number }
    /** The end of a base chain; old iptables does not say what its policy is. */
    | { readonly kind: "policy"; readonly position?: number; readonly verdict?: TraceVerdict }
    | { readonly kind: "conntrack"; readonly connection: TracedConnection }
  );

/*
 * Old iptables counts the end of a chain as one rule more, and calls a last rule that always accepts, drops or returns an end,
 * too: only `position` tells it from the chain's own.
 */

/** How the tables of our own live traces are called, and their rules in iptables' tables commented, with eight digits behind it. */
export const traceName = "hookscope_trace_";

/** A little before the last priority, at which conntrack confirms: chains of a live trace that see what comes so far. */
export const endPriority = 2_147_483_646;

/** The hook at whose end a chain of a live trace stands; undefined for all other chains. */
export function endOf({ table, chain }: TracePlace): "input" | "postrouting" | undefined {
  return table.startsWith(traceName) && (chain === "input" || chain === "postrouting") ? chain : undefined;
}

/** Which tool told of an event: what each leaves out is different. */
export type TraceTool = "nft" | "xtables" | "log";

/** Where the packet is, and by which id its events belong together. */
export interface TracePlace {
  readonly by?: TraceTool;
  /** Ids repeat: `TraceGrouper` tells packets apart. */
  readonly id: string;
  readonly family: Family;
  readonly table: string;
  readonly chain: string;
  /**
   * The packet's mark at this point, where it was told and is not 0: nft tells it where chains end, the kernel log before each
   * rule acts. xtables-monitor shows it with the packet, as it is behind the event that follows.
   */
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

/** What conntrack had of a packet as it came to a chain: nft 1.1.4 and newer, from kernel 6.16 on. */
export interface TracedConnection {
  readonly direction?: "original" | "reply";
  /** `new`, `established`, `related`, `invalid`, `untracked`. */
  readonly state?: string;
  /** `dnat-done`, `seen-reply` ... */
  readonly status: readonly string[];
  /** As conntrack shows it with `-o id`. */
  readonly connectionId?: number;
}

/** What a trace shows of a packet: the headers as they are behind the event that follows. */
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
