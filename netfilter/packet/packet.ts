import type { Address } from "./address.js";

/**
 * A packet as it is handed to the simulator, or as one was seen: headers and what the machine knows beside them. Numbers are
 * in host order. What is absent is not known: a rule that asks for it has no certain answer.
 */
export interface Packet {
  /** The interface it comes in by; absent for a packet that a program of this machine sends. */
  readonly iif?: string;
  /** For a packet of this machine's own: the interface that its socket is bound to. */
  readonly boundTo?: string;
  readonly saddr: Address;
  readonly daddr: Address;
  /** The number of the transport protocol: 6 is TCP. */
  readonly protocol: number;
  /** TCP, UDP, UDP-Lite, SCTP, DCCP. */
  readonly sport?: number;
  readonly dport?: number;
  /** TCP's flag byte: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128. */
  readonly tcpFlags?: number;
  readonly tcpSeq?: number;
  readonly tcpAck?: number;
  readonly tcpWindow?: number;
  /** The MSS option of a SYN; absent when it has none. */
  readonly tcpMss?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  /** Identifier of echo requests and replies. */
  readonly icmpId?: number;
  /** For an ICMP error: the packet that it is about. */
  readonly about?: Packet;
  /** The whole IP packet in bytes, headers included. */
  readonly length?: number;
  /** Time to live, or IPv6's hop limit. */
  readonly ttl?: number;
  readonly dscp?: number;
  readonly ecn?: number;
  /** IPv4's identification, 16 bits. */
  readonly ipId?: number;
  /** Don't fragment. */
  readonly df?: boolean;
  /** Present for a fragment: offset in bytes and whether more follow. */
  readonly fragment?: { readonly offset: number; readonly more: boolean };
  /** The mark that a packet of this machine starts with (`SO_MARK`); 0 for one that comes in. */
  readonly mark?: number;
  readonly priority?: number;
  readonly ether?: {
    /** 48 bits each. */
    readonly saddr: number;
    readonly daddr: number;
    /** 802.1Q tag, where it carries one. */
    readonly vlan?: number;
  };
  /** How the link layer addressed it; `host` for a packet that came in, where nothing else is said. */
  readonly pktType?: "host" | "broadcast" | "multicast" | "other";
  /** Of the sending program of this machine. */
  readonly uid?: number;
  readonly gid?: number;
  /** What follows the transport header, where it matters (helpers, `string`, raw payload). */
  readonly payload?: Uint8Array;
}

/** TCP's flags by name. */
export const tcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;
