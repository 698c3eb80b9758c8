import type { Connection, Headers, NatRequest } from "../context.js";
import type { ConntrackEntry } from "../state.js";

/** What a packet and its connection are to conntrack, from the lookup on. Made by `Tracker.track`. */
export interface Tracked extends Connection {
  /** As tools would list it; absent for invalid and untracked packets. */
  entry(): ConntrackEntry | undefined;
}

/** What conntrack says at its lookup: the packet goes on with this, or is dropped (table full), with the reason as a sentence. */
export type Tracking =
  | { readonly goesOn: true; readonly tracked: Tracked; readonly says: string }
  | { readonly goesOn: false; readonly says: string };

/** What NAT did to a packet at its place; `translated` tells whether headers changed. */
export type NatResult =
  | { readonly goesOn: true; readonly translated: boolean; readonly says: string }
  | { readonly goesOn: false; readonly says: string; readonly destroyed: boolean };

/** The machine's conntrack and NAT: keeps the entries between packets. */
export interface Tracker {
  /** Puts everything back as it was when called, for a try that must leave nothing. */
  snapshot(): () => void;
  /** Time goes on: entries whose timeout ends are gone. */
  elapse(seconds: number): void;
  /**
   * At -200: finds the packet's connection or makes one. `zone` and `helper` come from a template. `guess` decides what the
   * state does not tell (a full table may make room by dropping an entry that is not assured).
   */
  track(
    headers: Headers,
    from: { readonly zone: number; readonly helper: string | undefined; readonly guess: (why: string) => boolean },
  ): Tracking;
  /** A packet that a rule took out (`notrack`). */
  untracked(): Tracked;
  /**
   * What the machine's answer to a packet is to conntrack, an ICMP error or a TCP reset, which closes the connection: RELATED to
   * it, the other way round.
   */
  attached(tracked: Tracked, isError: boolean): Tracked;
  /** True when the nat chains of this kind are to be asked: the connection is new and has no translation of the kind yet. */
  wantsNat(tracked: Tracked, kind: NatRequest["kind"]): boolean;
  /** Sets up what a rule asks; `address` is that of the interface for `own` requests. False: no free tuple, the packet is dropped. */
  setUp(
    tracked: Tracked,
    request: NatRequest,
    own: { readonly address?: number | bigint; readonly oif?: string },
  ): boolean;
  /** No nat rule of this kind matched: the null binding that keeps the tuple unless it clashes. False: dropped. */
  setUpNothing(tracked: Tracked, kind: NatRequest["kind"]): boolean;
  /** At -100 and 100: rewrites the headers as the entry says; `oif` is where it leaves (the `oif changed` rule). */
  translate(tracked: Tracked, kind: NatRequest["kind"], headers: Headers, oif: string | undefined): NatResult;
  /** At the last hook: the entry goes into the table. `says` for the step; a clash may drop the packet. */
  confirm(tracked: Tracked): { readonly goesOn: boolean; readonly says: string };
  /** The entries, as `conntrack -L` would list them, in order of making. */
  entries(): readonly ConntrackEntry[];
}
