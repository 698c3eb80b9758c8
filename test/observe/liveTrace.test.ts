import { expect, test } from "vitest";
import type { TraceEvent } from "../../netfilter/observe/trace/event.js";
import { liveTrace } from "../../netfilter/observe/trace/live.js";
import { traceEffects } from "../../netfilter/observe/trace/liveEffects.js";
import {
  type TraceLimits,
  type TracePattern,
  traceProblems,
  usualTraceLimits,
} from "../../netfilter/observe/trace/livePattern.js";
import type { LiveItem } from "../../netfilter/observe/trace/liveReader.js";
import { iptablesRules, traceChains } from "../../netfilter/observe/trace/liveRules.js";
import { type Network, parseNetwork } from "../../netfilter/packet/address.js";

const name = "hookscope_trace_0123abcd";

function network(text: string): Network {
  const found = parseNetwork(text, "nftables");
  if (!found) throw new Error(`${text} is no address`);
  return found;
}

const [lan, wan, six] = [network("192.168.1.0/24"), network("203.0.113.10"), network("2001:db8::1")];

/** Conditions of nft by hook, and of old iptables for each family. */
interface Rules {
  readonly nft: readonly string[];
  readonly four?: readonly string[];
  readonly six?: readonly string[];
}

function check(pattern: TracePattern, { nft, four, six }: Rules): void {
  expect(traceProblems(pattern, usualTraceLimits)).toEqual([]);
  const chains = traceChains(pattern);
  expect(chains.flatMap(({ hook, conditions }) => conditions.map((one) => `${hook} ${one}`.trim()))).toEqual(nft);
  const old = (family: "ipv4" | "ipv6") =>
    iptablesRules(name, pattern, usualTraceLimits, family).map((rule) => rule.replace(/ -m limit .*/, ""));
  if (four) expect(old("ipv4")).toEqual(four);
  if (six) expect(old("ipv6")).toEqual(six);
}

const rules: readonly (readonly [string, TracePattern, Rules])[] = [
  [
    "everything",
    { replies: false },
    { nft: ["prerouting", "output"], four: ["PREROUTING", "OUTPUT"], six: ["PREROUTING", "OUTPUT"] },
  ],
  ["an interface: none of the router's own", { iif: "lan0", replies: false }, { nft: ['prerouting iifname "lan0"'] }],
  [
    "addresses decide the family",
    { saddr: lan, daddr: wan, replies: false },
    {
      nft: [
        "prerouting ip saddr 192.168.1.0/24 ip daddr 203.0.113.10",
        "output ip saddr 192.168.1.0/24 ip daddr 203.0.113.10",
      ],
      four: ["PREROUTING -s 192.168.1.0/24 -d 203.0.113.10", "OUTPUT -s 192.168.1.0/24 -d 203.0.113.10"],
      six: [],
    },
  ],
  [
    "answers have their ends swapped, and another interface",
    { iif: "lan0", saddr: six, protocol: 6, sport: 1024, dport: 443, replies: true },
    {
      nft: [
        'prerouting iifname "lan0" ip6 saddr 2001:db8::1 tcp sport 1024 tcp dport 443',
        "prerouting ip6 daddr 2001:db8::1 tcp sport 443 tcp dport 1024",
        "output ip6 daddr 2001:db8::1 tcp sport 443 tcp dport 1024",
      ],
      four: [],
      six: [
        "PREROUTING -i lan0 -s 2001:db8::1 -p 6 --sport 1024 --dport 443",
        "PREROUTING -d 2001:db8::1 -p 6 --sport 443 --dport 1024",
        "OUTPUT -d 2001:db8::1 -p 6 --sport 443 --dport 1024",
      ],
    },
  ],
  [
    "answers by a reply tuple",
    { saddr: lan, protocol: 17, dport: 53, replies: true, replyTuple: { saddr: wan, sport: 53 } },
    {
      nft: [
        "prerouting ip saddr 192.168.1.0/24 udp dport 53",
        "prerouting ip saddr 203.0.113.10 udp sport 53",
        "output ip saddr 192.168.1.0/24 udp dport 53",
        "output ip saddr 203.0.113.10 udp sport 53",
      ],
    },
  ],
  [
    "a port of any protocol that has some",
    { dport: 53, replies: false },
    {
      nft: [
        "prerouting meta l4proto { 6, 17, 33, 132, 136 } th dport 53",
        "output meta l4proto { 6, 17, 33, 132, 136 } th dport 53",
      ],
      four: ["PREROUTING", "OUTPUT"].flatMap((chain) =>
        [6, 17, 33, 132, 136].map((protocol) => `${chain} -p ${protocol} --dport 53`),
      ),
    },
  ],
  [
    "a ping's answer has another type",
    { protocol: 1, icmpType: 8, daddr: wan, replies: true },
    {
      nft: [
        "prerouting ip daddr 203.0.113.10 icmp type 8",
        "prerouting ip saddr 203.0.113.10 icmp type 0",
        "output ip daddr 203.0.113.10 icmp type 8",
        "output ip saddr 203.0.113.10 icmp type 0",
      ],
      six: [],
    },
  ],
  [
    "ICMPv6 is IPv6's",
    { protocol: 58, icmpType: 1, replies: true },
    {
      nft: ["prerouting icmpv6 type 1", "output icmpv6 type 1"],
      four: [],
      six: ["PREROUTING -p 58 --icmpv6-type 1", "OUTPUT -p 58 --icmpv6-type 1"],
    },
  ],
  ["an interface alone has no answers", { iif: "lan0", replies: true }, { nft: ['prerouting iifname "lan0"'] }],
  [
    "a mark, of which answers know nothing",
    { mark: 54, protocol: 47, daddr: wan, replies: true },
    {
      nft: [
        "prerouting meta mark 0x36 ip daddr 203.0.113.10 meta l4proto 47",
        "prerouting ip saddr 203.0.113.10 meta l4proto 47",
        "output meta mark 0x36 ip daddr 203.0.113.10 meta l4proto 47",
        "output ip saddr 203.0.113.10 meta l4proto 47",
      ],
    },
  ],
];

