import type { Rule } from "../model/ruleset.js";
import { endPriority, type TracedPacket } from "../observe/trace/event.js";
import { formatAddress, parseAddress } from "../packet/address.js";
import type { Disposition, Trace } from "../simulate/trace.js";
import { dispositionText } from "../simulate/traceText.js";
import { markText } from "./marks.js";
import type { Observed, Telling } from "./observed.js";
import { indexOf, isSameRule } from "./sameRule.js";
import { type Likeness, type SimulatedTelling, simulatedTellings } from "./simulatedTellings.js";
import { setsTrace } from "./told.js";

/** The first place where a simulation and a router's trace disagree. */
export interface FirstDifference {
  /** Indexes in the steps of both; absent where one has nothing there. */
  readonly simulatedStep?: number;
  readonly observedStep?: number;
  /** What differs, in one sentence. */
  readonly text: string;
}

/** What a rule says, for the sentence: `TracedRules.textOf` and its like. */
export type TextOf = (rule: Rule) => string | undefined;

/**
 * Where a simulation first differs from what was observed: in the rule that matched, its verdict, the mark, the addresses and
 * ports, the interface, or in how it ended. What one of the two cannot see is no difference: what was before the trace began or
 * after events were lost, what the kernel does between the chains, what the simulation leaves open.
 */
export function firstDifference(
  simulated: Trace,
  observed: Observed,
  textOf: TextOf = () => undefined,
): FirstDifference | undefined {
  return new Comparison(simulated, observed, textOf).first();
}

class Comparison {
  private readonly own: readonly SimulatedTelling[];

  constructor(
    private readonly simulated: Trace,
    private readonly observed: Observed,
    private readonly textOf: TextOf,
  ) {
    this.own = simulatedTellings(simulated).filter(({ place }) => !observed.unseen.has(place));
  }

  first(): FirstDifference | undefined {
    const tellings = this.observed.tellings.filter((one) => this.isComparable(one));
    const [begin] = tellings;
    if (!begin) return this.endsUnseen();
    let at = this.beginning(begin);
    if (at === undefined) return orOpen(this.wentOn(begin));
    const from = at;
    for (const telling of tellings) {
      at = this.pastIdle(at, telling.place);
      const here = this.own[at];
      if (telling.problem === undefined || telling.missing) {
        const found = here ? this.compare(telling, here) : this.wentOn(telling);
        if (found) return this.isOpen(from, at) ? undefined : orOpen(found);
        at++;
      } else if (here?.place === telling.place && here.kind === telling.kind) at++;
    }
    at = this.pastIdle(at, "");
    return this.isOpen(from, at) ? undefined : this.ends(at);
  }

  /** Behind a rule of which the simulation does not know whether it matches, it only follows one of both ways. */
  private isOpen(from: number, to: number): boolean {
    return this.own.slice(from, to + 1).some(({ unsure }) => unsure);
  }

  /** Chains that only one of both rulesets has are passed over where they decide nothing, or where nothing is known of them. */
  private isComparable(told: Telling): boolean {
    const isUnknown = told.problem !== undefined && !told.missing;
    return !(isUnknown || isIdle(told)) || this.own.some(({ place }) => place === told.place);
  }

  /** An empty built-in chain may not be there at all, in the kernel or in the other ruleset. */
  private pastIdle(from: number, place: string): number {
    let at = from;
    while (this.own[at] && this.own[at]?.place !== place && isIdle(this.own[at])) at++;
    return at;
  }

  /**
   * What was before the trace began only the simulation knows. It begins with the rule that has the packet traced, or before the
   * first chain that it tells of; in the kernel log behind that rule. Undefined when the simulated packet does not come there.
   */
  private beginning(begin: Telling): number | undefined {
    const { own } = this;
    const first = own.findIndex(({ place }) => place === begin.place);
    if (first === -1) return undefined;
    if (begin.mark?.when === "before") {
      const traced = own.findIndex(({ place, rule }) => place === begin.place && rule !== undefined && setsTrace(rule));
      return traced === -1 ? first : traced + 1;
    }
    const here = own.findIndex((one) => isSame(begin, one));
    const begins = begin.rule ? setsTrace(begin.rule) : begin.problem !== undefined;
    return begins && here !== -1 ? here : first;
  }

