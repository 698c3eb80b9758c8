import { expect, test } from "vitest";
import { performRulesetCall } from "../../client/rulesets/calls.js";
import type { InThread } from "../../client/rulesets/inThread.js";
import type { Ask, Item } from "../../client/sidebar/item.js";
import { type CountEntries, conntrack } from "../../client/sidebar/sections/conntrack.js";
import { interfaces } from "../../client/sidebar/sections/interfaces.js";
import { logLines } from "../../client/sidebar/sections/kernelLog.js";
import { routing } from "../../client/sidebar/sections/routing.js";
import { CounterMemory, rulesets } from "../../client/sidebar/sections/rulesets.js";
import { kernelSettings } from "../../client/sidebar/sections/sysctls.js";
import { traces } from "../../client/sidebar/sections/traces.js";
import { own, recording } from "../observe/recordings.js";
import { asking, ends, lines, type Said } from "./sidebarAsk.js";

const inThread: InThread = async (call, argument) => performRulesetCall(call, argument);
const nothingCounted: CountEntries = async () => ({ ok: true, value: [], warnings: [] });

const rulesetIds = ["nft.ruleset", "iptables.save", "ip6tables.save", "iptables.legacySave", "ip6tables.legacySave"];

/** Every section of the sidebar, and the ids of the commands that it asks. */
const sections = {
  interfaces: [(ask: Ask) => interfaces(ask), ["ip.addr"]],
  rulesets: [async (ask: Ask) => rulesets(ask, inThread, new CounterMemory()), rulesetIds],
  conntrack: [
    (ask: Ask) => conntrack(ask, nothingCounted),
    ["conntrack.count", "conntrack.stats", "conntrack.statsFile"],
  ],
  routing: [routing, ["ip.rule4", "ip.rule6", "ip.route4", "ip.route6", "ip.tables"]],
  settings: [kernelSettings, ["kernel.sysctls", "kernel.interfaceSysctls"]],
  log: [logLines, ["kernel.log", "kernel.journal", "kernel.logread"]],
  traces: [(ask: Ask) => traces(ask, inThread), [...rulesetIds, "kernel.log"]],
} satisfies Record<string, readonly [(ask: Ask) => Promise<readonly Item[]>, readonly string[]]>;

type Section = keyof typeof sections;

async function shown(section: Section, answers: Readonly<Record<string, Said>>): Promise<string[]> {
  return lines(await sections[section][0](asking(answers)));
}

