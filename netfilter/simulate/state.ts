import type { Family, Hook } from "../facts/hooks.js";
import type { Address, AddressFamily } from "../packet/address.js";

/**
 * What the simulator knows of a router beside its rules. Every part that is absent is not known: the trace then states what was
 * assumed in its place. Nothing here is changed by a simulation; `Router` works on state of its own.
 */
export interface RouterState {
  readonly interfaces?: readonly Interface[];
  /** Of all tables, the kernel's `local` (255) and `main` (254) included. */
  readonly routes?: readonly Route[];
  /** `ip rule` of both families, in any order; absent stands for the kernel's own three. */
  readonly rules?: readonly PolicyRule[];
  /** By path with dots, such as `net.ipv4.ip_forward`, as the kernel prints the value. */
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly conntrack?: readonly ConntrackEntry[];
  readonly expectations?: readonly Expectation[];
  readonly ipsets?: readonly IpSet[];
  /** How many entries there are where `conntrack` is not the whole table. */
  readonly conntrackCount?: number;
  /** Seconds since 1970, for timeouts and time matches; 0 means that nothing depends on it. */
  readonly now?: number;
  /** Whether rates, connection counts and their like are exceeded; where nothing is said they are taken not to be. */
  readonly limits?: Limits;
  /** What the kernel says that it calls at its hooks; it decides the order among chains of one priority. */
  readonly hooks?: readonly CalledHook[];
  /** Release of the kernel as two numbers: `[6, 1]`; the newest known behaviour where absent. */
  readonly kernel?: readonly [number, number];
}

/** What is called at one hook, in the kernel's order. */
export interface CalledHook {
  readonly family: Family;
  readonly hook: Hook;
  readonly callbacks: readonly {
    readonly priority: number;
    /** The kernel's function, by which chains of the old kernel interface are known. */
    readonly function?: string;
    readonly chain?: { readonly family: Family; readonly table: string; readonly name: string };
  }[];
}

/** How full everything is that rules limit by rate or number. */
export type Limits = "under" | "over";

export interface Interface {
  readonly name: string;
  readonly index: number;
  /** `loopback`, `ether`, `bridge`, `vlan`, `ppp`, `tun`, `none` ... */
  readonly type: string;
  readonly up: boolean;
  readonly mtu?: number;
  /** 48 bits. */
  readonly mac?: number;
  /** The bridge or bond that it is a port of. */
  readonly master?: string;
  readonly group?: number;
  readonly addresses: readonly InterfaceAddress[];
}

export interface InterfaceAddress extends Address {
  readonly prefixLength: number;
  readonly scope?: "global" | "site" | "link" | "host";
  readonly secondary?: boolean;
  /** The other end of a point-to-point link. */
  readonly peer?: bigint;
  readonly broadcast?: bigint;
}

/** A route of a table. */
export interface Route {
  readonly family: AddressFamily;
  readonly table: number;
  readonly type:
    | "unicast"
    | "local"
    | "broadcast"
    | "multicast"
    | "anycast"
    | "blackhole"
    | "unreachable"
    | "prohibit"
    | "throw"
    | "nat";
  readonly destination: bigint;
  readonly prefixLength: number;
  /** Next hops; one for most routes, none for `blackhole` and its like. */
  readonly hops: readonly { readonly dev?: string; readonly via?: Address; readonly weight?: number }[];
  readonly source?: bigint;
  readonly metric?: number;
  readonly tos?: number;
}

/** One line of `ip rule`. */
export interface PolicyRule {
  readonly family: AddressFamily;
  readonly priority: number;
  readonly not?: boolean;
  readonly from?: { readonly value: bigint; readonly prefixLength: number };
  readonly to?: { readonly value: bigint; readonly prefixLength: number };
  readonly iif?: string;
  readonly oif?: string;
  readonly mark?: number;
  readonly mask?: number;
  readonly tos?: number;
  readonly protocol?: number;
  readonly sport?: readonly [number, number];
  readonly dport?: readonly [number, number];
  readonly uids?: readonly [number, number];
  readonly action:
    | {
        readonly do: "lookup";
        readonly table: number;
        readonly suppressPrefixLength?: number;
        readonly suppressGroup?: number;
      }
    | { readonly do: "goto"; readonly priority: number }
    | { readonly do: "blackhole" | "unreachable" | "prohibit" | "nop" };
}

/** One direction of a connection as conntrack keeps it. */
export interface Tuple {
  readonly saddr: Address;
  readonly daddr: Address;
  readonly protocol: number;
  /** For ICMP both ports are absent. A range stands for a port that the kernel picks at random. */
  readonly sport?: number | PortRange;
  readonly dport?: number | PortRange;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly icmpId?: number;
}

/** Both ends belong to it. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** What `conntrack -L` tells of a connection. */
export interface ConntrackEntry {
  readonly original: Tuple;
  readonly reply: Tuple;
  readonly status: readonly ConntrackStatus[];
  readonly mark: number;
  readonly zone?: number;
  /** Of TCP, SCTP, DCCP: `ESTABLISHED`, `SYN_SENT` ... */
  readonly state?: string;
  /** Seconds left. */
  readonly timeout?: number;
  readonly helper?: string;
  readonly labels?: bigint;
  /**
   * The interface that a masquerade bound it to. No tool shows it: for entries read from a router it is worked out of the rules
   * and the interface that has the address, and stated as an assumption.
   */
  readonly masqueradedBy?: string;
  readonly packets?: { readonly original: number; readonly reply: number };
  readonly bytes?: { readonly original: number; readonly reply: number };
}

/** A connection that a helper has announced; what is absent may be anything. */
export interface Expectation {
  readonly saddr?: Address;
  readonly daddr: Address;
  readonly protocol: number;
  readonly sport?: number;
  readonly dport?: number;
  readonly zone?: number;
  /** The original tuple of the connection that announced it. */
  readonly master: Tuple;
  /** Stays after the first connection that fulfils it. */
  readonly permanent?: boolean;
}

/** The bits of `enum ip_conntrack_status`, in small letters. */
export type ConntrackStatus =
  | "expected"
  | "seen-reply"
  | "assured"
  | "confirmed"
  | "snat"
  | "dnat"
  | "seq-adjust"
  | "snat-done"
  | "dnat-done"
  | "dying"
  | "fixed-timeout"
  | "template"
  | "helper"
  | "offload";

/** A set of the ipset tool, for `-m set`. */
export interface IpSet {
  readonly name: string;
  /** `hash:ip`, `hash:net,port`, `list:set` ... */
  readonly type: string;
  readonly family: AddressFamily;
  /** As `ipset save` prints them: `10.0.0.0/8,tcp:80`. */
  readonly entries: readonly string[];
}
