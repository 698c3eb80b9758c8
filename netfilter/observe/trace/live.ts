import type { FollowCommand } from "../reading.js";
import { traceProblems } from "./livePattern.js";
import { type LiveItem, LiveTraceReader, type LiveTraceResult } from "./liveReader.js";
import { type TraceOrder, traceScript } from "./liveScript.js";

/** A command that changes the router while it runs, with the order that it was made of. */
export interface LiveTraceCommand extends FollowCommand<LiveItem, LiveTraceResult> {
  readonly order: TraceOrder;
}

/** The command that traces packets as the order says; undefined for an order that has problems or a name of another form. */
export function liveTrace(order: TraceOrder): LiveTraceCommand | undefined {
  if (!/^hookscope_trace_[\da-f]{8}$/.test(order.name)) return undefined;
  if (traceProblems(order.pattern, order.limits).length > 0) return undefined;
  const reader = () => new LiveTraceReader(order);
  return { ...command, stdin: traceScript(order), order, reader };
}

const command = { id: "trace.live", title: "a trace of packets", argv: ["sh", "-s"], root: true } as const;
