import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Rules, RulesDocument } from "../../../client/path/calls.js";
import { piecesOf } from "../../../client/path/traced/text.js";
import { Memory, performRulesetCall } from "../../../client/rulesets/calls.js";
import { readTraceText, type TraceItem } from "../../../netfilter/observe/trace/commands.js";
import type { PathPacket, TracedRow } from "../../../webview/protocol.js";
import { storyRules, storyState } from "./story.js";

const recorded = (name: string) => readFileSync(new URL(`traces/${name}`, import.meta.url), "utf8");
const rawRules =
  "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport 443 -j TRACE\n-A PREROUTING -p tcp -m tcp --sport 443 -j TRACE\nCOMMIT\n";
const state = { file: "r.state.json", text: JSON.stringify(storyState) };
const story: Rules = {
  documents: [{ name: "rules.v4", text: rawRules + storyRules, language: "iptables", onDisk: false }],
  state,
};
const listing: Rules = {
  documents: [{ name: "ruleset.nft", text: recorded("story.ruleset.nft"), language: "nftables", onDisk: false }],
  state,
};

const only = ({ documents }: Rules) => documents[0] as RulesDocument;

/** A session that has read a trace, with what a view asks of it. */
function session(text: string, rules?: Rules, most = 10_000) {
  const memory = new Memory();
  const begun = performRulesetCall("beginTraced", { most, ...(rules && { rules }) }, memory);
  expect(begun).toMatchObject({ value: { count: 0 } });
  performRulesetCall("readTraced", { piece: { text }, filter: "" }, memory);
  const standing = performRulesetCall("endTraced", { filter: "" }, memory);
  const rows = (filter = "", from = 0, count = 1000) =>
    performRulesetCall("tracedRows", { filter, from, count }, memory);
  const packet = (number: number) => {
    const answer = performRulesetCall("tracedPacket", number, memory);
    if ("problems" in answer) throw new Error(answer.problems.join(" "));
    return answer.value;
  };
  return { memory, standing, rows, packet };
}

const line = ({ number, iif, oif, packet, tone, compared, simulated }: TracedRow) =>
  `${number + 1} ${iif} ${oif} ${packet}: ${tone} ${compared}, ${simulated.slice(0, 50)}`;

test("story 000 as xtables-monitor showed it: which packets die, and that the simulation says the same", () => {
  const { standing, rows, packet } = session(recorded("story.xtables.txt"), story);
  expect(standing).toMatchObject({ lost: 0, gaps: 0, forgotten: 0, notes: [] });
  expect(rows("", 0, 8).map(line)).toMatchInlineSnapshot(`
    [
      "1 lan0 ppp0 tcp 172.17.0.2:42860 > 198.51.100.20:443 syn: passed same, sent by ppp0",
      "2 ppp0 lan0 tcp 198.51.100.20:443 > 10.250.193.4:42860 syn,ack: passed same, sent by lan0",
      "3 lan0 eth0 tcp 172.17.0.2:42860 > 198.51.100.20:443 ack: stopped same, dropped: nat at postrouting: outgoing interface ch",
      "4 lan0 eth0 tcp 172.17.0.3:37024 > 198.51.100.20:443 syn: passed same, sent by eth0 to 10.0.0.1",
      "5 eth0 lan0 tcp 198.51.100.20:443 > 10.0.0.2:37024 syn,ack: passed same, sent by lan0",
      "6 lan0 eth0 tcp 172.17.0.3:37024 > 198.51.100.20:443 ack: passed same, sent by eth0 to 10.0.0.1",
      "7 lan0 eth0 tcp 172.17.0.3:37024 > 198.51.100.20:443 ack,psh: passed same, sent by eth0 to 10.0.0.1",
      "8 eth0 lan0 tcp 198.51.100.20:443 > 10.0.0.2:37024 ack: passed same, sent by lan0",
    ]
  `);
  const dying = packet(2);
  expect(dying.comparison).toMatchObject({ is: "same" });
  expect(dying.comparison.sentence).toMatch(/^As simulated.* dropped: nat at postrouting: outgoing interface changed/);
  expect([dying.observed.short, dying.observed.tone, dying.simulated?.short, dying.simulated?.tone]).toEqual([
    ...["Observed", "unknown", "Simulated", "stopped"],
  ]);
  const matched = (shown: PathPacket | undefined) =>
    shown?.steps.flatMap(({ matched, place, text }) => (matched ? [`${place?.line} ${text}`] : []));
  expect(matched(dying.observed)).toEqual(matched(dying.simulated));
});

test("story 000 as nft showed it, joined to nft's listing by handle", () => {
  const { rows, packet } = session(recorded("story.nft.txt"), listing);
  expect(line(rows()[2] as TracedRow)).toMatch(
    /^3 lan0 eth0 tcp 172\.17\.0\.2:\d+ > 198\.51\.100\.20:443 ack: stopped same/,
  );
  const rule = packet(0).observed.steps.find(({ text }) => text.includes("jump iBugOptimized"));
  expect(rule).toMatchObject({ matched: true, place: { file: "ruleset.nft" } });
});

test("what was changed since is marked in both ways", () => {
  const text = storyRules.replace("-A FORWARD -i lan0 -j ACCEPT", "-A FORWARD -i lan0 -j DROP");
  const changed: Rules = { documents: [{ ...only(story), text: rawRules + text }], state };
  const { rows, packet } = session(recorded("story.xtables.txt"), changed);
  expect(rows("differs").length).toBeGreaterThan(0);
  const { comparison, observed, simulated } = packet(0);
  expect(comparison.is).toBe("different");
  expect(comparison.sentence).toMatch(/ip filter FORWARD|-i lan0/);
  expect(observed.steps[comparison.observedStep ?? -1]?.where).toBe("ip filter FORWARD");
  expect(simulated?.steps[comparison.simulatedStep ?? -1]?.where).toBe("ip filter FORWARD");
});

