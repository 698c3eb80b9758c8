import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ConntrackSource, Listing } from "../../../client/conntrack/listing.js";
import { TableThread } from "../../../client/conntrack/tableThread.js";
import type { Rules } from "../../../client/path/calls.js";
import { Traces } from "../../../client/path/traced/traces.js";
import { Memory, performRulesetCall } from "../../../client/rulesets/calls.js";
import type { InThread } from "../../../client/rulesets/inThread.js";
import type { Command, Outcome } from "../../../netfilter/observe/command.js";
import { readCounters } from "../../../netfilter/observe/counted/listing.js";
import { CounterSeries, chainReadings } from "../../../netfilter/observe/counted/series.js";
import type { TraceItem } from "../../../netfilter/observe/trace/commands.js";
import { liveTrace } from "../../../netfilter/observe/trace/live.js";
import { usualTraceLimits } from "../../../netfilter/observe/trace/livePattern.js";
import type {
  FromConntrackView,
  FromPathView,
  GroupRow,
  ListStatus,
  PacketForm,
  PathPacket,
  ToConntrackView,
  ToPathView,
} from "../../../webview/protocol.js";
import { storyRules, storyState } from "../../client/path/story.js";
import { Stage, type ThemeKind } from "./stage.js";

const root = new URL("../../../", import.meta.url).pathname;

/** Where a picture goes, and how high the tab is. */
interface Shot {
  readonly name: string;
  readonly theme: ThemeKind;
  readonly width: number;
  readonly height: number;
}

/** Takes the pictures of both views for the README and the documentation, and hands each over with its name. */
export async function takePictures(keep: (name: string, png: Uint8Array) => void): Promise<void> {
  for (const scene of [followed, traced, counted, connections])
    await scene(async (stage, { name, theme, width, height }) => {
      await stage.page.setViewportSize({ width, height });
      await stage.theme(theme);
      await stage.page.mouse.move(0, 0);
      keep(name, await stage.page.screenshot({ animations: "disabled", caret: "hide" }));
    });
}

/** Opens a view, and closes it whatever happens. */
async function onStage<To, From>(
  name: string,
  hear: (message: From, on: Stage<To>) => Promise<void>,
  act: (stage: Stage<To>) => Promise<void>,
): Promise<void> {
  const stage = await Stage.open<To, From>(name, (message, on) => void hear(message, on));
  try {
    await act(stage);
  } finally {
    await stage.close();
  }
}

type Take = (stage: Pick<Stage<never>, "page" | "theme">, shot: Shot) => Promise<void>;

const packet: PacketForm = {
  ...{ iif: "lan0", saddr: "172.17.0.2", daddr: "198.51.100.20" },
  ...{ protocol: "tcp", sport: "40000", dport: "443", flags: "syn" },
};
const story = { name: "/rules.v4", text: storyRules, language: "iptables", onDisk: false } as const;
const state = { file: "rules.state.json", text: JSON.stringify(storyState) };

/** Story 000: the second packet of a connection dies; the cursor stands on the rule that would have saved its mark. */
function followed(take: Take): Promise<void> {
  const rules: Rules = { documents: [story], state };
  const hear = async ({ ask }: FromPathView, on: Stage<ToPathView>) => {
    if (ask !== "ready") return;
    const about = "rules.v4, with the router's state from rules.state.json.";
    await on.say({ say: "form", form: packet, exchange: true, about });
    await on.say({ say: "packets", packets: packetsOf(rules, packet, true) });
    await on.say({ say: "chains", chains: value(performRulesetCall("ruleLines", { rules })) });
    const line = storyRules.split("\n").indexOf("-A PREROUTING -j CONNMARK --save-mark") + 1;
    await on.say({ say: "cursor", file: story.name, line });
  };
  return onStage("path", hear, async (stage) => {
    await stage.page.locator(".cursor-rule", { hasText: "not reached" }).waitFor();
    for (const theme of ["light", "dark", "contrast"] as const)
      await take(stage, { name: `path-${theme}`, theme, width: 1000, height: 760 });
    await take(stage, { name: "path-narrow", theme: "dark", width: 600, height: 840 });
  });
}

/** The same story as a live trace on the router saw it, beside the simulation. */
function traced(take: Take): Promise<void> {
  const text = textOf("test/traced/recordings/live.ruleset.nft");
  const rules: Rules = { documents: [{ name: "/ruleset.nft", text, language: "nftables", onDisk: false }], state };
  const memory = new Memory();
  const inThread: InThread = async (call, argument) => performRulesetCall(call, argument, memory);
  let traces: Traces;
  const hear = async (message: FromPathView, on: Stage<ToPathView>) => {
    const about = "ruleset.nft and its state, both of router edge.";
    if (message.ask === "ready") await on.say({ say: "form", form: packet, exchange: false, about, router: "edge" });
    else if (message.ask === "tracedRows" || message.ask === "tracedPacket") await traces.answer(message);
  };
  return onStage("path", hear, async (stage) => {
    traces = new Traces(
      inThread,
      (message) => void stage.say(message),
      async () => rules,
    );
    await traces.begin("router edge", true);
    traces.add(liveItems());
    const dying = stage.page.locator(".traced .row", { hasText: "dropped" }).first();
    await dying.waitFor();
    await dying.click();
    await stage.page.locator("h1", { hasText: "nothing saw it leave" }).waitFor();
    await stage.page.locator(".compared .steps h2", { hasText: "Simulated: " }).waitFor();
    await take(stage, { name: "path-traced", theme: "dark", width: 1000, height: 960 });
    traces.dispose();
  });
}

