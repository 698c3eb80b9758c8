import type { Family, Hook } from "../facts/hooks.js";
import type { Chain, Rule } from "../model/ruleset.js";
import type { Packet } from "../packet/packet.js";
import type { Span } from "../text/span.js";
import type { ConntrackEntry } from "./state.js";

/** A packet's whole way through the machine. */
export interface Trace {
  /** As it came in or was made. */
  readonly packet: Packet;
  readonly steps: readonly Step[];
  readonly disposition: Disposition;
  /** As it left, was delivered or was last seen. */
  readonly last: Packet;
  /** Its connection's entry afterwards; absent for untracked packets and those that left none. */
  readonly entry?: ConntrackEntry;
  /** What was taken for granted because the state does not tell, each sentence once. */
  readonly assumptions: readonly string[];
  /** What could not be decided on the way; the disposition is `unknown` unless all outcomes agree. */
  readonly unknown: readonly Unknown[];
  /** Packets that this one made the machine send: a reject's answer, a copy. */
  readonly caused: readonly Trace[];
}

/** How a packet ended. */
export type Disposition =
  /** It left by an interface. */
  | { readonly end: "sent"; readonly oif: string; readonly nexthop?: string }
  /** It reached this machine's own protocols. */
  | { readonly end: "delivered" }
  /** A rule, a policy or the kernel ended it; `why` is a sentence, `step` the index of the step that did. */
  | { readonly end: "dropped" | "rejected" | "stolen"; readonly why: string; readonly step: number }
  /** It waits for a program. */
  | { readonly end: "queued"; readonly queue: string; readonly step: number }
  | { readonly end: "unknown"; readonly why: string };

/** One thing that happens on the way, in order. */
export type Step =
  /** A function of the kernel's own at a hook: conntrack's lookup, NAT, confirmation, defragmentation. */
  | (AtHook & {
      readonly kind: "callback";
      readonly function: string;
      readonly says: string;
      readonly verdict: StepVerdict;
    })
  /** A rule that was met. */
  | (AtHook & {
      readonly kind: "rule";
      readonly chain: Chain;
      readonly rule: Rule;
      readonly matched: boolean | "unknown";
      readonly verdict: StepVerdict | undefined;
    })
  /** The end of a chain: a base chain's policy, or the return to the one that jumped. */
  | (AtHook & { readonly kind: "end"; readonly chain: Chain; readonly verdict: StepVerdict })
  /** A routing decision, with the rule and route that made it. */
  | {
      readonly kind: "route";
      readonly says: string;
      readonly oif?: string;
      readonly table?: number;
      readonly changes: readonly Change[];
    };

interface AtHook {
  readonly hook: Hook;
  readonly priority: number;
  readonly family: Family;
  readonly changes: readonly Change[];
}

export type StepVerdict =
  | "accept"
  | "drop"
  | "reject"
  | "return"
  | "continue"
  | "queue"
  | "stolen"
  | "repeat"
  | `jump ${string}`
  | `goto ${string}`;

/** Something that is different afterwards: `meta mark`, `ip daddr`, `ct mark`, `tcp dport`, `ct state` ... in nft's spelling. */
export interface Change {
  readonly field: string;
  /** As a person writes it; `before` is absent where there was nothing. */
  readonly before?: string;
  readonly after: string;
}

/** A question that has no certain answer. */
export interface Unknown {
  readonly why: string;
  /** The part of the rule that asks. */
  readonly span?: Span;
  readonly rule?: Rule;
}
