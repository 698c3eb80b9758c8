import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Rules } from "../../../client/path/calls.js";
import { LiveTracing } from "../../../client/path/traced/live.js";
import { Traces } from "../../../client/path/traced/traces.js";
import type { Router } from "../../../client/routers/router.js";
import { Memory, performRulesetCall } from "../../../client/rulesets/calls.js";
import type { InThread } from "../../../client/rulesets/inThread.js";
import type {
  LiveTraceEnd,
  LiveTraceListener,
  LiveTraceState,
  startLiveTrace,
} from "../../../client/tracing/liveTrace.js";
import { readTraceText } from "../../../netfilter/observe/trace/commands.js";
import { usualTraceLimits } from "../../../netfilter/observe/trace/livePattern.js";
import type { FromPathView, ToPathView } from "../../../webview/protocol.js";
import { storyRules, storyState } from "../../client/path/story.js";
import { seriousFindings } from "./accessibility.js";
import { Stage } from "./stage.js";

// Traced packets in the page, with the extension host's own classes behind it; only the router is a test's.

const recorded = readFileSync(new URL("../../client/path/traces/story.xtables.txt", import.meta.url), "utf8");
const rawRules =
  "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport 443 -j TRACE\n-A PREROUTING -p tcp -m tcp --sport 443 -j TRACE\nCOMMIT\n";
const document = { name: "/rules.v4", text: rawRules + storyRules, language: "iptables" as const, onDisk: false };
const state = { file: "r.state.json", text: JSON.stringify(storyState) };
const rulesNow = async (): Promise<Rules> => ({ documents: [{ ...document }], state });

const heard: FromPathView[] = [];
const memory = new Memory();
let stage: Stage<ToPathView>;
let traceState: LiveTraceState = "starting";
let listener: LiveTraceListener | undefined;
let endTrace: (end: LiveTraceEnd) => void = () => undefined;

/** The thread's calls, here; others get their turn between them, as they do beside a thread. */
const inThread: InThread = async (call, argument) => {
  await new Promise(setImmediate);
  return performRulesetCall(call, argument, memory);
};
const say = (message: ToPathView) => void stage.say(message);
const traces = new Traces(inThread, say, rulesNow);
const start: typeof startLiveTrace = (_router, _pattern, _limits, on) => {
  listener = on;
  const ended = new Promise<LiveTraceEnd>((resolve) => {
    endTrace = (end) => resolve(end);
  });
  traceState = "starting";
  return {
    ...{ effects: [], ended, stop: () => endTrace(stopped) },
    get state() {
      return traceState;
    },
  };
};
const live = new LiveTracing(traces, (status) => say({ say: "live", status }), start);
const stopped: LiveTraceEnd = {
  ...{ how: "stopped", message: "Stopped. The router is as before.", warnings: [], left: "nothing", count: 4 },
};

beforeAll(async () => {
  stage = await Stage.open<ToPathView, FromPathView>("path", (message, on) => void answer(message, on));
}, 120_000);

afterAll(() => stage.close());

async function answer(message: FromPathView, on: typeof stage): Promise<void> {
  heard.push(message);
  if (message.ask === "ready")
    await on.say({ say: "form", form: {}, exchange: false, about: "rules.v4 of edge", router: "edge" });
  else if (message.ask === "tracedRows" || message.ask === "tracedPacket" || message.ask === "tracedFilter")
    await traces.answer(message);
  else if (message.ask === "stopTrace") live.stop();
  else if (message.ask === "closeTraced" && traces.cancel()) traces.close();
}

const at = (selector: string, hasText?: string | RegExp) =>
  stage.page.locator(selector, hasText === undefined ? {} : { hasText }).first();
const press = (key: string) => stage.page.keyboard.press(key);
const last = (ask: FromPathView["ask"]) => heard.findLast((message) => message.ask === ask);

test("a saved trace: the list of its packets, the first of them chosen", async () => {
  await traces.begin("story.txt", false);
  await traces.read({ name: "story.txt", text: recorded });
  await at(".traced h2", "Traced: story.txt").waitFor();
  await at(".row[aria-selected=true]", "172.17.0.2").waitFor();
  await at("[role=tab][aria-selected=true]", "Observed").waitFor();
  await at(".comparison.same", "By the simulation it was then sent by ppp0").waitFor();
  expect(await stage.page.locator(".row.stopped").first().textContent()).toContain("outgoing interface changed");
  await stage.screenshots("traced");
});

test("the keyboard goes to the packet that dies; its simulation is beside what was observed", async () => {
  await at(".traced .grid").focus();
  await press("ArrowDown");
  await press("ArrowDown");
  await at("h1", "Last seen in ip filter FORWARD").waitFor();
  await at(".comparison.same", "outgoing interface changed").waitFor();
  await at(".compared .steps h2", "Observed: forward").waitFor();
  await at(".compared .steps h2", "Simulated: forward").waitFor();
  await stage.screenshots("traced-dying");
  await at("[role=tab][aria-selected=true]").focus();
  await press("ArrowRight");
  await at("h1", "outgoing interface changed").waitFor();
  expect(await at(".hs-end.hs-lit").getAttribute("aria-label")).toContain("postrouting");
});

test("a step of either list leads to its line", async () => {
  await at(".hs-row", "ip mangle PREROUTING").click();
  await stage.page.locator(".steps").nth(1).locator(".step", { hasText: "--restore-mark" }).click();
  await at("[role=tab][aria-selected=true]", "Observed").waitFor();
  const line = document.text.split("\n").indexOf("-A PREROUTING -j CONNMARK --restore-mark") + 1;
  await expect.poll(() => last("reveal")).toEqual({ ask: "reveal", file: "/rules.v4", line });
});

