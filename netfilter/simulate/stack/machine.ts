import type { Packet } from "../../packet/packet.js";
import type { Tracker } from "../conntrack/tracker.js";
import type { HookTable } from "../hooks.js";
import type { Interfaces } from "../interfaces.js";
import type { IpSets } from "../ipsets.js";
import type { Routing } from "../routing/routing.js";
import type { RouterState } from "../state.js";
import type { Sysctls } from "../sysctls.js";

/** The router that packets go through: what it is made of, and what it keeps between packets. */
export interface Machine {
  readonly state: RouterState;
  readonly interfaces: Interfaces;
  readonly sysctls: Sysctls;
  readonly routing: Routing;
  readonly hooks: HookTable;
  readonly ipsets: IpSets;
  readonly tracker: Tracker;
  /** Seconds since 1970; undefined when not known. */
  readonly now: number | undefined;
}

/**
 * How much of a packet's way is written down. With `none` there are no steps, and `last` and `entry` are told only of packets
 * of which something could not be decided; the disposition always is.
 */
export type Recording = "all" | "matched" | "none";

/** What the one who sends a packet wants of its way. */
export interface Wishes {
  readonly record: Recording;
  /** The interface by which it leaves, for when no routes are known. */
  readonly oif: string | undefined;
  /** What the program on a queue does with a packet; see `SendOptions.queue`. */
  readonly queue?: ((queue: string, packet: Packet) => Packet | "drop" | "wait" | undefined) | undefined;
}
