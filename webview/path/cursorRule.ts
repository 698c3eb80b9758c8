import type { Box, Row, Way } from "../../netfilter/diagram/diagram.js";
import type { ChainLines, PathPacket, PathStep } from "../protocol.js";

/** A line of the editor, counted from 1. */
export interface CursorPlace {
  readonly file: string;
  readonly line: number;
}

/** How a packet stands to the rule at the cursor. */
export interface CursorRule {
  /** The steps in which the packet met it, by index. */
  readonly steps: ReadonlySet<number>;
  /** Rows of base chains from which packets come to it. */
  readonly rows: ReadonlySet<string>;
  /** The boxes that hold them. */
  readonly boxes: ReadonlySet<string>;
  /** Whether the packet met it, and why not, in one sentence; empty where no rule stands. */
  readonly sentence: string;
}

const nothing: CursorRule = { steps: new Set(), rows: new Set(), boxes: new Set(), sentence: "" };

/**
 * Finds the rule on a line and what the packet had to do with it. `isObserved`: of a traced packet, whose rules are told only
 * where they match.
 */
export function ruleAtCursor(
  packet: PathPacket | undefined,
  chains: readonly ChainLines[],
  cursor: CursorPlace | undefined,
  isObserved: boolean,
): CursorRule {
  if (!packet || !cursor) return nothing;
  const steps = packet.steps.flatMap((step, index) => (isAt(step, cursor) ? [index] : []));
  const chain = chains.find((one) => one.file === cursor.file && hasLine(one, cursor.line));
  if (!chain && steps.length === 0) return nothing;
  const met = steps.map((index) => packet.steps[index] as PathStep);
  const callers = callersIn(packet, chain?.bases ?? []);
  const found = steps.map((index) => packet.full.way?.stops[index]);
  const rows = [...found.map((stop) => stop?.row), ...callers.map(({ row }) => row.id)];
  const boxes = [...found.map((stop) => stop?.box), ...callers.map(({ box }) => box.id)];
  const says = met.length > 0 ? metText(met) : unmetText(packet, chain as ChainLines, callers, isObserved);
  return {
    steps: new Set(steps),
    rows: new Set(rows.filter((id) => id !== undefined)),
    boxes: new Set(boxes.filter((id) => id !== undefined)),
    sentence: `The rule at line ${cursor.line} (${chain?.where ?? met[0]?.where}): ${says}.`,
  };
}

function isAt({ place }: PathStep, { file, line }: CursorPlace): boolean {
  const lines = [place, place?.twin].filter((one) => one !== undefined);
  return lines.some((one) => one.file === file && one.line <= line && line <= one.lastLine);
}

function hasLine({ lines }: ChainLines, line: number): boolean {
  for (let at = 0; at < lines.length; at += 2)
    if ((lines[at] as number) <= line && line <= (lines[at + 1] as number)) return true;
  return false;
}

function metText(met: readonly PathStep[]): string {
  const matches = met.filter(({ matched }) => matched === true);
  const times = met.length === 1 ? "" : met.length === 2 ? " twice" : ` ${met.length} times`;
  if (matches.length > 0) {
    const verdict = matches.at(-1)?.verdict;
    const also = matches.length < met.length ? `, met${times}` : times;
    return `it matches${also}${verdict === undefined || verdict === "continue" ? "" : ` and decides ${verdict}`}`;
  }
  const open = met.some(({ matched }) => matched === "unknown");
  return `the packet meets it${times}, and ${open ? "whether it matches is not known" : "it does not match"}`;
}

/** A base chain's row in the picture. */
interface Caller {
  readonly box: Box;
  readonly row: Row;
}

function callersIn({ full }: PathPacket, bases: readonly string[]): Caller[] {
  return full.boxes.flatMap((box) =>
    box.rows
      .filter(({ chain }) => chain && bases.includes(`${chain.family} ${chain.table} ${chain.name}`))
      .map((row) => ({ box, row })),
  );
}

function unmetText(packet: PathPacket, chain: ChainLines, callers: readonly Caller[], isObserved: boolean): string {
  if (chain.bases.length === 0) return "no packet comes here, as no base chain leads to its chain";
  if (callers.length === 0) return "not reached: its chain does not see packets of this family";
  const way = packet.full.way;
  const called = callers.filter(({ row }) => way?.reached[row.id] !== undefined);
  if (called.length > 0) return isObserved ? "the trace tells of no match" : inCalled(packet, chain);
  const passed = callers.filter(({ box }) => way?.reached[box.id] !== undefined);
  const titles = [...new Set((passed.length > 0 ? passed : callers).map(({ box }) => box.title))].join(" and ");
  return way ? notCalled(packet, passed, titles, way) : "not reached";
}

/** Its base chain was called, and yet the packet did not come as far. */
function inCalled({ steps }: PathPacket, { where, file }: ChainLines): string {
  const last = steps.filter((step) => step.where === where).at(-1);
  if (!last) return "not reached: no rule that matches leads to its chain";
  const place = last.place?.twin?.file === file ? last.place.twin : last.place;
  const at = place ? `the rule at line ${place.line}` : last.text;
  return `not reached: ${at} ends the way through its chain before${last.verdict === undefined ? "" : ` (${last.verdict})`}`;
}

function notCalled({ full }: PathPacket, passed: readonly Caller[], titles: string, { end }: Way): string {
  const endTitle = full.boxes.find(({ id }) => id === end.box)?.title ?? end.box;
  const ended = end.tone === "passed" ? undefined : `ended before, at ${endTitle}`;
  if (passed.length === 0)
    return ended ? `not reached: the packet ${ended}` : `not reached: the packet does not pass ${titles}`;
  if (ended && passed.some(({ box }) => box.id === end.box)) return `not reached: the packet ${ended}`;
  if (passed.every(({ row }) => row.kind === "nat"))
    return "not reached: nat chains are asked for a connection's first packet only";
  return `not reached: at ${titles} its chain is not called for this packet`;
}