test.each(rules)("rules find %s", (_name, pattern, expected) => check(pattern, expected));

test("marks are compared behind mangle, all else before every rule", () => {
  expect(traceChains({ mark: 1, replies: false })[0]?.priority).toBe(-149);
  expect(traceChains({ replies: false })[0]?.priority).toBe(-350);
});

const problems: readonly (readonly [Partial<TracePattern>, Partial<TraceLimits>, RegExp])[] = [
  ...["", "lan0; reboot", "a'b", 'a"b', "$(id)", "eth*", "ppp+", "-j", "..", "sixteen-letters-", "a b", "a\nb"].map(
    (iif) => [{ iif }, {}, /^An interface's name/] as const,
  ),
  [{ protocol: 256 }, {}, /^A protocol is a number/],
  [{ protocol: "6; reboot" as never }, {}, /^A protocol is a number/],
  [{ sport: 65_536, protocol: 6 }, {}, /^A port is a number/],
  [{ dport: 1.5, protocol: 6 }, {}, /^A port is a number/],
  [{ dport: 80, protocol: 47 }, {}, /^Only TCP, UDP/],
  [{ icmpType: 8 }, {}, /^Only icmp and icmpv6/],
  [{ icmpType: 256, protocol: 1 }, {}, /^A type of ICMP/],
  [{ mark: -1 }, {}, /^A mark is/],
  [{ mark: 2 ** 32 }, {}, /^A mark is/],
  [{ saddr: lan, daddr: six }, {}, /different families/],
  [{ saddr: lan, replyTuple: { saddr: six } }, {}, /different families/],
  [{ saddr: six, protocol: 1 }, {}, /of the other family/],
  [{ saddr: { ...lan, mask: 5n } }, {}, /^An address is not/],
  [{ saddr: { ...lan, value: 1n << 40n } }, {}, /^An address is not/],
  [{ saddr: { ...lan, value: "1; reboot" as never } }, {}, /^An address is not/],
  [{ replies: "yes" as never }, {}, /^Whether answers/],
  [{}, { seconds: 601 }, /1 to 600 seconds/],
  [{}, { seconds: 0 }, /1 to 600 seconds/],
  [{}, { packetsPerSecond: 1001 }, /1 to 1000 packets a second/],
  [{}, { burst: "5 packets accept" as never }, /1 to 1000 packets at once/],
];

test.each(problems)("%o %o is refused, and no command is made of it", (change, limit, sentence) => {
  const pattern = { replies: false, ...change };
  const limits = { ...usualTraceLimits, ...limit };
  expect(traceProblems(pattern, limits)).toEqual([expect.stringMatching(sentence)]);
  expect(liveTrace({ name, pattern, limits })).toBeUndefined();
});

test("what it does is told in sentences before", () => {
  const pattern: TracePattern = { iif: "lan0", protocol: 6, dport: 443, mark: 54, replies: true };
  expect(traceEffects(pattern, { seconds: 30, packetsPerSecond: 5, burst: 8 }).join("\n")).toMatchInlineSnapshot(`
    "A table of its own, inet hookscope_trace_ and eight letters and digits, is added to the router's rules for as long as the trace runs. It marks packets so that the kernel tells their way; it accepts, drops and changes none, and no other rule is touched.
    In the hook prerouting, priority -149, it marks packets with iifname "lan0" meta mark 0x36 tcp dport 443 and packets with tcp sport 443.
    In the hook output, priority -149, it marks packets with tcp sport 443.
    At the very end of the hooks input and postrouting it has chains without rules: what comes there was not dropped on its way.
    Answers are found by the same addresses and ports the other way round, so those that NAT changes are not.
    Marks are compared behind the mangle rules, which set them, so rules before that do not show.
    At most 5 packets a second are marked, 8 at once.
    It ends after 30 s, when you stop it, and by itself when the connection or the editor goes away.
    The kernel removes the table as soon as the process that made it ends. Where nft or the kernel is too old for that, a process on the router removes it within a second or two. Where there is no nft, rules with the target TRACE at the top of old iptables' table raw, each with that rate, take the table's place and are removed in the same way.
    Nothing stays: no table, no rule, no file, no process and no setting. Only where old iptables has tables the kernel writes of marked packets in its log, and those lines stay there; a logger that is missing for that is set meanwhile."
  `);
  expect(traceEffects({ iif: "lan0", replies: true }, usualTraceLimits).join("\n")).toContain(
    "Answers are not marked: without an address or a port nothing tells them from other packets.",
  );
});

/** What a reader makes of a script's lines, and how it ends. */
function read(lines: readonly string[], exit: { code?: number; stderr?: string; cut?: boolean }) {
  const pattern: TracePattern = { protocol: 17, replies: true, daddr: wan };
  const reader = liveTrace({ name, pattern, limits: usualTraceLimits })?.reader();
  if (!reader) throw new Error("no command was made");
  reader.push(Uint8Array.from(lines.map((line) => `${line}\n`).join(""), (char) => char.charCodeAt(0)));
  const items = reader.take();
  const outcome = reader.end({ stderr: "", cut: false, ...exit });
  return { items, outcome };
}

const seen = "ip saddr 10.0.0.1 ip daddr 10.0.0.2 ip id 7 ip protocol udp udp sport 1 udp dport";
const own = `trace id 0a inet ${name} prerouting`;

test("the trace's own lines are left out, but how the packet came in", () => {
  const { items, outcome } = read(
    [
      "# hookscope: way owner",
      "# hookscope: listening",
      `${own} packet: iif "lan0" ${seen} 53`,
      `${own} rule goto marked # handle 4 (verdict goto marked)`,
      `trace id 0a inet filter forward packet: iif "lan0" oif "wan0" ${seen} 5353`,
      "trace id 0a inet filter forward rule accept # handle 7 (verdict accept)",
      "# hookscope: time",
    ],
    { code: 0 },
  );
  expect(items.slice(0, 3).map(({ kind }) => kind)).toEqual(["way", "note", "listening"]);
  const events = items.slice(3) as TraceEvent[];
  expect(events.map(({ kind, table }) => `${kind} ${table}`)).toEqual(["packet filter", "rule filter"]);
  expect(events[0]).toMatchObject({ packet: { destinationPort: 5353 }, arrived: { destinationPort: 53 } });
  expect(outcome).toMatchObject({ ok: true, value: { count: 2, lost: false } });
});

const sentBy = 'packet: iif "lan0" oif "wan0"';
const atEnd = `trace id 0a inet ${name} postrouting`;
const came = `${own} packet: iif "lan0" ${seen} 53`;
const forwarded = `trace id 0a inet filter forward ${sentBy} ${seen} 53`;
const ends: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    "behind the router's chains",
    [came, forwarded, `${atEnd} ${sentBy} ${seen} 53`, `${atEnd} policy accept `],
    ["packet forward told arrived", "packet postrouting", "policy postrouting"],
  ],
  [
    "where the router has no chains",
    [came, `${own} policy accept `, `${atEnd} ${sentBy} ${seen} 53`, `${atEnd} policy accept `],
    ["packet postrouting told arrived", "policy postrouting"],
  ],
  [
    "beside old iptables, where a chain of nft's saw it",
    ["# hookscope: note log", came, forwarded, `${atEnd} ${sentBy} ${seen} 53`, `${atEnd} policy accept `],
    ["packet forward besideOld arrived", "packet postrouting", "policy postrouting"],
  ],
  [
    "beside old iptables alone, whose packets the log tells",
    ["# hookscope: note nologger 2", came, `${atEnd} ${sentBy} ${seen} 53`, `${atEnd} policy accept `],
    [],
  ],
  ["of a packet that others have traced", [forwarded], ["packet forward"]],
];

