import type { Trace } from "../simulate/trace.js";
import type { Arrow, Box, Diagram, DiagramForm, Row } from "./diagram.js";
import type { HookStack, StackCallback } from "./stacks.js";
import { columns, drawingWidth, type Link, links, type Stage, stages } from "./stages.js";
import { type IsOld, wayOf } from "./way.js";

/** How the drawing is made; what is left out follows from the packet and the hooks. */
export interface LayoutOptions {
  /** `full` where left out. */
  readonly form?: DiagramForm;
  /** Whose hooks are drawn: of the packet, or of the family that has chains. */
  readonly family?: "ip" | "ip6";
  /** Which chains of the trace are of the old kernel interface; none where it is left out. */
  readonly isOld?: IsOld;
  /** Whether the bridge's layer is drawn: else if it has chains or the packet passes it. */
  readonly bridge?: boolean;
}

/** Of a trace only what a drawing needs, so that an observed one fits too. */
export type DrawnTrace = Pick<Trace, "packet" | "steps" | "disposition">;

const margin = 12;
const gap = 30;
const headHeight = 26;
const noteHeight = 18;
const rowHeight = 20;
const padding = 6;

/** Draws the hooks, and on them the way of a packet. */
export function layout(stacks: readonly HookStack[], trace?: DrawnTrace, options: LayoutOptions = {}): Diagram {
  const family = options.family ?? familyOf(stacks, trace);
  const form = options.form ?? "full";
  const bridge = options.bridge ?? isBridged(stacks, trace);
  const drawn = stages.filter((stage) => bridge || !stage.bridge);
  const boxes = placed(drawn.map((stage) => contentOf(stage, stacks, family, form)));
  const version = family === "ip" ? "IPv4" : "IPv6";
  const diagram: Diagram = {
    form,
    width: drawingWidth,
    height: bottom(boxes),
    label: `The way of ${version} packets through the hooks`,
    boxes,
    arrows: arrowsBetween(boxes),
  };
  return trace ? { ...diagram, way: wayOf(diagram, trace, options.isOld ?? (() => false)) } : diagram;
}

function familyOf(stacks: readonly HookStack[], trace: DrawnTrace | undefined): "ip" | "ip6" {
  if (trace) return trace.packet.daddr.family === "ipv4" ? "ip" : "ip6";
  const has = (wanted: string) => stacks.some(({ family, callbacks }) => family === wanted && callbacks.some(isChain));
  return !has("ip") && has("ip6") ? "ip6" : "ip";
}

function isBridged(stacks: readonly HookStack[], trace: DrawnTrace | undefined): boolean {
  if (stacks.some(({ family, callbacks }) => family === "bridge" && callbacks.some(isChain))) return true;
  return trace?.steps.some((step) => step.kind !== "route" && step.family === "bridge") ?? false;
}

function isChain({ kind }: StackCallback): boolean {
  return kind !== "kernel";
}

/** A box that has its size but no place yet. */
interface Content {
  readonly stage: Stage;
  readonly box: Omit<Box, "x" | "y" | "width" | "rows">;
  readonly rows: readonly Omit<Row, "y">[];
}

function contentOf(stage: Stage, stacks: readonly HookStack[], family: "ip" | "ip6", form: DiagramForm): Content {
  const own = stage.at?.family === "ip" ? family : stage.at?.family;
  const callbacks = stacks.find((one) => one.family === own && one.hook === stage.at?.hook)?.callbacks ?? [];
  const shown = form === "full" ? callbacks : [];
  const rows = shown.map((callback, index) => rowOf(callback, `${stage.id} ${index}`));
  const note = stage.at ? countText(callbacks) : stage.note;
  const box = {
    id: stage.id,
    role: stage.role,
    ...(own && { family: own }),
    title: stage.title,
    note: rows.length > 0 ? "" : note,
    label: stage.at ? `Hook ${stage.title}: ${note}` : `${stage.title}: ${note}`,
    height: headHeight + (rows.length > 0 ? rows.length * rowHeight : noteHeight) + padding,
  };
  return { stage, box, rows };
}

