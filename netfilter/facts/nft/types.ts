import type { Entry } from "../catalogue.js";
import type { ChainType, Family, Hook } from "../hooks.js";

/**
 * Where a word may stand; a side that is left out is not limited. Hooks and chain types are checked by the kernel when the
 * rules are loaded, never by nft before.
 */
export interface Places {
  readonly families?: readonly Family[];
  /** `nft` where it refuses other families itself while reading; else the kernel does, when the rules are loaded. */
  readonly familyJudge?: "nft";
  readonly hooks?: readonly Hook[];
  readonly chainTypes?: readonly ChainType[];
}

/**
 * What a statement does to the packet's way: `verdict` decides about it, `jump` goes on in another chain, `gate` lets only
 * some packets past (like a comparison), `nat` rewrites the connection's addresses, `change` writes the packet, its mark or
 * its conntrack entry, `inert` leaves all that alone, `opaque` may do anything.
 */
export type Effect = "verdict" | "jump" | "gate" | "nat" | "change" | "inert" | "opaque";

/** Something a rule does: `accept`, `log`, `masquerade`. */
export interface Statement extends Entry, Places {
  readonly kind: "statement";
  /** No statement may follow it in its rule. */
  readonly terminal?: boolean;
  readonly effect: Effect;
  /** The words that may follow it: `prefix`, `level` of `log`. */
  readonly options?: readonly Entry[];
}

/** What a header is a part of, and so how it is written: `tcp dport`, `frag id`, `tcp option maxseg size`. */
export type HeaderGroup = "payload" | "exthdr" | "tcp option" | "ip option" | "sctp chunk";

/** Place of a header in the packet: what `@ll`, `@nh` and `@th` count from. */
export type Layer = "link" | "network" | "transport";

/** A header of the packet, an extension header, or an option or chunk within one. */
export interface Header extends Entry, Places {
  readonly kind: "expression";
  readonly group: HeaderGroup;
  /** Name of the protocol for people. */
  readonly name: string;
  readonly layer: Layer;
  /** What nft itself asks first when a field of it is read; any of the values will do. */
  readonly dependency?: Dependency;
  /** Its number among its siblings: the next-header number of an extension, the type of an option or chunk. */
  readonly number?: number;
  readonly fields: readonly Field[];
}

/**
 * What must be known of the packet before a field makes sense; nft asks it in front unless the rule has already. `ethertype`
 * becomes `meta nfproto` in inet tables and `meta protocol` in bridge and netdev, `l4proto` becomes `ip protocol` in ip.
 */
export interface Dependency {
  readonly on: "iiftype" | "ethertype" | "l4proto";
  readonly values: readonly number[];
}

/** One field of a header. `word` is its name without the header's. */
export interface Field extends Entry {
  readonly kind: "field";
  /** Name of a `Datatype`. */
  readonly datatype: string;
  readonly bits: number;
  /** In bits from the header's first one. */
  readonly offset: number;
  /** `tcp dport set 22` is possible. */
  readonly writable: boolean;
  /** Values of the header's type field that nft asks for first: `icmp id` needs an echo message. */
  readonly needsType?: readonly number[];
}

/** What else can be read of a packet, by its first word. */
export type KeyFamily = "meta" | "ct" | "rt" | "socket" | "osf" | "fib" | "ipsec" | "tunnel" | "numgen" | "hash";

/** `meta mark`, `ct state`, `fib ... type`. `word` is the second word alone. */
export interface Key extends Entry, Places {
  readonly kind: "expression";
  readonly family: KeyFamily;
  readonly datatype: string;
  /** 0 where it depends on the rest of the expression. */
  readonly bits: number;
  /** How the kernel hands the value over, which may differ from its datatype. */
  readonly byteorder: "big" | "host";
  readonly writable: boolean;
  /** Where it can be written, if not wherever it can be read. */
  readonly writeHooks?: readonly Hook[];
  /** Can only be written, as `ct event set`: the kernel refuses to compare it. */
  readonly writeOnly?: boolean;
  /** `meta` may be left out: `iif`, `mark`. */
  readonly bare?: boolean;
  /** Whether `original` or `reply` stands before a `ct` key: absent means never. */
  readonly direction?: "must" | "may";
  /** Whether `ip` or `ip6` may or must stand before it: `ct original ip saddr`, `rt ip6 nexthop`. Absent means never. */
  readonly addressFamily?: "must" | "may";
}

/** How the bits of a value are meant. `bitmask` values are lists of flags, matched with an implied `&`. */
export type BaseType = "integer" | "bitmask" | "string" | "verdict" | "address" | "boolean";

/** Type of a value. `since` tells when `type` of a set first took its name; expressions may have had it before. */
export interface Datatype extends Entry {
  readonly kind: "datatype";
  /** 0 where the length is not fixed, so that it cannot be the type of a set. */
  readonly bits: number;
  readonly byteorder: "big" | "host" | "none";
  readonly base: BaseType;
  /** The names that its values have, in ascending order of value where the tool has no other. */
  readonly constants: readonly Constant[];
  /** Any number that fits is a value too. False for types that take names only. */
  readonly numeric: boolean;
  /** May not stand in `type` of a set declaration. */
  readonly internal?: boolean;
}

/** A name for a value. */
export interface Constant extends Entry {
  readonly kind: "constant";
  readonly value: number;
}

/** A word of structure, a flag, a unit or an operator; `group` says in which list it belongs. */
export interface Keyword extends Entry, Places {
  readonly group: KeywordGroup;
  /** Multiplies into the unit's base: seconds, bytes. */
  readonly factor?: number;
}

export type KeywordGroup =
  | "command"
  | "structure"
  | "object"
  | "family"
  | "hook"
  | "chainType"
  | "priority"
  | "policy"
  | "tableFlag"
  | "chainFlag"
  | "setFlag"
  | "setPolicy"
  | "flowtableFlag"
  | "logLevel"
  | "logFlag"
  | "natFlag"
  | "queueFlag"
  | "rejectType"
  | "operator"
  | "timeUnit"
  | "rateUnit"
  | "sizeUnit"
  | "option"
  | "expression"
  | "rawBase"
  | "fibSelector"
  | "timeoutState"
  | "listing";