  private compare(told: Telling, own: SimulatedTelling): FirstDifference | "open" | undefined {
    if (!isSame(told, own)) return own.unsure ? "open" : this.otherRule(told, own);
    const steps = { simulatedStep: own.step, observedStep: told.step };
    // What the program on a queue changes is only seen in the next chain.
    const like = told.mark?.when === "before" || own.verdict === "queue" ? own.before : own.behind;
    const what = verdictDifference(told, own) ?? markDifference(told, like) ?? packetDifference(told.packet, like);
    if (what === undefined) return undefined;
    return { ...steps, text: `${begun(this.placeText(told))}: ${what}.` };
  }

  /** Points at the rule that only one of them matches, also in the steps of the other, if that met it. */
  private otherRule(told: Telling, own: SimulatedTelling): FirstDifference {
    const inOwn = told.rule && this.metIn(this.simulated, told.rule, own.step);
    if (inOwn !== undefined) {
      const text = `${begun(this.placeText(told))} matches the observed packet and not the simulated one.`;
      return { simulatedStep: inOwn, observedStep: told.step, text };
    }
    const inObserved = own.rule && this.metIn(this.observed, own.rule, told.step);
    if (inObserved !== undefined) {
      const text = `${begun(this.placeText(own))} matches the simulated packet and not the observed one.`;
      return { simulatedStep: own.step, observedStep: inObserved, text };
    }
    const text = `The observed packet ${this.does(told)}, the simulated one ${this.does(own)}.`;
    return { simulatedStep: own.step, observedStep: told.step, text };
  }

  /** The step, not behind `before`, at which the rule was met and did not match. */
  private metIn({ steps }: Pick<Trace, "steps">, rule: Rule, before: number): number | undefined {
    for (let index = Math.min(before, steps.length - 1); index >= 0; index--) {
      const step = steps[index];
      if (step?.kind === "rule" && step.matched === false && isSameRule(step.rule, rule)) return index;
    }
    return undefined;
  }

  /** The simulated packet has ended where the observed one went on. */
  private wentOn(told: Telling): FirstDifference | "open" {
    const { disposition, steps } = this.simulated;
    // What the program on a queue does with it, the simulation is not told.
    if (disposition.end === "unknown" || disposition.end === "queued") return "open";
    const simulatedStep = "step" in disposition ? disposition.step : steps.length - 1;
    const text = `The observed packet ${this.does(told)}, the simulated one does not come so far: ${dispositionText(disposition)}.`;
    return { simulatedStep, observedStep: told.step, text };
  }

  /** It came to no chain that tells. */
  private endsUnseen(): FirstDifference | undefined {
    const at = this.pastIdle(0, "");
    return this.own[at] ? undefined : this.ends(at);
  }

  private ends(at: number): FirstDifference | undefined {
    const { own, observed, simulated } = this;
    if (observed.gaps) return undefined;
    const next = own[at];
    if (next) {
      if (next.unsure || this.isByLoopback()) return undefined;
      const text = `The observed packet was not seen any more behind ${this.lastPlace()}, the simulated one ${this.does(next)}.`;
      return { simulatedStep: next.step, observedStep: observed.steps.length - 1, text };
    }
    const [end, ownEnd] = [observed.disposition, simulated.disposition];
    if (!isCertain(end) || !isCertain(ownEnd) || isSameEnd(end, ownEnd)) return undefined;
    if (ownEnd.end === "dropped" && isBehindEnds(simulated, ownEnd.step)) return undefined;
    if (this.isByLoopback()) return undefined;
    const text = `The observed packet was ${dispositionText(end)}, the simulated one ${dispositionText(ownEnd)}.`;
    return { simulatedStep: simulated.steps.length - 1, observedStep: observed.steps.length - 1, text };
  }