test.each(ends)("the end of the way is told: %s", (_name, lines, expected) => {
  const { items } = read(["# hookscope: way owner", "# hookscope: listening", ...lines], { code: 0 });
  const events = items.filter((item): item is TraceEvent => "chain" in item);
  const shown = events.map((event) => {
    const { ends: told, arrived } = event.kind === "packet" ? event : {};
    return [event.kind, event.chain, told, arrived && "arrived"].filter(Boolean).join(" ");
  });
  expect(shown).toEqual(expected);
});

test("rules of old iptables are counted without the trace's own", () => {
  const line = (place: string) =>
    `4,1,2,-;TRACE: ${place} IN=lan0 OUT= SRC=10.0.0.1 DST=10.0.0.2 LEN=28 TTL=64 ID=7 PROTO=UDP SPT=1 DPT=53 LEN=8`;
  const lines = ["raw:PREROUTING:rule:2", "raw:PREROUTING:rule:3", "raw:PREROUTING:policy:4", "filter:FORWARD:rule:3"];
  const { items } = read(["# hookscope: way legacy", ...lines.map(line)], { code: 0 });
  const places = (item: LiveItem) => ("position" in item ? [`${item.table} ${item.kind} ${item.position}`] : []);
  expect(items.flatMap(places)).toEqual(["raw rule 1", "raw policy 2", "filter rule 3"]);
});

