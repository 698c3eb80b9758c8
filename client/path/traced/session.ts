import { closeSync, openSync, readSync } from "node:fs";
import { nftTrace, type TraceItem } from "../../../netfilter/observe/trace/commands.js";
import type { PacketTrace } from "../../../netfilter/observe/trace/group.js";
import { TraceGrouper } from "../../../netfilter/observe/trace/group.js";
import type { PacketForm, TracedRow } from "../../../webview/protocol.js";
import type { Answer } from "../answer.js";
import type { ReadyRules } from "../memory.js";
import type { TracedPair, TracedStanding } from "./calls.js";
import { Joined } from "./joined.js";
import type { TracePiece } from "./text.js";

/** A packet of which nothing came for so many milliseconds has ended. */
const endedAfter = 1_000;

/** A packet of the list; its line is worked out when somebody looks at it. */
interface Kept {
  readonly trace: PacketTrace;
  readonly at: number | undefined;
  row?: TracedRow;
}

/** The packets of one trace: what came, put together by packet and joined to the rules that are loaded. */
export class TracedSession {
  private readonly reader = nftTrace.reader();
  private readonly grouper: TraceGrouper;
  private readonly joined: Joined;
  /** In the order in which they were first seen; a packet that grew keeps its place. */
  private kept: Kept[] = [];
  private changed: number[] = [];
  /** Packets that may still be on their way: to simulate them, all that was seen of them is wanted. */
  private fresh: ReadonlySet<number> = new Set();
  /** Packets that have not ended yet, by when something of them came last; the earliest first. */
  private readonly quiet = new Map<number, number>();
  private gone = 0;
  private lost = 0;
  private notes: readonly string[] = [];

  /** The newest `most` packets are kept. */
  constructor(
    ready: ReadyRules,
    private readonly most: number,
  ) {
    this.joined = new Joined(ready);
    this.grouper = new TraceGrouper(this.joined.hookOf, most);
  }

  /** What a monitor showed at a time, in milliseconds. */
  add(items: readonly TraceItem[], at?: number): void {
    for (const item of items) {
      if (item.kind === "lost") {
        this.lost += 1;
        this.grouper.lost();
      } else this.grouper.add(item);
    }
    const settled = [...this.fresh];
    const traces = this.grouper.takeChanged();
    this.fresh = new Set(at === undefined ? [] : traces.map(({ number }) => number));
    for (const trace of traces) this.keep(trace, at);
    if (at !== undefined) {
      for (const { number } of traces) {
        this.quiet.delete(number);
        this.quiet.set(number, at);
      }
      this.endQuiet(at);
    }
    for (const number of settled) if (!this.fresh.has(number)) this.settle(number);
    this.gone += this.forget();
  }

  /** The next piece of a text; a file of this machine is read here. */
  read(piece: TracePiece): void {
    this.reader.push("text" in piece ? new TextEncoder().encode(piece.text) : bytesOf(piece));
    this.add(this.reader.take());
  }

  /** The text has ended. */
  end(): void {
    const outcome = this.reader.end({ code: 0, stderr: "", cut: false });
    this.add(this.reader.take());
    this.notes = outcome.ok ? outcome.warnings : [outcome.failure.message];
  }

  /** How it stands; what changed is told once. */
  standing(filter: string): TracedStanding {
    const { changed, lost, notes } = this;
    const gone = filter === "" ? this.gone : 0;
    this.changed = [];
    this.gone = 0;
    return {
      ...{ count: this.kept.length, shown: this.shown(filter).length, gone, lost, notes, changed },
      forgotten: this.kept[0]?.trace.number ?? 0,
      gaps: this.kept.filter(({ trace }) => trace.gaps).length,
    };
  }

  rows(filter: string, from: number, count: number): readonly TracedRow[] {
    return this.shown(filter)
      .slice(from, from + count)
      .map((one) => this.rowOf(one));
  }

  packet(number: number): Answer<TracedPair> {
    if (this.indexOf(number) === undefined) return forgotten;
    return { value: this.joined.pair(this.upTo(number)) };
  }

  form(number: number): PacketForm {
    const at = this.indexOf(number);
    const packet = at === undefined ? undefined : this.kept[at]?.trace.packet;
    return packet ? this.joined.form(packet) : {};
  }

  private keep(trace: PacketTrace, at: number | undefined): void {
    const known = this.indexOf(trace.number);
    if (known !== undefined) this.kept[known] = { trace, at: this.kept[known]?.at };
    else if (trace.number > (this.kept.at(-1)?.trace.number ?? -1)) this.kept.push({ trace, at });
    else return;
    this.changed.push(trace.number);
  }

  private settle(number: number): void {
    const at = this.indexOf(number);
    const known = at === undefined ? undefined : this.kept[at];
    if (!known) return;
    delete known.row;
    this.changed.push(number);
  }

  /** What was quiet for long enough has ended: that matters where a trace tells of ends. */
  private endQuiet(now: number): void {
    for (const [number, since] of this.quiet) {
      if (now - since < endedAfter) return;
      this.quiet.delete(number);
      const at = this.indexOf(number);
      const known = at === undefined ? undefined : this.kept[at];
      if (at === undefined || !known) continue;
      this.kept[at] = { trace: { ...known.trace, isOver: true }, at: known.at };
      this.changed.push(number);
    }
  }

  private forget(): number {
    const many = Math.max(0, this.kept.length - this.most);
    if (many > 0) this.kept = this.kept.slice(many);
    return many;
  }

  /** The packet behind those before it that are still to be simulated. */
  private upTo(number: number): PacketTrace[] {
    const at = this.indexOf(number) ?? -1;
    const from = Math.min(at, Math.max(0, this.joined.playedTo + 1 - (this.kept[0]?.trace.number ?? 0)));
    return this.kept.slice(Math.max(0, from), at + 1).map(({ trace }) => trace);
  }

  private indexOf(number: number): number | undefined {
    const at = number - (this.kept[0]?.trace.number ?? number);
    return this.kept[at]?.trace.number === number ? at : undefined;
  }

  private shown(filter: string): readonly Kept[] {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return this.kept;
    return this.kept.filter((one) => {
      const text = textOf(this.rowOf(one));
      return words.every((word) => text.includes(word));
    });
  }

  private rowOf(one: Kept): TracedRow {
    const { number } = one.trace;
    const alone = this.fresh.has(number);
    one.row ??= this.joined.row(alone ? [one.trace] : this.upTo(number), one.at, alone);
    return one.row;
  }
}

const forgotten = { problems: ["This packet is no longer kept: so many came after it."] };

/** What may have become of the packet behind its end is no word to find it by. */
function textOf({ number, time, iif, oif, packet, ended, simulated, compared, gaps }: TracedRow): string {
  const words = [number + 1, time, iif, oif, packet, ended.split(";")[0], simulated];
  return `${words.join(" ")}${compared === "different" ? " differs" : ""}${gaps ? " gaps" : ""}`.toLowerCase();
}

function bytesOf({ path, from, to }: Extract<TracePiece, { path: string }>): Uint8Array {
  const bytes = new Uint8Array(to - from);
  const file = openSync(path, "r");
  try {
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from));
  } finally {
    closeSync(file);
  }
}