const labels: Readonly<Record<keyof typeof ends, RegExp>> = {
  missing: /! Not installed on this router \| `[^`]+`, which reads /,
  notPermitted: /! Not permitted \| .*Log in as root, or let the user run the command by sudo/,
  unsupported: /! This router cannot tell \| /,
  cut: /! Ended early \| .*Refresh to try again/,
  failed: /! Failed \| .*does not feel like it/,
  garbled: /! Unreadable answer \| .*Welcome to the router/,
};

const cases = Object.keys(ends).flatMap((end) =>
  Object.keys(sections).map((section) => [end, section] as [keyof typeof ends, Section]),
);

// Any text may be a kernel log that does not tell of netfilter.
test.each(cases.filter(([end, section]) => !(end === "garbled" && section === "log")))(
  "%s: %s says so and what to do, and never that there is nothing",
  async (end, section) => {
    const answers = Object.fromEntries(sections[section][1].map((id) => [id, ends[end]]));
    const all = await shown(section, answers);
    expect(all.join("\n")).toMatch(labels[end]);
    expect(all.join("\n")).not.toMatch(
      /There are no|No rule on|has no interfaces|nothing to the kernel log|None of the settings/,
    );
  },
);

test.each<[Section, Readonly<Record<string, Said>>, string | RegExp]>([
  ["interfaces", { "ip.addr": "" }, "This router has no interfaces."],
  ["rulesets", { "nft.ruleset": "" }, "There are no rules of nftables on this router."],
  ["rulesets", { "iptables.save": "" }, "There are no rules of iptables on this router."],
  ["settings", { "kernel.sysctls": "" }, /None of the settings that matter here is there/],
  ["settings", { "kernel.interfaceSysctls": "" }, "No interface has settings of its own."],
  ["log", { "kernel.log": "[    1.000000] usb 1-1: new device\n" }, /Netfilter has written nothing to the kernel log/],
  [
    "routing",
    { "ip.rule4": "0:\tfrom all lookup 99\n", "ip.route4": "" },
    "Table 99 is empty: the next rule is asked.",
  ],
])("nothing: %s %j", async (section, answers, said) => {
  const all = (await shown(section, answers)).map((line) => line.trim());
  expect(all).toContainEqual(typeof said === "string" ? said : expect.stringMatching(said));
});

test.each<[Section, Readonly<Record<string, Said>>, readonly string[]]>([
  ["interfaces", { "ip.addr": own("addr.txt") }, ["lo | 127.0.0.1/8  ::1/128"]],
  [
    "conntrack",
    { "conntrack.count": "262144\n262144\n", "conntrack.stats": "cpu=0 found=0 invalid=2 drop=4\n" },
    ["! Entries | 262,144 of 262,144 (100 %)", "drop | 4", "invalid | 2", "found | 0"],
  ],
  ["conntrack", { "conntrack.count": "90\n100\n" }, ["! Entries | 90 of 100 (90 %)"]],
  ["conntrack", { "conntrack.count": "5\n100\n" }, ["Entries | 5 of 100 (5 %)"]],
  ["conntrack", { "conntrack.count": "5\n1000\n" }, ["Entries | 5 of 1,000 (<1 %)"]],
  ["conntrack", { "conntrack.count": "0\n1000\n" }, ["Entries | 0 of 1,000 (0 %)"]],
  [
    "routing",
    {
      "ip.rule4":
        "100:\tfrom all lookup main suppress_prefixlength 0\n1000:\tnot from 10.0.0.0/8 fwmark 0x30/0xff lookup line_a\n2000:\tfrom all prohibit\n",
      "ip.route4": "default via 10.0.0.1 dev eth0 table 48\nblackhole 192.168.0.0/16\n",
      "ip.tables": "48 line_a\n",
    },
    [
      "100: every packet | → table main, but its default routes",
      "blackhole 192.168.0.0/16",
      "1000: not from 10.0.0.0/8 fwmark 0x30/0xff | → table line_a",
      "default | via 10.0.0.1 dev eth0 table 48",
      "2000: every packet | prohibit",
    ],
  ],
  [
    "settings",
    { "kernel.sysctls": "/proc/sys/net/ipv4/ip_forward:1\n/proc/sys/net/netfilter/nf_conntrack_max:262144\n" },
    ["ipv4.ip_forward | 1", "nf_conntrack_max | 262144"],
  ],
  [
    "log",
    {
      "kernel.log":
        "[   45.271234] nf_conntrack: nf_conntrack: table full, dropping packet\n[   46.000000] nf_conntrack: nf_conntrack: table full in netns 4026531840, dropping packet\n",
    },
    ["! Conntrack table full | 2", "nf_conntrack: table full, dropping packet | 45.3 s after start"],
  ],
  [
    "log",
    {
      "kernel.log": ends.notPermitted,
      "kernel.logread":
        "Mon kern.warn kernel: [    3.100000] knock: IN=eth0 OUT= SRC=203.0.113.1 DST=203.0.113.2 LEN=40 PROTO=TCP SPT=1 DPT=23\n",
    },
    ["Logged packets | 1", "knock: 203.0.113.1 1 → 203.0.113.2 23 TCP in by eth0 | 3.1 s after start"],
  ],
  [
    "rulesets",
    { "iptables.save": "*filter\n:INPUT DROP [7:420]\n[3:180] -A INPUT -i lo -j ACCEPT\nCOMMIT\n" },
    ["ip filter"],
  ],
])("fine: %s %j", async (section, answers, said) => {
  const all = (await shown(section, answers)).map((line) => line.trim());
  for (const line of said) expect(all).toContain(line);
});

test("what was read of a list that was cut is shown, with a warning", async () => {
  const all = await shown("interfaces", { "ip.addr": { text: own("addr.txt"), exit: ends.cut.exit } });
  expect(all[0]).toContain("127.0.0.1/8");
  expect(all.at(-1)).toMatch(/^! The list of interfaces and addresses is not whole/);
});

test("rulesets have their chains with counters, and what was counted since the last look", async () => {
  const memory = new CounterMemory();
  const ruleset = recording("vm/tx612/nft-a-list-ruleset.txt");
  const first = await lines(rulesets(asking({ "nft.ruleset": ruleset }), inThread, memory));
  expect(first.filter((line) => /packets/.test(line)).length).toBeGreaterThan(3);
  const later = ruleset.replace(/counter packets (\d+)/, (_, packets) => `counter packets ${Number(packets) + 5}`);
  const second = await lines(rulesets(asking({ "nft.ruleset": later }), inThread, memory));
  expect(second.filter((line) => line.includes("+5 in 0 s"))).toHaveLength(1);
});

test("entries that cannot be counted say why; groups open the table with their query", async () => {
  const failing: CountEntries = async () => ({ ok: false, failure: { reason: "notPermitted", message: "No." } });
  expect(await lines(await conntrack(asking({ "conntrack.count": "1\n2\n" }), failing))).toContain(
    "  ! Not permitted | No.",
  );
  const counted: CountEntries = async (by) => ({
    ok: true,
    value: [{ label: by, term: `${by}:x`, count: 1200 }],
    warnings: [],
  });
  const items = await conntrack(asking({ "conntrack.count": "1\n2\n" }), counted);
  expect(await lines(items)).toContain("  mark | 1,200");
  const marks = items.find(({ id }) => id === "mark")?.children;
  const below = typeof marks === "function" ? await marks() : marks;
  expect(below?.[0]?.opens).toEqual({ what: "conntrack", query: "mark:x" });
});

test("counters come from the kernel's file where the tool is missing", async () => {
  const file = "entries searched found drop\n00000001 00000000 00000000 0000000a\n";
  expect(await shown("conntrack", { "conntrack.count": "1\n2\n", "conntrack.statsFile": file })).toContain(
    "  drop | 10",
  );
});

test("rules that trace, and traces in the log", async () => {
  const ruleset = "table inet t {\n chain c {\n  type filter hook input priority 0\n  meta nftrace set 1\n }\n}\n";
  const log =
    "[    1.000000] TRACE: filter:INPUT:policy:1 IN=lo OUT= SRC=127.0.0.1 DST=127.0.0.1 LEN=60 PROTO=TCP SPT=1 DPT=2\n";
  const all = await lines(await traces(asking({ "nft.ruleset": ruleset, "kernel.log": log }), inThread));
  expect(all[0]).toBe("! inet t c | sets tracing on");
  expect(all).toContain("Traces in the kernel log | 1 lines");
  const none = await lines(await traces(asking({ "nft.ruleset": "", "kernel.log": "" }), inThread));
  expect(none).toEqual(["No rule on this router traces packets, and the kernel log holds no traces."]);
});