  /** What comes back by the loopback has another id, and is another packet to the tools. */
  private isByLoopback(): boolean {
    return this.observed.steps.some((step) => step.kind === "route" && step.oif === "lo");
  }

  private lastPlace(): string {
    return this.observed.tellings.at(-1)?.place ?? "";
  }

  private does(told: Telling | SimulatedTelling): string {
    const verdict = told.verdict === undefined || told.verdict === "continue" ? "" : `, ${told.verdict}`;
    if (told.kind === "policy") return `comes to the end of ${told.place}${verdict}`;
    return `matches ${this.placeText(told)}${verdict}`;
  }

  private placeText(told: Telling | SimulatedTelling): string {
    const { rule, place } = told;
    if (told.kind === "policy") return `the end of ${place}`;
    const text = (rule && this.textOf(rule)) ?? ("text" in told ? told.text : undefined);
    const number = rule ? `rule ${indexOf(rule) + 1}` : "a rule";
    return `${number} of ${place}${text === undefined ? "" : ` (${text})`}`;
  }
}

function isIdle(told: Telling | SimulatedTelling | undefined): boolean {
  return (
    told?.kind === "policy" &&
    told.verdict === "accept" &&
    told.chain?.builtin === true &&
    told.chain.rules.length === 0
  );
}

function isSame(told: Telling, own: SimulatedTelling): boolean {
  if (told.kind !== own.kind || told.place !== own.place) return false;
  return (
    told.kind === "policy" || (told.rule !== undefined && own.rule !== undefined && isSameRule(told.rule, own.rule))
  );
}

function verdictDifference({ verdict }: Telling, own: SimulatedTelling): string | undefined {
  if (verdict === undefined || verdict === own.verdict) return undefined;
  return `the observed verdict is ${verdict}, the simulated one ${own.verdict}`;
}

function markDifference({ mark }: Telling, own: Likeness): string | undefined {
  if (!mark || mark.value === own.mark) return undefined;
  return `the observed packet has the mark ${markText(mark.value)}, the simulated one ${markText(own.mark)}`;
}

function packetDifference(seen: TracedPacket | undefined, own: Likeness): string | undefined {
  if (!seen) return undefined;
  const pairs: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ["leaves by", seen.oif, own.oif],
    ["comes from", addressText(seen.source), own.saddr],
    ["goes to", addressText(seen.destination), own.daddr],
    ["has the source port", seen.sourcePort?.toString(), single(own.sport)],
    ["has the destination port", seen.destinationPort?.toString(), single(own.dport)],
  ];
  const different = pairs.find(
    ([, told, simulated]) => told !== undefined && simulated !== undefined && told !== simulated,
  );
  if (!different) return undefined;
  const [what, told, simulated] = different;
  return `the observed packet ${what} ${told}, the simulated one ${simulated}`;
}

function addressText(text: string | undefined): string | undefined {
  const address = text === undefined ? undefined : parseAddress(text, "nftables");
  return address && formatAddress(address);
}

/** A port out of a range that the kernel picks at random may be any. */
function single(port: string | undefined): string | undefined {
  return port !== undefined && /^\d+$/.test(port) ? port : undefined;
}

/** Whether one can tell that it went on, or that it did not. */
function isCertain({ end }: Disposition): boolean {
  return end === "sent" || end === "delivered" || end === "dropped";
}

/** What is dropped at the very last (of IPv6 in input, conntrack confirms at that priority), or behind it, was seen to come through. */
function isBehindEnds({ steps }: Trace, step: number): boolean {
  const at = steps[step];
  return at !== undefined && at.kind !== "route" && (at.hook === "egress" || at.priority >= endPriority);
}

function isSameEnd(one: Observed["disposition"], other: Trace["disposition"]): boolean {
  return one.end === other.end && (one.end !== "sent" || other.end !== "sent" || one.oif === other.oif);
}

function orOpen(found: FirstDifference | "open"): FirstDifference | undefined {
  return found === "open" ? undefined : found;
}

function begun(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
