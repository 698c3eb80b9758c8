import type { AddressFamily } from "../../packet/address.js";
import type { Headers } from "../context.js";
import type { IpNumber } from "../ipNumber.js";
import type { PolicyRule, Route } from "../state.js";

/** What is looked up in the routing rules and tables. */
export interface RoutingFlow {
  readonly family: AddressFamily;
  readonly saddr: IpNumber;
  readonly daddr: IpNumber;
  /** `lo` for packets of this machine. */
  readonly iif: string;
  /** Only routes by this interface count; undefined where any does. */
  readonly oif: string | undefined;
  readonly mark: number;
  /** The type of service with its two lowest bits 0. */
  readonly tos: number;
  readonly protocol: number;
  /** Undefined where not known or not looked at; ranges stand for a port picked at random. */
  readonly sport: Headers["sport"];
  readonly dport: Headers["dport"];
  readonly uid: number | undefined;
}

/** One of a route's next hops. */
export type Hop = Route["hops"][number];

/** What the rules and tables say. `error` as the kernel's route types have it; `none` when no table had an answer. */
export type Lookup =
  | { readonly found: true; readonly route: Route; readonly hop: Hop; readonly rule: PolicyRule }
  | {
      readonly found: false;
      readonly error: "blackhole" | "unreachable" | "prohibit" | "none";
      readonly route?: Route;
      readonly rule?: PolicyRule;
    };

/** Where whoever decides turns to with what the state does not tell. */
export interface Doubts {
  /** The answer to a question with no certain one; see `Passage.guess`. */
  guess(why: string): boolean;
  /** States, once, what is taken for granted. */
  assume(sentence: string): void;
}

/** The flow of a packet. */
export function flowOf(
  headers: Headers,
  from: {
    readonly iif: string;
    readonly oif?: string | undefined;
    readonly mark: number;
    readonly uid?: number | undefined;
  },
): RoutingFlow {
  const { family, saddr, daddr, protocol, sport, dport, dscp } = headers;
  const { iif, oif, mark, uid } = from;
  return { family, saddr, daddr, iif, oif, mark, tos: (dscp ?? 0) << 2, protocol, sport, dport, uid };
}
