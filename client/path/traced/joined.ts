import type { TracedPacket } from "../../../netfilter/observe/trace/event.js";
import type { HookOf, PacketTrace } from "../../../netfilter/observe/trace/group.js";
import { formatAddress } from "../../../netfilter/packet/address.js";
import type { Trace } from "../../../netfilter/simulate/trace.js";
import { dispositionText } from "../../../netfilter/simulate/traceText.js";
import { firstDifference } from "../../../netfilter/traced/difference.js";
import { type Observed, observed } from "../../../netfilter/traced/observed.js";
import { formOf, tracedTitle } from "../../../netfilter/traced/packet.js";
import { TracedRules } from "../../../netfilter/traced/rules.js";
import { type SimulatedTraced, TracedPlayer } from "../../../netfilter/traced/sequence.js";
import type { Comparison, PacketForm, PathPacket, TracedRow } from "../../../webview/protocol.js";
import type { ReadyRules } from "../memory.js";
import type { TracedPair } from "./calls.js";

/** Traced packets in the words of the view, joined to rules and held against their simulation. */
export class Joined {
  private readonly rules: TracedRules;
  private readonly player: TracedPlayer;
  private readonly simulations = new Map<number, SimulatedTraced>();
  private last = -1;
  /** Address and port of all that was played. */
  private readonly senders = new Set<string>();

  constructor(private readonly ready: ReadyRules) {
    this.rules = new TracedRules(ready.loaded);
    this.player = new TracedPlayer(ready.loaded, ready.state);
  }

  /** By which events are told apart by packet. */
  get hookOf(): HookOf {
    return this.rules.hookOf;
  }

  /** The number of the packet that was simulated last; all that were kept before it were, too. */
  get playedTo(): number {
    return this.last;
  }

  /**
   * The last packet's line; `at` is when it was seen, in milliseconds. `alone`: it is not simulated, which takes all packets before
   * it that were not yet, too.
   */
  row(traces: readonly PacketTrace[], at: number | undefined, alone: boolean): TracedRow {
    const trace = traces.at(-1) as PacketTrace;
    const seen = observed(trace, this.rules);
    const played = alone || this.ready.loaded.length === 0 ? undefined : this.played(traces);
    const simulated = played && "trace" in played ? played.trace : undefined;
    const compared = simulated ? this.comparison(simulated, seen).is : "unknown";
    const own = toneOf(seen);
    return {
      number: trace.number,
      time: at === undefined ? "" : new Date(at).toTimeString().slice(0, 8),
      iif: trace.packet?.iif ?? "",
      oif: leftBy(trace) ?? "",
      packet: titleOf(trace),
      ended: seen.sentence,
      simulated: simulated ? dispositionText(simulated.disposition) : "",
      compared,
      tone: own === "unknown" && simulated && compared === "same" ? toneOf(simulated) : own,
      gaps: seen.gaps,
    };
  }

  /** The last of the packets as observed and as simulated, behind those that came before it. */
  pair(traces: readonly PacketTrace[]): TracedPair {
    const seen = observed(traces.at(-1) as PacketTrace, this.rules);
    const own = this.shown(seen);
    if (this.ready.loaded.length === 0) return { observed: own, comparison: withoutRules };
    const played = this.played(traces);
    if ("why" in played) return { observed: own, comparison: notCompared(played.why) };
    const simulated = { ...this.ready.shown.packet(played.trace, "0"), short: "Simulated" };
    return { observed: own, simulated, comparison: this.comparison(played.trace, seen) };
  }

  /** A packet is simulated once, behind those before it: what they left behind stays. */
  private played(traces: readonly PacketTrace[]): SimulatedTraced {
    const { number } = traces.at(-1) as PacketTrace;
    for (const trace of traces) if (trace.number > this.last) this.simulations.set(trace.number, this.play(trace));
    return this.simulations.get(number) as SimulatedTraced;
  }

  private play(trace: PacketTrace): SimulatedTraced {
    this.last = trace.number;
    const { source, sourcePort } = trace.packet ?? {};
    this.senders.add(`${source} ${sourcePort}`);
    return this.player.play(trace);
  }

  /** Of the connection's other end nothing was seen. */
  private isOneWay({ entry }: Trace): boolean {
    if (!entry) return false;
    const { saddr, sport } = entry.reply;
    return !this.senders.has(`${formatAddress(saddr)} ${sport}`);
  }

  private comparison(simulated: Trace, seen: Observed): Comparison {
    const difference = firstDifference(simulated, seen, (rule) => this.rules.textOf(rule));
    if (!difference) return { sentence: asSimulated(simulated, seen), is: "same" };
    const { text, simulatedStep, observedStep } = difference;
    return {
      ...{ sentence: this.isOneWay(simulated) ? `${text} ${oneWay}` : text, is: "different" },
      ...(simulatedStep !== undefined && { simulatedStep }),
      ...(observedStep !== undefined && { observedStep }),
    };
  }

  /** What the trace tells of a packet, for the form. */
  form(packet: TracedPacket): PacketForm {
    return formOf(packet);
  }

  private shown(seen: Observed): PathPacket {
    const trace: Trace = {
      ...{ packet: seen.packet, steps: seen.steps, disposition: seen.disposition },
      ...{ last: seen.packet, assumptions: [], unknown: seen.notes.map((why) => ({ why })), caused: [] },
    };
    const shown = this.ready.shown.packet(trace, "0");
    return { ...shown, short: "Observed", title: seen.title, sentence: seen.sentence, entry: "" };
  }
}

const oneWay =
  "Answers of this connection were not traced: what they may have changed (its state, its mark), the simulation does not have.";

/** Of an end that no trace shows, the simulation tells. */
function asSimulated({ disposition }: Trace, seen: Observed): string {
  // Why the kernel drops between the hooks, no trace shows.
  const isLost = seen.disposition.end === "dropped" && seen.tellings.at(-1)?.verdict === "accept";
  if (isLost && disposition.end === "dropped")
    return `As simulated. The simulation tells why: ${dispositionText(disposition)}.`;
  if (seen.disposition.end !== "unknown" || disposition.end === "unknown") return "As simulated.";
  return `As simulated, as far as the trace tells. By the simulation it was then ${dispositionText(disposition)}.`;
}

const withoutRules: Comparison = {
  sentence:
    "Nothing is compared: open the trace with the rules that were loaded to see the simulation of the same packet.",
  is: "unknown",
};

function notCompared(why: string): Comparison {
  return { sentence: `Nothing is compared: it cannot be simulated. ${why}`, is: "unknown" };
}

/** The interface by which the packet was seen to leave, where that was shown last. */
function leftBy({ events }: PacketTrace): string | undefined {
  const shown = events.flatMap((event) => (event.kind === "packet" ? [event.packet] : []));
  return shown.findLast(({ oif }) => oif !== undefined)?.oif;
}

/** Without the interface, which has a column of its own. */
function titleOf({ packet }: PacketTrace): string {
  const title = tracedTitle(packet);
  return title.includes(" > ") ? title.replace(/^\S+ /, "") : title;
}

function toneOf({ disposition }: Pick<Trace, "disposition">): TracedRow["tone"] {
  if (disposition.end === "sent" || disposition.end === "delivered") return "passed";
  return disposition.end === "unknown" ? "unknown" : "stopped";
}
