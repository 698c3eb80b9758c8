import type { ChainType, Family, Hook } from "../facts/hooks.js";
import type { SyntaxNode } from "../syntax/tree.js";
import type { Span } from "../text/span.js";
import type { ChainMemo, Memo } from "./memo.js";

/**
 * What a rules file says, the same for both languages: iptables' tables are tables of family `ip` or `ip6` whose built-in
 * chains are base chains. Every part carries its span in the document it came from.
 */
export interface Ruleset {
  readonly language: "nftables" | "iptables";
  readonly tables: readonly Table[];
  readonly variables: readonly Variable[];
  /** Every place that names a definition, the definitions' own names left out, in order of place. */
  readonly references: readonly Reference[];
  /** Those of them that lead from a rule, or a map's element, to a chain. */
  readonly jumps: readonly Reference[];
  /** True when an `include` could not be read, so that names may be defined elsewhere. */
  readonly incomplete: boolean;
}

export type Definition = Table | Chain | NamedSet | NamedObject | Variable;

interface Named {
  readonly name: string;
  /** Where the name first stands; empty for a built-in chain that the file only uses. */
  readonly nameSpan: Span;
  /** The whole of its first declaration. */
  readonly span: Span;
}

export interface Table extends Named {
  readonly kind: "table";
  readonly family: Family;
  /** One for each block or `*table` section that adds to it. */
  readonly blocks: readonly Span[];
  readonly dormant: boolean;
  readonly chains: readonly Chain[];
  readonly sets: readonly NamedSet[];
  readonly objects: readonly NamedObject[];
}

export interface Chain extends Named {
  readonly kind: "chain";
  readonly table: Table;
  /** Present when the kernel calls it at a hook. */
  readonly base?: BaseChain;
  /** iptables' PREROUTING, INPUT ...: cannot be renamed, exists without a declaration. */
  readonly builtin: boolean;
  readonly blocks: readonly Span[];
  /** In the order in which a packet meets them. */
  readonly rules: readonly Rule[];
  /** What has been found out about it. */
  readonly memo: ChainMemo;
}

export interface BaseChain {
  readonly type: ChainType;
  readonly hook: Hook;
  /** Lower runs earlier; undefined when it hangs on a variable that has no known value. */
  readonly priority: number | undefined;
  /** `accept` where nothing else is said. */
  readonly policy: "accept" | "drop";
  readonly policySpan?: Span;
  /** Devices of ingress and egress chains. */
  readonly devices: readonly string[];
}

/** A named set or map (`valueType` is then there), or an ipset's name used by iptables. */
export interface NamedSet extends Named {
  readonly kind: "set" | "map";
  readonly table: Table;
  readonly keyType: string;
  readonly valueType?: string;
  readonly flags: readonly string[];
  /** How many elements the file gives it. */
  readonly elementCount: number;
  /** Source text of its elements, for a hover. */
  readonly elements?: Span;
}

/** A stateful object or flowtable. */
export interface NamedObject extends Named {
  readonly kind: "object";
  readonly table: Table;
  /** `counter`, `quota`, `limit`, `ct helper`, `ct timeout`, `ct expectation`, `secmark`, `synproxy`, `tunnel`, `flowtable`. */
  readonly type: string;
}

export interface Variable extends Named {
  readonly kind: "variable";
  /** Source text of its value. */
  readonly value: Span;
  /** The table in whose block it is defined; the whole file where absent. */
  readonly table?: Table;
}

export interface Reference extends Span {
  readonly kind: Definition["kind"];
  readonly name: string;
  /** `use` for rules appended to a chain and elements added to a set. */
  readonly how: "jump" | "goto" | "lookup" | "update" | "use";
  /** The rule in which it stands, where it stands in one. */
  readonly rule?: Rule;
  /** What it names; undefined when nothing of that name is there. */
  readonly definition?: Definition;
}

export interface Rule extends Span {
  readonly chain: Chain;
  /** Where the rule's own text is: from its first word to its last, comment and line break left out. */
  readonly node: SyntaxNode;
  /** What is asked and done, in the order in which the kernel evaluates it. Worked out when first read. */
  readonly parts: readonly Part[];
  /** The parts that do something; cheaper than `parts` where the conditions do not matter. */
  readonly actions: readonly Action[];
  /** Where it names the one chain that it goes on in, where that is known without working out the actions. */
  readonly jump?: Reference | undefined;
  /** The same object as in an earlier version of the text, and asks the same: it pays to keep what is found out about that. */
  readonly isOld: boolean;
  /** Where that is kept; it stays with the rule from one version to the next. */
  readonly memo: Memo;
  /** What it says at a glance, in bits of `syntax/traits.ts`. */
  readonly traits: number;
  readonly comment?: string | undefined;
  readonly counters?: { readonly packets: bigint; readonly bytes: bigint } | undefined;
}

export type Part = Condition | Action;

/** The rule goes on only if `(field & mask) op values` holds. */
export interface Condition extends Span {
  readonly kind: "condition";
  /** nft's spelling for both languages: `meta mark`, `ct state`, `ip saddr`, `tcp dport`, `meta iifname`, `meta l4proto`. */
  readonly field: string;
  readonly mask?: bigint;
  /** `==` and `!=` ask for membership in `values`; `set` asks whether any bit of them is set (`ct state new,established`). */
  readonly op: "==" | "!=" | "set" | "unset";
  readonly values: Values;
}

export type Values =
  /** Closed ranges of numbers, addresses included (network byte order as one number). */
  | { readonly kind: "ranges"; readonly ranges: readonly { readonly from: bigint; readonly to: bigint }[] }
  /** Interface names and the like; a trailing `*` matches any end. */
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "set"; readonly name: string; readonly set?: NamedSet }
  /** Not understood: may match or not. */
  | { readonly kind: "opaque" };

export type Action = Span & { readonly kind: "action" } & (
    | { readonly do: "verdict"; readonly verdict: Verdict }
    | { readonly do: "jump" | "goto"; readonly target: Reference }
    | {
        readonly do: "verdictMap";
        readonly field: string;
        readonly targets: readonly Reference[];
        readonly verdicts: readonly Verdict[];
        /** What each key leads to, where the map stands in the rule itself: a named one may be filled by others. */
        readonly entries?: readonly { readonly key: Condition; readonly leads: Verdict | Reference }[];
      }
    | MarkAction
    | { readonly do: "nat"; readonly type: "snat" | "dnat" | "masquerade" | "redirect" | "netmap" }
    | { readonly do: "notrack" }
    /** Anything else: `inert` cannot affect where the packet goes, `unmodelled` may. */
    | { readonly do: "other"; readonly effect: "inert" | "unmodelled" }
  );

export type Verdict = "accept" | "drop" | "reject" | "return" | "continue" | "queue" | "stolen";

/**
 * Writes the packet's mark or the connection's: `target = (target & ~clear) ^ value`, where the value is a constant, the
 * other mark (`& from.mask`), or not known.
 */
export interface MarkAction {
  readonly do: "setMark";
  readonly target: "packet" | "connection";
  readonly clear: number;
  readonly value:
    | { readonly constant: number }
    | { readonly from: "packet" | "connection"; readonly mask: number }
    | "opaque";
}
