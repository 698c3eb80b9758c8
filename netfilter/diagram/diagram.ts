import type { HookChain, HookFamily } from "../observe/hooks/hookList.js";

/** The way of packets through a machine as a drawing: everything is placed, in units of a pixel at normal size. */
export interface Diagram {
  readonly form: DiagramForm;
  readonly width: number;
  readonly height: number;
  /** What the drawing shows, for those who do not see it. */
  readonly label: string;
  /** In the order in which a packet may pass them, which is the order of the keyboard. */
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  /** A packet's way through it, where there is one. */
  readonly way?: Way;
}

/** `full` lists every callback, `compact` only counts them. */
export type DiagramForm = "compact" | "full";

/** A place on the way. */
export interface Box {
  /** `prerouting`, `bridge forward`, `routing`: unique in the diagram. */
  readonly id: string;
  readonly role: "hook" | "decision" | "process";
  /** The family whose hook it is; absent for places that are none. */
  readonly family?: HookFamily;
  readonly title: string;
  /** A line below the title; may be empty. */
  readonly note: string;
  /** Read aloud: title, callbacks. */
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** What is called here, first to last; empty in the compact form. */
  readonly rows: readonly Row[];
  /** How many packets came to the hook, where counters are watched. */
  readonly total?: Counted;
}

/** A number that was counted. */
export interface Counted {
  /** `≥ 1.2k in, 3 dropped`: what there is room for. */
  readonly short: string;
  /** What the number counts, and how certain it is. */
  readonly told: string;
}

/** One callback of a hook. */
export interface Row {
  readonly id: string;
  readonly priority: number;
  /** `inet firewall forward`, `conntrack's lookup`. */
  readonly text: string;
  /** `nat`: a chain that the kernel's NAT, the row before, calls for a connection's first packet. */
  readonly kind: "chain" | "nat" | "kernel";
  readonly chain?: HookChain;
  /** The chain is one of the kernel interface before nftables: another of the same name may stand beside it. */
  readonly isOld?: true;
  readonly function?: string;
  readonly label: string;
  /** From the diagram's top to the row's. */
  readonly y: number;
  readonly height: number;
  /** What came to the chain, where counters are watched. */
  readonly count?: Counted;
  /** Packets that the chain before passed and that did not come to this one. */
  readonly gap?: Counted;
}

/** A way from one box to another. */
export interface Arrow {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Corners, the first at the border of `from`, the last at that of `to`. */
  readonly points: readonly (readonly [number, number])[];
}

/**
 * What of a diagram a packet reaches, and when. Several ways may be held against one diagram: a simulated and an observed one.
 */
export interface Way {
  /** Where each step of the trace happens, one for each. */
  readonly stops: readonly Stop[];
  /** By id of box, row and arrow: the index of the first step there. What is reached behind the last step has `stops.length`. */
  readonly reached: Readonly<Record<string, number>>;
  /** By id of row: how many rules the packet met and how many of them matched. */
  readonly met: Readonly<Record<string, { readonly met: number; readonly matched: number }>>;
  /** Where it ended. */
  readonly end: Stop & { readonly tone: "passed" | "stopped" | "unknown" };
}

/** A place in a diagram, by ids. */
export interface Stop {
  readonly box: string;
  readonly row?: string;
}
