import type { Family, Hook } from "../facts/hooks.js";
import type { Chain, Rule } from "../model/ruleset.js";
import type { Packet } from "../packet/packet.js";
import type { Span } from "../text/span.js";
import type { ConntrackStatus, Interface, Limits, PortRange } from "./state.js";
import type { Change } from "./trace.js";

/**
 * A value that a rule reads, compares or writes. Numbers up to 48 bits are `number` (IPv4 addresses, ports, marks, MAC
 * addresses), wider ones `bigint` (IPv6 addresses, byte counts); names are strings; a concatenation is an array.
 * `undefined` where a value is expected means that it is not known.
 */
export type Value = number | bigint | string | readonly Value[];

/** The headers of a packet on its way: what rules and NAT may change. Absent means not known, or that there is no such header. */
export interface Headers {
  family: "ipv4" | "ipv6";
  saddr: number | bigint;
  daddr: number | bigint;
  protocol: number;
  /** A range: a port that the kernel picked at random. */
  sport: number | PortRange | undefined;
  dport: number | PortRange | undefined;
  tcpFlags: number | undefined;
  tcpSeq: number | undefined;
  tcpAck: number | undefined;
  tcpWindow: number | undefined;
  tcpMss: number | undefined;
  icmpType: number | undefined;
  icmpCode: number | undefined;
  icmpId: number | undefined;
  length: number | undefined;
  ttl: number | undefined;
  dscp: number | undefined;
  ecn: number | undefined;
  ipId: number | undefined;
  df: boolean | undefined;
  fragment: { readonly offset: number; readonly more: boolean } | undefined;
  etherSaddr: number | undefined;
  etherDaddr: number | undefined;
  vlan: number | undefined;
  payload: Uint8Array | undefined;
  /** For an ICMP error: the packet that it is about, as its sender saw it. */
  about: Packet | undefined;
}

/** What the kernel keeps beside the headers (`struct sk_buff`). */
export interface Meta {
  mark: number;
  priority: number;
  nftrace: boolean;
  pktType: "host" | "broadcast" | "multicast" | "other";
  uid: number | undefined;
  gid: number | undefined;
  secmark: number;
}

/** The connection of a packet, as the rules at a hook see it. Its mark, labels and helper may be written. */
export interface Connection {
  readonly state: "new" | "established" | "related" | "invalid" | "untracked";
  readonly direction: "original" | "reply";
  readonly status: ReadonlySet<ConntrackStatus>;
  mark: number;
  labels: bigint;
  readonly zone: number;
  readonly original: Headline;
  readonly reply: Headline;
  /** `ESTABLISHED` ... of TCP. */
  readonly protocolState: string | undefined;
  helper: string | undefined;
  /** Seconds left. */
  readonly expiration: number | undefined;
  readonly packets: { readonly original: number; readonly reply: number } | undefined;
  readonly bytes: { readonly original: number; readonly reply: number } | undefined;
  /** Seen at all before this hook's rules, i.e. confirmed earlier. */
  readonly confirmed: boolean;
}

/** A tuple in the form in which rules ask for it. */
export interface Headline {
  readonly saddr: number | bigint;
  readonly daddr: number | bigint;
  readonly protocol: number;
  readonly sport: number | PortRange | undefined;
  readonly dport: number | PortRange | undefined;
}

/** What NAT is asked to do with a connection: ranges as the rule gives them. Addresses as `Headers` has them. */
export interface NatRequest {
  readonly kind: "source" | "destination";
  readonly address?: { readonly from: number | bigint; readonly to: number | bigint };
  readonly port?: PortRange;
  /** The address of the interface that it leaves (source) or came in by (destination: `redirect`). */
  readonly own?: boolean;
  /** Host bits are kept, the network is exchanged (`netmap`, `prefix`). */
  readonly netmap?: boolean;
  readonly random?: boolean;
  readonly fullyRandom?: boolean;
  readonly persistent?: boolean;
  /** A base port of `--to-ports`-shifting DNAT (`iptables -j DNAT --to-destination A:P1-P2/BASE`). */
  readonly base?: number;
  readonly masquerade?: boolean;
}