const endings: readonly (readonly [readonly string[], Parameters<typeof read>[1], string, RegExp])[] = [
  [["# hookscope: failed program"], { code: 3 }, "missing", /Install nftables there/],
  [
    ["# hookscope: failed refused"],
    { code: 3, stderr: "Error: Could not process rule: Operation not permitted\n" },
    "notPermitted",
    /refuses the trace's table: "Error: .*not permitted"\. Log in as root/,
  ],
  [["# hookscope: failed refused"], { code: 3, stderr: "Error: No such file\n" }, "unsupported", /table: "Error: No/],
  [["# hookscope: failed gone"], { code: 3 }, "failed", /loading all rules anew.*Start again/],
  [[], { code: 127, stderr: "sh: sh: not found\n" }, "missing", /demo router runs nothing/],
  [[], { code: 2, stderr: "sh: bad\n" }, "failed", /exit status 2: "sh: bad"/],
  [["# hookscope: listening"], { cut: true }, "cut", /cut short/],
];

test.each(endings)("a script that says %o fails in words", (lines, exit, reason, words) => {
  const message = expect.stringMatching(words);
  expect(read(lines, exit).outcome).toMatchObject({ ok: false, failure: { reason, message } });
});

test("what the router cannot show is told", () => {
  const lines = ["log", "namespace", "nologger 10", "otherlogger 2", "noraw 6", "unheard of"];
  const { items } = read(
    lines.map((line) => `# hookscope: note ${line}`),
    { code: 0 },
  );
  expect(items).toMatchInlineSnapshot(`
    [
      {
        "kind": "note",
        "sentence": "Rules of old iptables are shown as the kernel's log has them: by position and without verdicts. These lines stay in the log.",
      },
      {
        "kind": "note",
        "sentence": "This router is a network namespace, such as a container, for which the kernel logs only where net.netfilter.nf_log_all_netns is 1 on its host.",
      },
      {
        "kind": "note",
        "sentence": "What packets of IPv6 meet in tables of old iptables is not shown: the kernel has no logger for them. Load one on the router (modprobe nf_log_syslog, before Linux 5.13 nf_log_ipv4 or nf_log_ipv6) and start again.",
      },
      {
        "kind": "note",
        "sentence": "What packets of IPv4 meet in tables of old iptables is not shown: the kernel hands its lines to another program, as net.netfilter.nf_log says.",
      },
      {
        "kind": "note",
        "sentence": "Packets of IPv6 are not marked: iptables has no table raw for them, and one that was made for the trace would stay.",
      },
    ]
  `);
});