function countText(callbacks: readonly StackCallback[]): string {
  const chains = callbacks.filter(isChain).length;
  if (callbacks.length === 0) return "nothing";
  const word = (count: number, one: string) => `${count} ${one}${count === 1 ? "" : "s"}`;
  const parts = [
    chains > 0 && word(chains, "chain"),
    callbacks.length > chains && `${callbacks.length - chains} kernel's`,
  ];
  return parts.filter(Boolean).join(", ");
}

function rowOf({ priority, text, kind, chain, isOld, function: name }: StackCallback, id: string): Omit<Row, "y"> {
  const what = { chain: "chain", nat: "nat chain", kernel: "the kernel's" }[kind];
  return {
    id,
    priority,
    text,
    kind,
    ...(chain && { chain }),
    ...(isOld && { isOld }),
    ...(name !== undefined && { function: name }),
    label: `priority ${priority}: ${what} ${text}`,
    height: rowHeight,
  };
}

/** The same drawing with other boxes in it: what their rows need is made room for. */
export function relaid(diagram: Diagram, boxes: readonly Box[]): Diagram {
  const contents = boxes.flatMap((box) => {
    const stage = stages.find(({ id }) => id === box.id);
    const rows = box.rows.reduce((sum, { height }) => sum + height, 0);
    const height = headHeight + (box.rows.length > 0 ? rows : noteHeight) + padding;
    return stage ? [{ stage, box: { ...box, height }, rows: box.rows }] : [];
  });
  const again = placed(contents);
  return { ...diagram, height: bottom(again), boxes: again, arrows: arrowsBetween(again) };
}

function bottom(boxes: readonly Box[]): number {
  return Math.max(...boxes.map(({ y, height }) => y + height)) + margin;
}

/** A line is as high as its highest box; a line without boxes has no height. */
function placed(contents: readonly Content[]): Box[] {
  const heights = new Map<number, number>();
  for (const { stage, box } of contents) heights.set(stage.line, Math.max(heights.get(stage.line) ?? 0, box.height));
  const tops = new Map<number, number>();
  let y = margin;
  for (const line of [...heights.keys()].sort((a, b) => a - b)) {
    tops.set(line, y);
    y += (heights.get(line) as number) + gap;
  }
  return contents.map(({ stage, box, rows }) => {
    const top = tops.get(stage.line) as number;
    const [x, width] = columns[stage.column] as readonly [number, number];
    let below = top + headHeight;
    const own = rows.map((row) => {
      below += row.height;
      return { ...row, y: below - row.height };
    });
    return { ...box, x, y: top, width, rows: own };
  });
}

function arrowsBetween(boxes: readonly Box[]): Arrow[] {
  const byId = new Map(boxes.map((box) => [box.id, box]));
  return links.flatMap((link) => {
    const [from, to] = [byId.get(link.from), byId.get(link.to)];
    return from && to ? [arrow(link, from, to)] : [];
  });
}

function arrow({ from, to, bend }: Link, a: Box, b: Box): Arrow {
  const isAbove = a.y < b.y;
  const isLeft = a.x < b.x;
  const [leaveY, enterY] = isAbove ? [a.y + a.height, b.y] : [a.y, b.y + b.height];
  const [leaveX, enterX] = isLeft ? [a.x + a.width, b.x] : [a.x, b.x + b.width];
  const [middleA, middleB] = [a.x + a.width / 2, b.x + b.width / 2];
  const [headA, headB] = [a.y + headHeight / 2, b.y + headHeight / 2];
  const points: Readonly<Record<Link["bend"], Arrow["points"]>> = {
    across: [
      [leaveX, headA],
      [enterX, headB],
    ],
    along: [
      [middleA, leaveY],
      [middleB, enterY],
    ],
    "across then along": [
      [leaveX, headA],
      [middleB, headA],
      [middleB, enterY],
    ],
    "along then across": [
      [middleA, leaveY],
      [middleA, headB],
      [enterX, headB],
    ],
  };
  return { id: `${from} > ${to}`, from, to, points: points[bend] };
}
