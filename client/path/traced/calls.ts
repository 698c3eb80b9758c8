import type { TraceItem } from "../../../netfilter/observe/trace/commands.js";
import type { Comparison, PacketForm, PathPacket, TracedRow, TracedStatus } from "../../../webview/protocol.js";
import { type Answer, withValue } from "../answer.js";
import type { Rules } from "../calls.js";
import type { PathMemory } from "../memory.js";
import { TracedSession } from "./session.js";
import type { TracePiece } from "./text.js";

/** What a session has after it was told something. */
export interface TracedStanding
  extends Pick<TracedStatus, "count" | "shown" | "forgotten" | "gone" | "gaps" | "lost" | "notes"> {
  /** The packets that are new or longer than before. */
  readonly changed: readonly number[];
}

/** A packet as observed, and as the simulation has it. */
export interface TracedPair {
  readonly observed: PathPacket;
  readonly simulated?: PathPacket;
  readonly comparison: Comparison;
}

/**
 * What a view's thread can be asked about traced packets. One session at a time: it is begun anew with each trace. `filter` is the
 * words that a line of the list must have.
 */
export interface TracedCalls {
  /** Packets are joined to the rules as they are now. Without rules, steps have no place in any. The newest `most` packets are kept. */
  beginTraced: [{ readonly rules?: Rules; readonly most: number }, Answer<TracedStanding>];
  /** What a monitor showed, at a time in milliseconds. */
  addTraced: [{ readonly items: readonly TraceItem[]; readonly at: number; readonly filter: string }, TracedStanding];
  readTraced: [{ readonly piece: TracePiece; readonly filter: string }, TracedStanding];
  /** The text is read to its end. */
  endTraced: [{ readonly filter: string }, TracedStanding];
  filterTraced: [string, TracedStanding];
  tracedRows: [{ readonly filter: string; readonly from: number; readonly count: number }, readonly TracedRow[]];
  tracedPacket: [number, Answer<TracedPair>];
  /** What is known of a packet, for the form. */
  tracedForm: [number, PacketForm];
}

type Performers = {
  readonly [Call in keyof TracedCalls]: (argument: TracedCalls[Call][0], memory: TracedMemory) => TracedCalls[Call][1];
};

/** What the thread keeps for these calls. */
export interface TracedMemory {
  readonly path: PathMemory;
  /** Absent until a trace is begun. */
  traced?: TracedSession;
}

/** How each is answered. */
export const tracedPerformers: Performers = {
  beginTraced: ({ rules, most }, memory) =>
    withValue(memory.path.rulesOf(rules ?? noRules), (ready) => {
      const session = new TracedSession(ready, most);
      memory.traced = session;
      return { value: session.standing("") };
    }),
  addTraced: ({ items, at, filter }, memory) => {
    sessionOf(memory).add(items, at);
    return sessionOf(memory).standing(filter);
  },
  readTraced: ({ piece, filter }, memory) => {
    sessionOf(memory).read(piece);
    return sessionOf(memory).standing(filter);
  },
  endTraced: ({ filter }, memory) => {
    sessionOf(memory).end();
    return sessionOf(memory).standing(filter);
  },
  filterTraced: (filter, memory) => sessionOf(memory).standing(filter),
  tracedRows: ({ filter, from, count }, memory) => sessionOf(memory).rows(filter, from, count),
  tracedPacket: (number, memory) => sessionOf(memory).packet(number),
  tracedForm: (number, memory) => sessionOf(memory).form(number),
};

function sessionOf({ traced }: TracedMemory): TracedSession {
  if (!traced) throw new Error("No trace has been begun in this thread.");
  return traced;
}

const noRules: Rules = { documents: [] };