test("the filter, and the packet for the form", async () => {
  await at(".traced input").fill("dropped 172.17.0.2");
  await at(".standing", "1 of 17 packets").waitFor();
  await at(".traced input").fill("");
  await at(".standing", /^17 packets$/).waitFor();
  await at("button", "Simulate this packet").click();
  await expect.poll(() => last("simulateTraced")).toEqual({ ask: "simulateTraced", number: 2 });
});

test("rules that were changed since: the first difference, in the sentence, both lists and the picture", async () => {
  document.text = document.text.replace("-A FORWARD -i lan0 -j ACCEPT", "-A FORWARD -i lan0 -j DROP");
  await traces.begin("again", false);
  await traces.read({ name: "again", text: recorded });
  await at(".comparison.different").waitFor();
  expect(await stage.page.locator(".steps .differs").count()).toBe(2);
  await at(".hs-row.hs-differs", "ip filter FORWARD").waitFor();
  await at(".row.different").waitFor();
  await stage.screenshots("traced-different");
  expect(await seriousFindings(stage.page)).toEqual([]);
});

test("a text that is read for long can be cancelled", async () => {
  await traces.begin("long", false);
  const reading = traces.read({ name: "long", text: recorded.repeat(3_000) });
  await at(".traced progress:not([hidden])").waitFor();
  await at("button", "Cancel").click();
  await reading;
  await at(".traced .trouble p", "Reading was cancelled").waitFor();
  await at(".traced button", "Close").click();
  await at(".traced").waitFor({ state: "hidden" });
});

test("a live trace: it begins, counts and is stopped by the keyboard", async () => {
  await traces.begin("router edge", true);
  const running = live.run({ name: "edge" } as Router, { replies: true }, { ...usualTraceLimits, seconds: 30 });
  await at(".trace-bar.starting", "Beginning to trace on edge").waitFor();
  traceState = "listening";
  listener?.state(traceState);
  await at(".trace-bar.running", /\d+ s left/).waitFor();
  const items = readTraceText(recorded);
  listener?.items(items.slice(0, 60));
  await at(".standing", /\d+ packets/).waitFor();
  await at(".row[aria-selected=true]").waitFor();
  await at(".trace-bar.running", "packets/s").waitFor();
  await stage.screenshots("trace-live");
  expect(await seriousFindings(stage.page)).toEqual([]);
  await at("button", "Stop tracing").focus();
  await press("Enter");
  await running;
  await at(".trace-bar.ended", "The router is as before").waitFor();
  expect(await at("button", "Trace packets like this").isEnabled()).toBe(true);
});

test("what was made up for a simulation is not traced for, unless a person has typed it", async () => {
  const form = { saddr: "172.17.0.2", sport: "40000", dport: "443" };
  await stage.say({
    say: "form",
    form,
    exchange: false,
    invented: ["sport"],
    about: "rules.v4 of edge",
    router: "edge",
  });
  const asked = async () => {
    const before = heard.length;
    await at("button", "Trace packets like this").click();
    await expect.poll(() => heard.length).toBe(before + 1);
    return last("trace") as { form: object };
  };
  const traced = (await asked()).form;
  expect(traced).toMatchObject({ saddr: "172.17.0.2", dport: "443" });
  expect(traced).not.toHaveProperty("sport");
  await at("summary", "Change the packet").click();
  await at("#sport").fill("40001");
  expect((await asked()).form).toMatchObject({ sport: "40001" });
  await at("summary", "Change the packet").click();
});

test("another trace of the same router begins with its own first packet", async () => {
  await traces.begin("router edge", true);
  await at(".standing", "No packet was seen").waitFor();
  expect(await stage.page.locator(".traced .row").count()).toBe(0);
  const before = heard.length;
  traces.add(readTraceText(recorded));
  await at(".row[aria-selected=true][aria-rowindex='2']").waitFor();
  await expect.poll(() => heard.slice(before)).toContainEqual({ ask: "tracedPacket", number: 0 });
});

test("newer packets do not move what is read", async () => {
  const running = live.run({ name: "edge" } as Router, { replies: true }, usualTraceLimits);
  await traces.begin("router edge", true);
  for (let more = 0; more < 30; more++) traces.add(readTraceText(recorded));
  await at(".standing", "510 packets").waitFor();
  await at(".traced .grid").focus();
  for (let down = 0; down < 12; down++) await press("ArrowDown");
  const read = () => stage.page.locator(".row").evaluateAll((rows) => rows.map(({ id }) => id));
  const before = await read();
  traces.add(readTraceText(recorded));
  await at(".standing", "527 packets").waitFor();
  expect(await read()).toEqual(before);
  await press("End");
  await at(".row[aria-selected=true][aria-rowindex='528']").waitFor();
  endTrace({ ...stopped, how: "lost", message: "The connection to edge was lost. Connect again.", left: "unknown" });
  await running;
  await at(".trace-bar.failed", "Connect again").waitFor();
});

test("every control of a trace is reached by the keyboard", async () => {
  await stage.page.evaluate("document.activeElement.blur()");
  const seen = new Set<string>();
  for (let tab = 0; tab < 60; tab++) {
    await press("Tab");
    seen.add(
      String(
        await stage.page.evaluate("(({ ariaLabel, textContent }) => ariaLabel ?? textContent)(document.activeElement)"),
      ),
    );
  }
  const names = [...seen].join("\n");
  for (const name of ["Trace packets like this", "Filter the traced packets", "Simulate this packet", "Close"])
    expect(names).toContain(name);
  for (const name of ["Traced packets", "Observed"]) expect(names).toContain(name);
});

test.each(["light", "dark", "contrast"] as const)("axe finds nothing serious in the %s theme", async (theme) => {
  await stage.theme(theme);
  expect(await seriousFindings(stage.page)).toEqual([]);
});