test("without rules: steps without places, and nothing compared", () => {
  const { rows, packet } = session(recorded("story.xtables.txt"));
  expect(rows("", 0, 1)).toMatchObject([{ packet: expect.stringContaining("172.17.0.2"), simulated: "" }]);
  const { observed, simulated, comparison } = packet(2);
  expect([simulated, comparison.is]).toEqual([undefined, "unknown"]);
  expect(observed.steps.length).toBeGreaterThan(0);
  expect(observed.steps.every(({ place }) => place === undefined)).toBe(true);
});

test("the filter: all words, in any place of the line", () => {
  const { memory, rows } = session(recorded("story.xtables.txt"), story);
  const check = (filter: string, numbers: readonly number[]) => {
    expect(rows(filter).map(({ number }) => number)).toEqual(numbers);
    expect(performRulesetCall("filterTraced", filter, memory).shown).toBe(numbers.length);
  };
  check("DROPPED 172.17.0.2", [2]);
  check("syn eth0 lan0", [3, 4]);
  check("nothing of it", []);
});

test("what is lost, what cannot be read and what is no longer kept is told", () => {
  const lost = recorded("story.nft.txt").replace(
    /(?=trace id \S+ ip filter FORWARD)/,
    "# ERROR: We lost some netlink events!\n",
  );
  expect(session(`${lost}\nsomething else\n`, listing).standing).toMatchObject({
    ...{ lost: 1, notes: [expect.stringContaining("something else"), expect.stringContaining("gaps")] },
    gaps: expect.toSatisfy((gaps: number) => gaps > 0),
  });
  const { standing, rows, packet, memory } = session(recorded("story.xtables.txt"), story, 5);
  expect([standing.count, standing.forgotten, rows().length]).toEqual([5, 12, 5]);
  expect(packet(13).observed.steps.length).toBeGreaterThan(0);
  expect(performRulesetCall("tracedPacket", 2, memory)).toMatchObject({ problems: [/no longer kept/] });
});

test("a packet fills the form", () => {
  const { memory } = session(recorded("story.xtables.txt"), story);
  expect(performRulesetCall("tracedForm", 2, memory)).toMatchObject({
    ...{ iif: "lan0", saddr: "172.17.0.2", daddr: "198.51.100.20", protocol: "tcp", dport: "443", flags: "ack" },
  });
});

test("live: a packet that may still be on its way is simulated once nothing more comes", () => {
  const memory = new Memory();
  performRulesetCall("beginTraced", { rules: story, most: 100 }, memory);
  const items = readTraceText(recorded("story.xtables.txt")).slice(0, 16);
  const add = (some: readonly TraceItem[]) =>
    performRulesetCall("addTraced", { items: some, at: 0, filter: "" }, memory).changed;
  const simulated = () => performRulesetCall("tracedRows", { filter: "", from: 0, count: 9 }, memory)[0]?.simulated;
  expect(add(items)).toEqual([0]);
  expect(simulated()).toBe("");
  expect(add([])).toEqual([0]);
  expect(simulated()).toBe("sent by ppp0");
  expect(add([])).toEqual([]);
});

test("live: a packet whose end would be told is given up when it has been quiet for a second", () => {
  const memory = new Memory();
  performRulesetCall("beginTraced", { rules: listing, most: 100 }, memory);
  const items = readTraceText(recorded("story.nft.txt")).map((item) =>
    item.kind === "packet" ? { ...item, arrived: item.packet, ends: "told" as const } : item,
  );
  const ended = (at: number, some: readonly TraceItem[]) => {
    const { changed } = performRulesetCall("addTraced", { items: some, at, filter: "" }, memory);
    const row = performRulesetCall("tracedRows", { filter: "", from: 2, count: 1 }, memory)[0];
    return [changed.includes(2), row?.ended.slice(0, 40)];
  };
  const seen = "Last seen in ip filter FORWARD, where a ";
  expect(ended(0, items)).toEqual([true, seen]);
  expect(ended(500, [])).toEqual([true, seen]);
  expect(ended(999, [])).toEqual([false, seen]);
  expect(ended(1000, [])).toEqual([true, "The kernel dropped it between the hooks,"]);
  expect(ended(2000, [])[0]).toBe(false);
});

test("a file is read in the thread, piece by piece", () => {
  const path = fileURLToPath(new URL("traces/story.xtables.txt", import.meta.url));
  const { size } = statSync(path);
  const whole = [...piecesOf({ name: "t", path, size })];
  expect(whole).toEqual([{ piece: { path, from: 0, to: size }, progress: 1 }]);
  const memory = new Memory();
  performRulesetCall("beginTraced", { rules: story, most: 100 }, memory);
  for (const [from, to] of [
    [0, 7_000],
    [7_000, 20_001],
    [20_001, size],
  ] as const)
    performRulesetCall("readTraced", { piece: { path, from, to }, filter: "" }, memory);
  expect(performRulesetCall("endTraced", { filter: "" }, memory)).toMatchObject({ count: 17, notes: [] });
  const long = "x".repeat(2_500_000);
  expect([...piecesOf({ name: "t", text: long })].map(({ progress }) => progress)).toEqual([0.4, 0.8, 1]);
});
