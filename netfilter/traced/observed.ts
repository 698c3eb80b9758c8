import type { Chain, Rule } from "../model/ruleset.js";
import type { TracedPacket } from "../observe/trace/event.js";
import type { PacketTrace } from "../observe/trace/group.js";
import type { Packet } from "../packet/packet.js";
import type { Disposition, Step, StepVerdict } from "../simulate/trace.js";
import { Joiner } from "./joiner.js";
import type { TracedRules } from "./rules.js";

/** A packet's way as a router's trace told it, in the simulator's words: `layout` draws it like a simulated one. */
export interface Observed {
  /** As it was first seen. What the trace does not tell is unspecified: addresses 0, protocol 255. */
  readonly packet: Packet;
  /** The packet in one line, with what is known of it only. */
  readonly title: string;
  /**
   * Rules that matched, and those that did not where that is certain; ends of chains; where the way went on by another
   * interface. What the kernel itself does is there only where it shows. A rule that was not found is a `callback` that says so.
   */
  readonly steps: readonly Step[];
  /** `unknown` where the trace just stops. */
  readonly disposition: Disposition;
  /** How it ended, in one sentence. */
  readonly sentence: string;
  /** The tool lost events while the packet was on its way. */
  readonly gaps: boolean;
  /** What else has to be said: what was not found, what the tool does not tell. */
  readonly notes: readonly string[];
  /** Places of chains that this tool never shows: nft those of old iptables, the kernel log all others. */
  readonly unseen: ReadonlySet<string>;
  /** What the tool itself told, in order: what a simulation is compared with. */
  readonly tellings: readonly Telling[];
}

/** One thing that was told: a rule that matched, or a base chain's policy. */
export interface Telling {
  /** Index in `steps`. */
  readonly step: number;
  readonly kind: "rule" | "policy";
  /** `ip filter FORWARD`. */
  readonly place: string;
  /** As the rules have it; absent where they do not. */
  readonly chain?: Chain;
  /** Absent where it could not be found: `problem` says why, `text` is the tool's. */
  readonly rule?: Rule;
  readonly text?: string;
  readonly problem?: string;
  /** It is surely none of the rules at hand. */
  readonly missing?: true;
  /** Absent where the tool does not tell. */
  readonly verdict?: StepVerdict;
  /** The mark behind it, or before it; where told. */
  readonly mark?: { readonly value: number; readonly when: "before" | "behind" };
  /** The packet, where it was shown here. */
  readonly packet?: TracedPacket;
}

/** Joins what was told of a packet to the rules that it met. */
export function observed(trace: PacketTrace, rules: TracedRules): Observed {
  const joiner = new Joiner(rules, trace.gaps);
  for (const event of trace.events) joiner.take(event);
  return joiner.end(trace);
}
