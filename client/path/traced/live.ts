import type { TraceLimits, TracePattern } from "../../../netfilter/observe/trace/livePattern.js";
import type { LiveStatus } from "../../../webview/protocol.js";
import type { Router } from "../../routers/router.js";
import type { LiveTrace, LiveTraceEnd, LiveTraceState, startLiveTrace } from "../../tracing/liveTrace.js";
import { LiveMeter } from "./liveMeter.js";
import type { Traces } from "./traces.js";

/** Milliseconds between two words about a trace that runs. */
const tellEvery = 1_000;

/** A trace on a router and the view that shows it: one at a time. */
export class LiveTracing {
  private trace: LiveTrace | undefined;
  private isStopping = false;

  constructor(
    private readonly traces: Traces,
    private readonly tell: (status: LiveStatus) => void,
    private readonly start: typeof startLiveTrace,
  ) {}

  get isRunning(): boolean {
    return this.trace !== undefined;
  }

  /** Traces until it is stopped or its time is up; never rejects. The session of the traces has begun. */
  async run(router: Router, pattern: TracePattern, limits: TraceLimits): Promise<void> {
    const { name } = router;
    const meter = new LiveMeter(limits.seconds);
    const standing = (state: LiveTraceState) => this.standing(name, state, meter);
    const ticking = setInterval(() => this.trace && standing(this.trace.state), tellEvery);
    this.isStopping = false;
    standing("starting");
    const trace = this.start(router, pattern, limits, {
      items: (items) => this.traces.add(items),
      state: (state) => {
        if (state === "listening") meter.begin();
        if (state !== "ended") standing(state);
      },
      note: (sentence) => this.traces.note([sentence]),
    });
    this.trace = trace;
    const end = await trace.ended;
    clearInterval(ticking);
    this.trace = undefined;
    this.traces.rest();
    await this.traces.flush();
    this.traces.note(end.warnings);
    this.tell(endOf(name, end));
  }

  /** Ends what runs; the view hears when the router is as before. */
  stop(): void {
    if (!this.trace) return;
    this.isStopping = true;
    this.traces.rest();
    this.trace.stop();
  }

  private standing(router: string, state: LiveTraceState, meter: LiveMeter): void {
    meter.count(this.traces.count);
    if (this.isStopping) this.tell({ state: "stopping", router, text: `Ending the trace on ${router}.` });
    else if (state === "starting") this.tell({ state: "starting", router, text: `Beginning to trace on ${router}.` });
    else this.tell({ state: "running", router, text: `Tracing on ${router}.`, ...meter.numbers });
  }
}

function endOf(router: string, { how, message }: LiveTraceEnd): LiveStatus {
  return { state: how === "failed" || how === "lost" ? "failed" : "ended", router, text: message };
}
