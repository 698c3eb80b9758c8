import type { Hook } from "../facts/hooks.js";
import type { Box } from "./diagram.js";

/** A place of the fixed layout: in which column and line it stands. */
export interface Stage {
  readonly id: string;
  readonly role: Box["role"];
  readonly title: string;
  /** For a hook: whose list it shows. `ip` stands for the family of the packet. */
  readonly at?: { readonly family: "ip" | "bridge" | "netdev"; readonly hook: Hook };
  readonly column: number;
  readonly line: number;
  /** Said where nothing is called, or beside what is. */
  readonly note: string;
  readonly bridge?: true;
}

/** How a packet may go on from a place, and how its arrow bends: along the line, along the column, or first one, then the other. */
export interface Link {
  readonly from: string;
  readonly to: string;
  readonly bend: "across" | "along" | "across then along" | "along then across";
}

/** Left edge and width of each column. */
export const columns: readonly (readonly [x: number, width: number])[] = [
  [10, 96],
  [124, 196],
  [338, 92],
  [448, 196],
  [662, 196],
  [876, 104],
];

/** Of the whole drawing. */
export const drawingWidth = 990;

/** The way up on top, the way through below it, and the bridge under both: as most drawings of it have it. */
export const stages: readonly Stage[] = [
  hook("ingress", "netdev", 0, 3),
  hook("prerouting", "ip", 1, 3),
  place("routing", "decision", "routing", 2, 3, "for us or on?"),
  hook("input", "ip", 3, 1),
  place("process", "process", "local process", 3, 0, "programs of this machine"),
  place("route out", "decision", "routing", 4, 0, "by which interface?"),
  hook("output", "ip", 4, 1),
  place("reroute", "decision", "routing again", 4, 2, "after a new mark or address"),
  hook("forward", "ip", 3, 3),
  hook("postrouting", "ip", 4, 3),
  hook("egress", "netdev", 5, 3),
  hook("bridge prerouting", "bridge", 1, 5),
  { ...place("bridging", "decision", "bridging", 2, 5, "up or on?"), bridge: true },
  hook("bridge input", "bridge", 1, 4),
  hook("bridge forward", "bridge", 3, 5),
  hook("bridge output", "bridge", 4, 4),
  hook("bridge postrouting", "bridge", 4, 5),
];

export const links: readonly Link[] = [
  { from: "ingress", to: "prerouting", bend: "across" },
  { from: "prerouting", to: "routing", bend: "across" },
  { from: "routing", to: "input", bend: "along then across" },
  { from: "input", to: "process", bend: "along" },
  { from: "process", to: "route out", bend: "across" },
  { from: "route out", to: "output", bend: "along" },
  { from: "output", to: "reroute", bend: "along" },
  { from: "reroute", to: "postrouting", bend: "along" },
  { from: "routing", to: "forward", bend: "across" },
  { from: "forward", to: "postrouting", bend: "across" },
  { from: "postrouting", to: "egress", bend: "across" },
  { from: "ingress", to: "bridge prerouting", bend: "along then across" },
  { from: "bridge prerouting", to: "bridging", bend: "across" },
  { from: "bridging", to: "bridge input", bend: "along then across" },
  { from: "bridge input", to: "prerouting", bend: "along" },
  { from: "bridging", to: "bridge forward", bend: "across" },
  { from: "bridge forward", to: "bridge postrouting", bend: "across" },
  { from: "postrouting", to: "bridge output", bend: "along" },
  { from: "bridge output", to: "bridge postrouting", bend: "along" },
  { from: "bridge postrouting", to: "egress", bend: "across then along" },
];

function place(
  id: string,
  role: "decision" | "process",
  title: string,
  column: number,
  line: number,
  note: string,
): Stage {
  return { id, role, title, column, line, note };
}

function hook(id: string, family: "ip" | "bridge" | "netdev", column: number, line: number): Stage {
  const word = id.split(" ").at(-1) as Hook;
  const bridge = family === "bridge" ? ({ bridge: true } as const) : {};
  return { id, role: "hook", title: id, at: { family, hook: word }, column, line, note: "", ...bridge };
}