/** What a live trace passed on of a router's packets, as recorded. */
function liveItems(): readonly TraceItem[] {
  const recorded = textOf("test/traced/recordings/live.trace.txt");
  const name = /hookscope_trace_\w+/.exec(recorded)?.[0] ?? "";
  const reader = liveTrace({ name, pattern: { replies: true }, limits: usualTraceLimits })?.reader();
  if (!reader) throw new Error("the recording names no trace");
  reader.push(new TextEncoder().encode(`${recorded}\n`));
  return reader.take().filter((item): item is TraceItem => item.kind === "lost" || "chain" in item);
}

/** Packets that one chain passed and the next one never got. */
function counted(take: Take): Promise<void> {
  const readings = textOf("test/observe/recordings/counted/legacy.txt")
    .split(/^=== reading \d\n/m)
    .slice(1, 5);
  const rules: Rules = { documents: [{ ...story, text: readings[0] as string }] };
  const form = { iif: "lan0", saddr: "10.77.1.2", daddr: "10.77.1.1", protocol: "udp", sport: "40000", dport: "11" };
  const series = new CounterSeries();
  for (const [index, text] of readings.entries()) {
    const chains = performRulesetCall("countedChains", { language: "iptables", text });
    series.take(chainReadings(chains, readCounters(text)), 2_000 * index);
  }
  const hear = async ({ ask }: FromPathView, on: Stage<ToPathView>) => {
    if (ask !== "ready") return;
    await on.say({ say: "form", form, exchange: false, about: "rules.v4 of router edge.", router: "edge" });
    await on.say({ say: "packets", packets: packetsOf(rules, form, false) });
    const status = { state: "on", text: "Counted for 6 s, read every 2 s.", counts: series.counts() } as const;
    await on.say({ say: "counted", status });
  };
  return onStage("path", hear, async (stage) => {
    await stage.page.locator(".hs-traffic").first().waitFor();
    await take(stage, { name: "path-counted", theme: "light", width: 1000, height: 760 });
  });
}

/** The demo router's connections over one of its lines, one of them opened. */
async function connections(take: Take): Promise<void> {
  let shown: Shown | undefined;
  // The first question comes when the thread's script has been built.
  const hear = async (message: FromConntrackView, on: Stage<ToConntrackView>) => {
    shown ??= shownOn(on);
    const { table, listing } = shown;
    if (message.ask === "ready") await listing.read(false);
    else if (message.ask === "view") await listing.show(message.spec);
    else if (message.ask === "rows") {
      const { edition, from, count } = message;
      await on.say({ say: "rows", edition, from, rows: await table.call("page", { from, count }) });
    } else if (message.ask === "details")
      await on.say({ say: "details", row: message.row, lines: await table.call("details", message.row) });
  };
  await onStage("conntrack", hear, async (stage) => {
    await stage.page.locator(".standing", { hasText: "368 entries" }).waitFor();
    await stage.page.locator("vscode-text-field input").fill("tcp dport:443 mark:0x30");
    await stage.page.locator(".standing", { hasText: "shown" }).waitFor();
    await stage.page.locator(".row").nth(2).click();
    await stage.page.locator(".details dt").first().waitFor();
    for (const theme of ["light", "dark", "contrast"] as const)
      await take(stage, { name: `conntrack-${theme}`, theme, width: 1000, height: 620 });
    await take(stage, { name: "conntrack-narrow", theme: "dark", width: 600, height: 720 });
  });
  shown?.listing.dispose();
  shown?.table.dispose();
}

interface Shown {
  readonly table: TableThread;
  readonly listing: Listing;
}

function shownOn(stage: Stage<ToConntrackView>): Shown {
  const table = new TableThread(join(root, "out/conntrackThread.mjs"));
  const tell = (status: ListStatus, groups: readonly GroupRow[] | undefined) => {
    void stage.say({ say: "status", router: "demo", status });
    if (groups) void stage.say({ say: "groups", edition: status.edition, groups });
  };
  let asked = 0;
  const clock = () => (asked++ === 0 ? 0 : 300);
  return { table, listing: new Listing(demoSource(), table, tell, clock) };
}

function demoSource(): ConntrackSource {
  const entries = readFileSync(join(root, "demo/home-router/00-conntrack--L--o-extended-id.txt"));
  const rule = (mark: number, priority: number, line: string) => ({
    priority,
    mark,
    mask: 0xff,
    action: `lookup ${line}`,
  });
  return {
    name: "demo",
    count: async () => 368,
    markRules: async () => [rule(0x30, 1000, "line_a"), rule(0x31, 1001, "line_b"), rule(0x36, 1002, "pppoe")],
    async run<Result>(command: Command<Result>): Promise<Outcome<Result>> {
      const reader = command.reader();
      reader.push(entries);
      return reader.end({ code: 0, stderr: "", cut: false });
    },
  };
}

function packetsOf(rules: Rules, form: PacketForm, exchange: boolean): readonly PathPacket[] {
  return value(performRulesetCall("followPacket", { rules, form, exchange }));
}

function textOf(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

function value<T>(answer: { readonly value: T } | { readonly problems: readonly string[] }): T {
  if ("problems" in answer) throw new Error(answer.problems.join("\n"));
  return answer.value;
}
