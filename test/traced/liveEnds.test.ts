import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { TraceItem } from "../../netfilter/observe/trace/commands.js";
import { TraceGrouper } from "../../netfilter/observe/trace/group.js";
import { liveTrace } from "../../netfilter/observe/trace/live.js";
import { usualTraceLimits } from "../../netfilter/observe/trace/livePattern.js";
import { loadRules } from "../../netfilter/simulate/load.js";
import { readState } from "../../netfilter/simulate/stateJson.js";
import { firstDifference } from "../../netfilter/traced/difference.js";
import { observed } from "../../netfilter/traced/observed.js";
import { TracedRules } from "../../netfilter/traced/rules.js";
import { playTraced } from "../../netfilter/traced/sequence.js";
import { storyState } from "../client/path/story.js";
import { packetsIn } from "./sessions.js";

const recording = (name: string) => readFileSync(new URL(`recordings/live.${name}`, import.meta.url), "utf8");
const trace = recording("trace.txt");
const listing = recording("ruleset.nft");
const load = (text: string) => [loadRules("ruleset.nft", text, "nftables")];

function stateFrom(value: object) {
  const state = readState(value, []);
  if (!state) throw new Error("the state cannot be read");
  return state;
}

const name = "hookscope_trace_eb1465eb";
const table = `inet ${name}`;

/** What a live trace's reader passes on of the monitor's lines, together by packet. */
function live(text: string, rules: TracedRules) {
  const reader = liveTrace({ name, pattern: { replies: true }, limits: usualTraceLimits })?.reader();
  if (!reader) throw new Error("no command was made");
  reader.push(new TextEncoder().encode(`${text}\n`));
  const grouper = new TraceGrouper(rules.hookOf);
  for (const item of reader.take() as TraceItem[]) {
    if (item.kind === "lost") grouper.lost();
    else if ("chain" in item) grouper.add(item);
  }
  return grouper.traces;
}

function ends(text: string, rules: string, isOver = true): string[] {
  const known = new TracedRules(load(rules));
  return live(text, known).map((one) => observed(isOver ? { ...one, isOver } : one, known).sentence);
}

const [sent, answered, delivered] = ["Sent by ppp0.", "Sent by lan0.", "Delivered to this machine's programs."];
const died = "The kernel dropped it between the hooks, behind ip filter FORWARD: nothing saw it leave.";
const unsure =
  "Last seen in ip filter FORWARD, where a rule accepts it; nothing came after that: it left by eth0, or the kernel dropped it between the hooks (kfree_skb)";

test("packets that leave, that die in NAT, that are delivered", () => {
  expect(ends(trace, listing)).toEqual([sent, died, sent, delivered, answered]);
});

test("a packet that may still be on its way is not given up", () => {
  expect(ends(trace, listing, false)).toEqual([sent, `${unsure}.`, sent, delivered, answered]);
});

test("the lines as they were saved tell of ends, too, and claim no more", () => {
  const known = new TracedRules(load(listing));
  const sentences = packetsIn(trace, known).map((one) => observed(one, known).sentence);
  expect(sentences).toEqual([sent, `${unsure}.`, sent, delivered, answered]);
});

test("where events were lost nothing follows from what was not told", () => {
  const lossy = `# ERROR: We lost some netlink events!\n${trace}`;
  expect(ends(lossy, listing)[1]).toBe(`${unsure}, or the tool lost what it told.`);
});

test("beside old iptables, its rules may have dropped it", () => {
  const [first, second] = ends(`# hookscope: note nologger 2\n${trace}`, listing);
  expect(first).toBe(sent);
  expect(second).toBe(
    "A rule of old iptables that nft does not show, or the kernel, dropped it between the hooks, behind ip filter FORWARD: nothing saw it leave.",
  );
});

