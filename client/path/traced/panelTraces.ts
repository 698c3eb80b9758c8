import { workspace } from "vscode";
import { type TraceLimits, type TracePattern, usualTraceLimits } from "../../../netfilter/observe/trace/livePattern.js";
import type { FromPathView, PacketForm, ToPathView } from "../../../webview/protocol.js";
import type { Router } from "../../routers/router.js";
import type { InThread } from "../../rulesets/inThread.js";
import { askToTrace } from "../../tracing/askToTrace.js";
import { startLiveTrace } from "../../tracing/liveTrace.js";
import { patternOf } from "../../tracing/patternOf.js";
import { LiveTracing } from "./live.js";
import type { TraceText } from "./text.js";
import { type RulesNow, Traces } from "./traces.js";

/** What the traces of a panel live in. */
export interface TracedSurroundings {
  readonly inThread: InThread;
  /** Where packets can be traced; absent: only texts are shown. */
  readonly router: Router | undefined;
  readonly rulesNow: RulesNow;
  say(message: ToPathView): void;
  /** Sends such a packet through the rules. */
  simulate(form: PacketForm): Promise<void>;
}

type Question = Extract<
  FromPathView,
  { ask: "trace" | "stopTrace" | "tracedFilter" | "tracedRows" | "tracedPacket" | "simulateTraced" | "closeTraced" }
>;

/** All that a path's panel knows of traced packets: those of a text, and those that are traced on its router now. */
export class PanelTraces {
  private readonly traces: Traces;
  private readonly live: LiveTracing;

  constructor(private readonly surroundings: TracedSurroundings) {
    const { inThread, say, rulesNow } = surroundings;
    this.traces = new Traces(inThread, say, rulesNow);
    this.live = new LiveTracing(this.traces, (status) => say({ say: "live", status }), startLiveTrace);
  }

  /** Shows the packets of a saved or pasted trace. */
  async open(source: TraceText): Promise<void> {
    this.live.stop();
    if (await this.began(source.name, false)) await this.traces.read(source);
  }

  /** Asks, and traces packets like the form's on the router. */
  async traceLike(form: PacketForm): Promise<void> {
    const pattern = patternOf(form);
    if ("problems" in pattern) this.tellTrouble(pattern.problems);
    else await this.trace(pattern.value, { notes: pattern.notes });
  }

  /**
   * Asks, and traces such packets on the router. `notes` are sentences about the pattern, `entry` a line of `conntrack -L`: what
   * conntrack has of them before.
   */
  async trace(
    pattern: TracePattern,
    { notes = [], entry }: { readonly notes?: readonly string[]; readonly entry?: string } = {},
  ): Promise<void> {
    const { router } = this.surroundings;
    if (!router || this.live.isRunning) return;
    const limits = limitSettings();
    if (!(await askToTrace(router.name, pattern, limits))) return;
    if (!(await this.began(`router ${router.name}`, true, entry))) return;
    this.traces.note(notes);
    await this.live.run(router, pattern, limits);
  }

  /** Answers what the view asks of traced packets. */
  async answer(message: Question): Promise<void> {
    switch (message.ask) {
      case "trace":
        return this.traceLike(message.form);
      case "stopTrace":
        return this.live.stop();
      case "simulateTraced":
        return this.surroundings.simulate(await this.surroundings.inThread("tracedForm", message.number));
      case "closeTraced":
        return this.close();
      default:
        return this.traces.answer(message);
    }
  }

  /** A simulated packet is shown in the place of a traced one. */
  leave(): void {
    this.traces.leave();
  }

  /** What runs on a router ends. */
  dispose(): void {
    this.live.stop();
    this.traces.dispose();
  }

  private close(): void {
    if (this.live.isRunning) this.live.stop();
    else if (this.traces.cancel()) this.traces.close();
  }

  private async began(from: string, isLive: boolean, entry?: string): Promise<boolean> {
    const problems = await this.traces.begin(from, isLive, entry);
    if (problems) this.tellTrouble(problems);
    return problems === undefined;
  }

  private tellTrouble(messages: readonly string[]): void {
    this.surroundings.say({ say: "trouble", messages });
  }
}

function limitSettings(): TraceLimits {
  const settings = workspace.getConfiguration("hookscope.trace");
  const bounded = (name: "seconds" | "packetsPerSecond", most: number) =>
    Math.round(Math.min(most, Math.max(1, settings.get<number>(name) ?? usualTraceLimits[name])));
  return { ...usualTraceLimits, seconds: bounded("seconds", 600), packetsPerSecond: bounded("packetsPerSecond", 1000) };
}