/** What is looked up in the routing tables by `fib`, `rpfilter`, `addrtype`. */
export interface FibQuery {
  readonly address: number | bigint;
  readonly source?: number | bigint;
  readonly mark?: number;
  /** The device whose addresses count for `type`; `oif` of the answer is there only if the best route uses it. */
  readonly iif?: string;
  /** Only routes by this device count. */
  readonly oif?: string;
}

/** Types as the kernel names them (`unicast`, `local`, `broadcast` ...); `oif` where the route leads to one. */
export interface FibAnswer {
  /** What kind of address it is: IPv4 asks its table `local` alone. */
  readonly type: string;
  /** What kind of route the rules and tables have for it. */
  readonly route?: string;
  readonly oif?: string;
}

/**
 * One packet at one hook: what a rule may read and do. The simulator's stack makes it; the compiled rules take it. Whoever has
 * no certain answer asks `guess`, and never guesses itself.
 */
export interface Passage {
  readonly hook: Hook;
  /** Of the packet, as the chain's family sees it: `ip` or `ip6` in an inet chain. */
  readonly family: Exclude<Family, "inet">;
  readonly headers: Headers;
  readonly meta: Meta;
  readonly iif: Interface | undefined;
  readonly oif: Interface | undefined;
  /** Before conntrack's lookup, and where nothing tracks, there is none. */
  readonly connection: Connection | undefined;
  /** True before the lookup, for a packet to which a rule gave a conntrack template. */
  readonly hasTemplate: boolean;
  /** Whether rates and connection counts are exceeded; undefined when nothing was said, so that it is to be assumed. */
  readonly limits: Limits | undefined;
  /** Seconds since 1970; undefined when nothing is known of the time. */
  readonly now: number | undefined;

  /** Looks a route up; undefined when routes are not known. */
  fib(query: FibQuery): FibAnswer | undefined;
  /** An ipset's answer; undefined when the set is not known. `directions`: `src`, `dst` for each dimension. */
  ipset(name: string, directions: readonly ("src" | "dst")[]): boolean | undefined;
  /**
   * The answer to a question that the state does not decide. It is asked the same way in each try, and every answer is tried
   * in turn (`simulate/tries.ts`), so that only a difference in the outcome makes it `unknown`.
   */
  guess(why: string, span: Span | undefined): boolean;
  /** States, once, what is taken for granted. */
  assume(sentence: string): void;
  /** Tells of something that a rule changed; the headers, meta or connection have it already. */
  changed(change: Change): void;

  /** Sets up the translation of a new connection as the kernel does; what comes back ends the rule as a verdict. */
  nat(request: NatRequest): "accept" | "drop";
  /** The packet gets no entry. */
  notrack(): void;
  /** A conntrack template's zone or helper, by `CT --zone`, `ct zone set`. */
  template(parts: {
    readonly zone?: number;
    readonly helper?: string;
    readonly direction?: "original" | "reply";
  }): void;
  /** A copy is sent: `dup`, `TEE`. */
  copy(to: { readonly address?: number | bigint; readonly device?: string }): void;
}

/** What a rule, or a whole chain, ends in. `continue`: the next rule. */
export type Outcome =
  | "continue"
  | "accept"
  | "drop"
  | "return"
  | "stolen"
  | { readonly do: "jump" | "goto"; readonly chain: Chain }
  | { readonly do: "queue"; readonly numbers: PortRange; readonly bypass: boolean }
  | { readonly do: "reject"; readonly with: RejectWith }
  | { readonly do: "tproxy"; readonly address?: number | bigint; readonly port?: number };

/** What the sender is told: a TCP reset, or an ICMP error by type and code. */
export type RejectWith =
  | { readonly tcpReset: true }
  | { readonly tcpReset: false; readonly type: number; readonly code: number };

/** A rule made ready for packets. Whether it matched is told by `matched` beside the outcome of a rule without verdict. */
export interface CompiledRule {
  readonly rule: Rule;
  /** `undefined` when a condition did not hold: nothing behind it in the rule was done. */
  run(passage: Passage): Outcome | undefined;
}

/** Compiles the rules of one loaded file; keeps the state of its sets, limits, quotas and counters between packets. */
export interface RulesetProgram {
  /** Compiled when first asked for. */
  rulesOf(chain: Chain): readonly CompiledRule[];
  /** Sets, limits and quotas as they are now; `restore` puts them back, for a try that must leave nothing. */
  snapshot(): () => void;
}
