import type { Places } from "../simulate/places.js";
import { stepJson, traceJson } from "../simulate/traceJson.js";
import { stepLines, traceText } from "../simulate/traceText.js";
import type { FirstDifference } from "./difference.js";
import type { Observed } from "./observed.js";
import { formOf } from "./packet.js";
import type { SimulatedTraced } from "./sequence.js";

/** A traced packet with what became of it in the simulation, where there is one. */
export interface TracedPair {
  /** From 1. */
  readonly number: number;
  /** The number of the first packet of its connection, as far as the trace shows. */
  readonly connection: number;
  readonly observed: Observed;
  readonly simulated?: SimulatedTraced;
  readonly difference?: FirstDifference | undefined;
}

/** For a list: a line with the packet and how it ended, and where there is something to say one about its simulation. */
export function pairLine({ number, observed, simulated, difference }: TracedPair): string {
  const line = `${String(number).padStart(4)}  ${observed.title}: ${observed.sentence}`;
  if (difference) return `${line}\n      differs from the simulation: ${difference.text}`;
  return simulated && "why" in simulated ? `${line}\n      not simulated: ${simulated.why}` : line;
}

/** All that is known of a packet: its observed steps, the simulated ones, and where they differ first. */
export function pairText({ observed, simulated, difference }: TracedPair, places: Places): string {
  const seen = marked(stepLines(observed.steps, places), observed.steps.length, difference?.observedStep);
  const own = simulated && "trace" in simulated ? traceText(simulated.trace, places, "  ") : undefined;
  const why = simulated && "why" in simulated ? [`Not simulated: ${simulated.why}`] : [];
  const compared = own === undefined ? [] : [difference ? `First difference: ${difference.text}` : "No difference."];
  return [
    `${observed.title}: ${observed.sentence}`,
    ...seen,
    ...observed.notes.map((note) => `  note: ${note}`),
    ...(own === undefined ? [] : ["Simulated:", own]),
    ...why,
    ...compared,
  ].join("\n");
}

/** Marks the line of a step; lines that are headings of hooks have less before them. */
function marked(lines: readonly string[], count: number, step: number | undefined): string[] {
  let at = -1;
  return lines.map((line) => {
    if (!line.startsWith("    ")) return line;
    at += 1;
    return at === step && step < count ? `  > ${line.slice(4)}` : line;
  });
}

/** The same as data, in the form that `docs/trace.md` describes. */
export function pairJson({ number, connection, observed, simulated, difference }: TracedPair, places: Places) {
  const { title, sentence, disposition, steps, gaps, notes, tellings } = observed;
  const seen = tellings.find(({ packet }) => packet)?.packet;
  return {
    number,
    connection,
    title,
    sentence,
    disposition,
    ...(seen && { packet: formOf(seen) }),
    steps: steps.map((step) => stepJson(step, places)),
    gaps,
    notes,
    ...(simulated &&
      ("trace" in simulated ? { simulated: traceJson(simulated.trace, places) } : { why: simulated.why })),
    ...(difference && { difference }),
  };
}
