import type { Entry } from "../catalogue.js";

export type IpFamily = "ipv4" | "ipv6";
export type IptablesTable = "filter" | "nat" | "mangle" | "raw" | "security";
export type BuiltinChain = "PREROUTING" | "INPUT" | "FORWARD" | "OUTPUT" | "POSTROUTING";

/** A match module (`-m NAME`, or loaded by `-p NAME`) or a target (`-j NAME`) of iptables 1.8. */
export interface Extension extends Entry {
  readonly kind: "match" | "target";
  /** Families it exists for; both where absent. */
  readonly families?: readonly IpFamily[];
  /** Tables in which the kernel allows it; every one where absent. */
  readonly tables?: readonly IptablesTable[];
  /** Hooks from which the kernel lets it be reached (user chains count by who jumps to them); every one where absent. */
  readonly hooks?: readonly BuiltinChain[];
  /** Protocols one of which `-p` must name, as in /etc/protocols: `["tcp", "udp"]`. */
  readonly protocols?: readonly string[];
  /** Taken under `! -p` too, though it can hardly be meant: the nft build reads the ports by itself. */
  readonly underNegation?: boolean;
  /** Names of `-p` that bring it in without `-m`, where those are not its own word: `["ipv6-icmp", "icmpv6"]`. */
  readonly loadedBy?: readonly string[];
  /** Other names that `-m` and `-j` know it by. */
  readonly aliases?: readonly string[];
  readonly options: readonly Option[];
  /** At least one of each group must stand: `[["limit"], ["set-mark", "set-xmark"]]`, long names. */
  readonly needs?: readonly (readonly string[])[];
  /** No two of a group may stand together. */
  readonly excludes?: readonly (readonly string[])[];
  /** What some of its options, or their values, ask of the rule beyond that. */
  readonly narrows?: readonly Narrowing[];
  /** A target that ends the walk of the chain (drops, accepts, rejects, queues, translates). Targets only. */
  readonly terminal?: boolean;
}

/** An option, or one value of it, that the kernel takes only from some hooks or with some protocols. */
export interface Narrowing {
  /** A long name. */
  readonly option: string;
  /** Any value where absent. */
  readonly value?: string;
  readonly hooks?: readonly BuiltinChain[];
  readonly protocols?: readonly string[];
  /** Lifted by this option beside it, a long name. */
  readonly unless?: string;
}

/** One option of an extension: `--dport`, its values in order, what it does. */
export interface Option extends Entry {
  readonly kind: "option";
  /** Long names without dashes, the one that iptables-save prints first: `["dport", "destination-port"]`. */
  readonly names: readonly string[];
  /** One letter without its dash, where there is one. */
  readonly letter?: string;
  /** One value an argument; none for a flag. */
  readonly values: readonly Value[];
  /** `! --dport 22` is understood. */
  readonly negatable?: boolean;
  /** May stand more than once in a rule. */
  readonly repeatable?: boolean;
  /** Its last value may be left out. */
  readonly optionalValue?: boolean;
  /** Options that must stand beside it, long names. */
  readonly requires?: readonly string[];
  /** Its number must be less than that of another option of the rule, or equal to it where `orEqual`. */
  readonly lessThan?: { readonly option: string; readonly orEqual?: boolean };
  /** Hooks from which the kernel lets it be reached, where that is narrower than its extension's. */
  readonly hooks?: readonly BuiltinChain[];
}

/**
 * What an argument may be. `range` is the sign between two of them where a range is understood; an end may be left out
 * (`5:`, `:5`, `:`, and of integers and wrapping ports even both with the sign) unless `closed`, and the first may be the greater one unless `ordered`.
 */
export type Value =
  | {
      readonly type: "integer";
      readonly min: number;
      readonly max: number | bigint;
      readonly range?: ":" | "-";
      readonly closed?: boolean;
      readonly ordered?: boolean;
      readonly list?: number;
    }
  /** Value with optional mask, both 32 bit unless `max` says otherwise: `0x30/0xff`. */
  | { readonly type: "mark"; readonly max?: number; readonly mask?: boolean }
  /** A port or its service name; `range` between two; `list` is how many at the most between commas. */
  | {
      readonly type: "port";
      readonly range?: ":" | "-";
      readonly closed?: boolean;
      readonly ordered?: boolean;
      readonly list?: number;
      /** Numbers above 65535 are taken too, and silently lose their upper bits. */
      readonly wraps?: boolean;
    }
  /**
   * One of a fixed set of words; `list` where several may stand between commas; `orInteger` where a number up to it does
   * too. `abbreviated` where a word may be cut short: to its `first` letters, the earliest fitting word wins, or as long as
   * it stays `unique`. `blanks` where a list may hold empty items (`SYN,`).
   */
  | {
      readonly type: "word";
      readonly words: Readonly<Record<string, string>>;
      readonly list?: boolean;
      readonly ignoreCase?: boolean;
      readonly orInteger?: number;
      /** The least number that does, 0 where absent. */
      readonly fromInteger?: number;
      /** With `orInteger`: what may follow the number after a slash: a mask, a code. */
      readonly slash?: Value;
      readonly abbreviated?: "first" | "unique";
      readonly blanks?: boolean;
      /** Only so many of its first letters are looked at: with 2, `Monday` is `Mon`. */
      readonly significant?: number;
    }
  /** An IP address of the rule's family; `prefix` with a mask or length; `list` between commas; `range` from-to. */
  | { readonly type: "address"; readonly prefix?: boolean; readonly list?: boolean; readonly range?: boolean }
  /** Where NAT goes: `addr[-addr][:port[-port]]`, IPv6 addresses with ports in brackets. */
  | { readonly type: "natAddress" }
  /** `port[-port[/base]]` of MASQUERADE and, without a base and so `unshifted`, REDIRECT. */
  | { readonly type: "natPorts"; readonly unshifted?: boolean }
  | { readonly type: "interface" }
  | { readonly type: "mac"; readonly mask?: boolean }
  /** `10/second`, `5/m`; `bytes` where hashlimit's `512kb/s` is understood too; `max` a second, never 0. */
  | { readonly type: "rate"; readonly bytes?: boolean; readonly max?: number }
  | { readonly type: "protocol" }
  /** A chain of the same table. */
  | { readonly type: "chain" }
  /** An ipset by name. */
  | { readonly type: "ipset" }
  /** Any text up to `max` bytes, not empty unless `empty`; `oneLine` where a quote that the line leaves open is refused. */
  | { readonly type: "text"; readonly max?: number; readonly empty?: boolean; readonly oneLine?: boolean }
  /** Text that must match `pattern`; `what` names it in a message: "a time of day as hh:mm[:ss]". */
  | { readonly type: "pattern"; readonly pattern: RegExp; readonly what: string };