test("one that the simulation sends is different, one that it drops in NAT is not", () => {
  const rules = new TracedRules(load(listing));
  const packets = live(trace, rules).map((one) => ({ ...one, isOver: true as const }));
  const differences = (text: string) =>
    playTraced(packets.slice(0, 2), load(text), stateFrom(storyState)).map((one, index) => {
      const seen = packets[index];
      return "trace" in one && seen ? firstDifference(one.trace, observed(seen, rules))?.text : "not simulated";
    });
  expect(differences(listing)).toEqual([undefined, undefined]);
  expect(differences(listing.replaceAll("masquerade", "accept"))[1]).toBe(
    "The observed packet was dropped: between the hooks behind ip filter FORWARD (nothing saw it leave), the simulated one sent by eth0 to 10.0.0.1.",
  );
});

const rules = `table inet f {
chain pre { type filter hook prerouting priority raw; policy accept; }
chain in { type filter hook input priority filter; policy accept; }
chain way { type filter hook forward priority filter; policy accept; queue to 4; }
}
table netdev d {
chain out { type filter hook egress device "wan0" priority filter; policy accept; }
}
`;
const packet = (daddr: string, oif = "wan0") =>
  `packet: iif "lan0" ${oif && `oif "${oif}" `}ip saddr 10.0.0.2 ip daddr ${daddr} ip ttl 64 ip id 7 ip protocol udp udp sport 1 udp dport 2`;
const at = (place: string, ...told: readonly string[]) => told.map((one) => `trace id 0a ${place} ${one}`);
const came = (daddr: string) => [
  ...at(`${table} prerouting`, packet(daddr, ""), "policy accept "),
  ...at("inet f pre", packet(daddr, ""), "policy accept "),
];
const [to, group] = ["198.51.100.1", "239.1.2.3"];
const left = at(`${table} postrouting`, packet(to), "policy accept ");

test.each<[string, readonly string[], string]>([
  [
    "no route",
    came(to),
    "The kernel dropped it between the hooks, behind inet f pre: nothing saw it delivered or leave.",
  ],
  [
    "not confirmed",
    [...came(to), ...at("inet f in", packet(to, ""), "policy accept ")],
    "The kernel dropped it between the hooks, behind inet f in: it did not come to the end of input.",
  ],
  [
    "a queue whose program keeps it",
    [...came(to), ...at("inet f way", packet(to), "rule queue to 4 (verdict queue)")],
    "Waits for the program on queue 4.",
  ],
  [
    "a queue whose program gives it back",
    [...came(to), ...at("inet f way", packet(to), "rule queue to 4 (verdict queue)"), ...left],
    "Sent by wan0.",
  ],
  [
    "a drop behind the end",
    [...came(to), ...left, ...at("netdev d out", packet(to), "rule drop (verdict drop)")],
    "Dropped: netdev d out: drop.",
  ],
  [
    "a way through egress",
    [...came(to), ...left, ...at("netdev d out", packet(to), "policy accept ")],
    "Sent by wan0.",
  ],
  [
    "multicast, of which copies go on",
    [...came(group), ...at("inet f way", packet(group), "policy accept ")],
    "Last seen at the end of inet f way, whose policy is accept; nothing came after that: it left by wan0, or the kernel dropped it between the hooks (kfree_skb).",
  ],
])("%s", (_name, lines, sentence) => {
  expect(ends(lines.join("\n"), rules)).toEqual([sentence]);
});

test("packets that no chain of the router's sees are told apart, though the kernel uses an id again", () => {
  const once = [...at(`${table} prerouting`, packet(to, ""), "policy accept "), ...left];
  expect(ends([...once, ...once].join("\n"), "")).toEqual(["Sent by wan0.", "Sent by wan0."]);
});

test("a packet that no chain saw, and the simulation does not send", () => {
  const none = new TracedRules([]);
  const [one] = live(left.join("\n"), none);
  const [simulated] = one ? playTraced([one], [], stateFrom({ ...storyState, routes: [] })) : [];
  expect(
    one && simulated && "trace" in simulated && firstDifference(simulated.trace, observed(one, none))?.text,
  ).toMatch(/^The observed packet was sent by wan0, the simulated one dropped: /);
});
