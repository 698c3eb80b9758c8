import { afterEach, expect, test } from "vitest";
import { type DemoRouter, startDemo } from "../../client/demo/server.js";
import type { ConnectionState } from "../../client/routers/connection/state.js";
import type { Router } from "../../client/routers/router.js";
import { type LiveTraceEnd, type LiveTraceState, startLiveTrace } from "../../client/tracing/liveTrace.js";
import type { Command, Outcome } from "../../netfilter/observe/command.js";
import { usualTraceLimits } from "../../netfilter/observe/trace/livePattern.js";
import { closeRouters, routerAt } from "../routers/fixture.js";

let demo: DemoRouter | undefined;
afterEach(async () => {
  closeRouters();
  await demo?.stop();
});

test("the demo router says that it traces nothing", async () => {
  demo = await startDemo("demo", { title: "a test", commands: [] });
  const { end, states } = await traced(routerAt(demo.host));
  expect(end).toMatchObject({ how: "failed", left: "nothing", message: expect.stringContaining("runs nothing") });
  expect(states).toEqual(["ended"]);
});

/** What a router does that no real one does for a test: keep a table, go away, or misspeak. */
interface Play {
  /** The script's lines, and how it ends. */
  readonly says: readonly string[];
  readonly ends: { readonly code?: number; readonly cut?: boolean };
  /** The tables that are listed then; none where the question fails. */
  readonly tables?: (name: string) => readonly string[];
  readonly state?: ConnectionState;
}

const connected: ConnectionState = { is: "connected" };
const away: ConnectionState = { is: "disconnected" };
const begun = ["# hookscope: way owner", "# hookscope: listening"];
const done: Partial<LiveTraceEnd> = { how: "time", message: "The trace ended after 60 s, as it was to." };

const ends: readonly (readonly [string, Play, Partial<LiveTraceEnd>])[] = [
  ["nothing is left", { says: begun, ends: { code: 0 }, tables: () => ["ip nat"] }, { ...done, left: "nothing" }],
  [
    "a table stays",
    { says: begun, ends: { code: 0 }, tables: (name) => [`inet ${name}`] },
    {
      ...{ ...done, left: "something" },
      warnings: [expect.stringMatching(/still on edge\. Remove it: nft delete table inet hookscope_trace_/) as never],
    },
  ],
  [
    "the question fails",
    { says: begun, ends: { code: 0 } },
    { left: "unknown", warnings: [expect.stringContaining("It goes by itself") as never] },
  ],
  ["the connection is gone", { says: begun, ends: { cut: true }, state: away }, { how: "lost", left: "unknown" }],
  ["it was refused", { says: ["# hookscope: failed program"], ends: { code: 3 } }, { how: "failed", left: "nothing" }],
];

test.each(ends)(
  "the end of a trace tells what is left: %s",
  async (_name, play, expected) => {
    const { end } = await traced(playing(play));
    expect(end).toMatchObject(expected);
  },
  20_000,
);

async function traced(router: Router) {
  const states: LiveTraceState[] = [];
  const on = { items: () => undefined, state: (state: LiveTraceState) => void states.push(state) };
  const end = await startLiveTrace(router, { replies: false }, usualTraceLimits, on).ended;
  return { end, states };
}

function playing({ says, ends: { code, cut = false }, tables, state = connected }: Play): Router {
  let name = "";
  const run = async (command: Command<unknown>): Promise<Outcome<unknown>> => {
    const reader = command.reader();
    const isTrace = command.id === "trace.live";
    if (isTrace) name = /hookscope_trace_\w+/.exec(command.stdin ?? "")?.[0] ?? "";
    const lines = isTrace ? says : (tables?.(name) ?? []).map((table) => `table ${table}`);
    reader.push(Buffer.from(lines.map((line) => `${line}\n`).join("")));
    if (isTrace) return reader.end({ stderr: "", cut, ...(code !== undefined && { code }) });
    return reader.end(tables ? { code: 0, stderr: "", cut: false } : { code: 1, stderr: "no\n", cut: false });
  };
  const nothing = () => ({ dispose: () => undefined });
  return {
    ...{ name: "edge", state, run: run as Router["run"], onStateChange: nothing, use: nothing },
    ...{ connect: () => undefined, disconnect: () => undefined, dispose: () => undefined },
  };
}
