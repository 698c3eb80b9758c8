import { describe, expect, test } from "vitest";
import { layout } from "../../netfilter/diagram/layout.js";
import { stacksOfRules } from "../../netfilter/diagram/stacks.js";
import type { PacketTrace } from "../../netfilter/observe/trace/group.js";
import { loadRules } from "../../netfilter/simulate/load.js";
import type { Loaded } from "../../netfilter/simulate/router.js";
import { observed } from "../../netfilter/traced/observed.js";
import { TracedRules } from "../../netfilter/traced/rules.js";
import { packetsIn, together, told } from "./sessions.js";

const nft = (text: string) => loadRules("r.nft", text, "nftables");
const save = (text: string) => loadRules("rules.v4", text, "iptables");

/** A chain of table `ip t` with these rules, and one behind it. */
const chain = (...rules: string[]) =>
  nft(`table ip t {
chain c {
type filter hook forward priority 0; policy accept;
${rules.join("\n")}
}
chain called {
ip ttl 1 drop
}
}
`);

/** What nft prints of a packet that passes a chain: `rule` lines and the like behind the chain's name. */
const line = (rest: string, place = "ip t c") => `trace id 1 ${place} ${rest}`;
const packet = (rest = "", place?: string) =>
  line(
    `packet: iif "lan0" oif "wan1" ip saddr 10.0.0.1 ip daddr 10.0.0.2 ip ttl 64 ip id 7 ip protocol udp ${rest}`,
    place,
  );

/** The steps of the first packet, without its title. */
function steps(loaded: Loaded | readonly Loaded[], lines: readonly string[], aside: readonly Loaded[] = []): string[] {
  const rules = new TracedRules([loaded].flat(), aside);
  const [first] = packetsIn(lines.join("\n"), rules);
  const [, ...rest] = told(observed(first as PacketTrace, rules), rules);
  return rest.map((one) => one.trim());
}

/** How the first packet ended. */
function end(loaded: Loaded | readonly Loaded[], lines: readonly string[]): string {
  const rules = new TracedRules([loaded].flat());
  return observed(packetsIn(lines.join("\n"), rules)[0] as PacketTrace, rules).sentence;
}

const begins = "note: The trace begins only in ip t c: what was before is not told.";

describe("a rule is found", () => {
  test("by its handle", () => {
    const rules = chain("counter # handle 7", "udp dport 53 accept # handle 8");
    expect(steps(rules, [packet(), line("rule udp dport 53 accept # handle 8 (verdict accept)")])).toEqual([
      "1 not matched",
      "forward c:5 udp dport 53 accept => accept",
      begins,
    ]);
  });

  test("by its text, where its handle is another's: the rules were loaded anew", () => {
    const rules = chain("counter # handle 8", "udp dport 53 accept # handle 9");
    expect(steps(rules, [packet(), line("rule udp dport 53 accept # handle 8 (verdict accept)")])).toContain(
      "forward c:5 udp dport 53 accept => accept",
    );
  });

  test("by what it says, where a person wrote it otherwise", () => {
    const rules = chain("define_is_not_here", "ip saddr { 10.0.0.1 } udp dport domain log counter accept");
    const trace = [
      packet(),
      line("rule ip saddr 10.0.0.1 udp dport 53 log counter packets 7 bytes 8 accept (verdict accept)"),
    ];
    expect(steps(rules, trace)).toContain(
      "forward c:5 ip saddr { 10.0.0.1 } udp dport domain log counter accept => accept",
    );
  });

  test("as the first of several that are alike, behind the one that matched before", () => {
    const rules = chain("counter", "udp dport 53 counter", "counter", "counter");
    const rule = line("rule counter packets 1 bytes 2 (verdict continue)");
    expect(steps(rules, [packet(), rule, rule])).toEqual([
      "forward c:4 counter => continue",
      "1 not matched",
      "forward c:6 counter => continue",
      begins,
    ]);
  });

  test("not at all, where several that are alike count", () => {
    const limited = "limit rate 1/second accept";
    const rules = chain(limited, limited, "counter");
    const trace = [packet(), line(`rule ${limited} (verdict accept)`)];
    expect(steps(rules, trace)).toEqual([
      `forward 0 ip t c: ${limited} (its place is not known: several rules of the chain are alike and count, so that it may be any of them)`,
      begins,
      "note: ip t c: several rules of the chain are alike and count, so that it may be any of them.",
    ]);
  });

  test("not at all, where the rules do not have it, and nothing is said then of those around it", () => {
    const rules = chain("counter", "accept");
    const trace = [
      packet(),
      line("rule udp dport 99 counter packets 0 bytes 0 (verdict continue)"),
      line("rule accept (verdict accept)"),
    ];
    expect(steps(rules, trace)).toEqual([
      "forward 0 ip t c: udp dport 99 counter packets 0 bytes 0 (its place is not known: no rule of the chain is like it: the rules were changed since they were listed)",
      "forward c:5 accept => accept",
      begins,
      "note: ip t c: no rule of the chain is like it: the rules were changed since they were listed.",
    ]);
  });

  test("by its place in nft's listing, where iptables-save's line is at hand", () => {
    const lines = save(
      "*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -p udp -j LOG\n-A FORWARD -p udp -j ACCEPT\nCOMMIT\n",
    );
    const listing = nft(
      "table ip filter {\nchain FORWARD {\ntype filter hook forward priority filter; policy accept;\nmeta l4proto udp counter packets 0 bytes 0 log # handle 4\nmeta l4proto udp counter packets 0 bytes 0 accept # handle 5\n}\n}\n",
    );
    const trace = [
      packet("", "ip filter FORWARD"),
      line("rule meta l4proto udp counter packets 1 bytes 2 accept # handle 5 (verdict accept)", "ip filter FORWARD"),
    ];
    const expected = expect.arrayContaining([
      "1 not matched",
      "forward FORWARD:4 -A FORWARD -p udp -j ACCEPT => accept",
    ]);
    expect(steps(lines, trace, [listing])).toEqual(expected);
    expect(steps([lines, listing], trace)).toEqual(expected);
    expect(steps(together(listing, lines), trace)).toEqual(expected);
    expect(steps(lines, [trace[0] ?? "", (trace[1] ?? "").replace(" # handle 5", "")])).toEqual(expected);
  });

  test("in a chain that is written in the rule that calls it", () => {
    const rules = nft(
      "table ip t {\nchain c {\ntype filter hook forward priority 0; policy drop;\nudp dport 53 jump {\nip ttl 1 drop\ncounter accept\n}\n}\n}\n",
    );
    const trace = [
      packet(),
      line("rule udp dport 53 jump {"),
      "\t\t\tip ttl 1 drop",
      "\t\t\tcounter packets 0 bytes 0 accept",
      "\t\t} # handle 6 (verdict jump __chain5577)",
      line("unknown rule handle 5 (verdict accept)", "ip t __chain5577"),
    ];
    expect(steps(rules, trace)).toEqual([
      "forward c:4 udp dport 53 jump { ip ttl 1 drop counter accept } => jump",
      "1 not matched",
      "forward :6 counter accept => accept",
      begins,
    ]);
  });

  test("by its position, in the kernel log; a last rule that always decides is told as an end", () => {
    const rules = save(
      "*filter\n:FORWARD DROP [0:0]\n:NEW - [0:0]\n-A FORWARD -p udp -j NEW\n-A FORWARD -j ACCEPT\n-A NEW -p tcp -j DROP\n-A NEW -j RETURN\nCOMMIT\n",
    );
    const log = (what: string) =>
      `[ 1.000001] TRACE: ${what} IN=lan0 OUT=wan1 MAC=1 SRC=10.0.0.1 DST=10.0.0.2 LEN=40 TTL=63 ID=5 PROTO=UDP SPT=1 DPT=2 LEN=20 `;
    const trace = ["filter:FORWARD:rule:1", "filter:NEW:return:2", "filter:FORWARD:policy:2"].map(log);
    expect(steps(rules, trace)).toEqual([
      "forward FORWARD:4 -A FORWARD -p udp -j NEW => jump NEW",
      "1 not matched",
      "forward NEW:7 -A NEW -j RETURN => return",
      "forward FORWARD:5 -A FORWARD -j ACCEPT => accept",
      "note: The trace begins only in ip filter FORWARD: what was before is not told.",
    ]);
    expect(end(rules, [...trace.slice(0, 2), log("filter:FORWARD:policy:3")])).toBe(
      "Dropped: ip filter FORWARD: policy drop.",
    );
  });
});

describe("what is certain is filled in", () => {
  const rules = chain("udp dport 53 jump called # handle 3", "udp dport 54 goto called", "counter");

  test("rules that did not match, ends of chains, returns", () => {
    const trace = [
      packet(),
      line("rule udp dport 53 jump called # handle 3 (verdict jump called)"),
      line("policy accept"),
    ];
    expect(steps(rules, trace)).toEqual([
      "forward c:4 udp dport 53 jump called => jump called",
      "1 not matched",
      "forward called ends: return",
      "2 not matched",
      "forward c ends: accept",
      begins,
    ]);
  });

  test("after goto the chain is not returned to", () => {
    const trace = [packet(), line("rule udp dport 54 goto called (verdict goto called)"), line("policy accept")];
    expect(steps(rules, trace)).toEqual([
      "1 not matched",
      "forward c:5 udp dport 54 goto called => goto called",
      "1 not matched",
      "forward called ends: return",
      "forward c ends: accept",
      begins,
    ]);
  });

  test("ends of chains that older kernels tell", () => {
    const trace = [
      packet(),
      line("rule udp dport 53 jump called # handle 3 (verdict jump called)"),
      line("verdict continue ", "ip t called"),
      line("verdict continue "),
      line("policy accept"),
    ];
    expect(steps(rules, trace)).toEqual(
      steps(
        rules,
        [0, 1, 4].map((index) => trace[index] as string),
      ),
    );
  });

  test("nothing, where the tool lost events", () => {
    const trace = [
      packet(),
      "# ERROR: We lost some netlink events!",
      line("rule counter packets 0 bytes 0 (verdict continue)"),
      line("policy accept"),
    ];
    expect(steps(rules, trace)).toEqual([
      "forward c:6 counter => continue",
      "forward c ends: accept",
      begins,
      "note: The tool lost events while this packet was on its way: some of its steps may be missing.",
    ]);
  });

  test("nothing before the rule that began the trace", () => {
    const traced = chain("counter", "meta nftrace set 1", "udp dport 5 drop");
    expect(
      steps(traced, [packet(), line("rule meta nftrace set 1 (verdict continue)"), line("policy accept")]),
    ).toEqual(["forward c:5 meta nftrace set 1 => continue", "1 not matched", "forward c ends: accept", begins]);
  });
});

describe("what changed on the way", () => {
  const router = nft(`table ip t {
chain pre {
type filter hook prerouting priority mangle; policy accept;
meta mark set 0x1
meta mark set 0x2
}
chain natpre {
type nat hook prerouting priority dstnat; policy accept;
dnat to 10.9.9.9
}
chain c {
type filter hook forward priority filter; policy accept;
udp dport set 99
}
chain post {
type filter hook postrouting priority 200; policy accept;
}
}
`);
  const seen = (place: string, ends: string, ways = 'iif "lan0"') =>
    line(`packet: ${ways} ip saddr ${ends} ip ttl 64 ip id 7 ip protocol udp udp sport 5 udp dport`, `ip t ${place}`);

  test("the mark by the last rule that wrote it, addresses by NAT, ports by a rule, and where it was routed to", () => {
    const trace = [
      `${seen("pre", "10.0.0.1 ip daddr 10.0.0.2")} 53`,
      line("rule meta mark set 0x00000001 (verdict continue)", "ip t pre"),
      line("rule meta mark set 0x00000002 (verdict continue)", "ip t pre"),
      line("policy accept meta mark 0x00000002", "ip t pre"),
      `${seen("natpre", "10.0.0.1 ip daddr 10.0.0.2")} 53`,
      line("rule dnat to 10.9.9.9 (verdict accept)", "ip t natpre"),
      `${seen("c", "10.0.0.1 ip daddr 10.9.9.9", 'iif "lan0" oif "wan1"')} 99`,
      line("rule udp dport set 99 (verdict continue)"),
      line("policy accept meta mark 0x00000002"),
      `${seen("post", "192.0.2.1 ip daddr 10.9.9.9", 'iif "lan0" oif "wan1"')} 99`,
      line("policy accept meta mark 0x00000002", "ip t post"),
    ];
    expect(steps(router, trace)).toMatchInlineSnapshot(`
      [
        "prerouting pre:4 meta mark set 0x1 => continue",
        "prerouting pre:5 meta mark set 0x2 => continue [meta mark >0x00000002]",
        "prerouting pre ends: accept",
        "prerouting natpre:9 dnat to 10.9.9.9 => accept",
        "prerouting -100 nf_nat_ipv4_pre_routing: translates the packet, as the next chain shows [ip daddr 10.0.0.2>10.9.9.9]",
        "route: is forwarded by wan1, as the trace shows",
        "forward c:13 udp dport set 99 => continue [udp dport 53>99]",
        "forward c ends: accept",
        "postrouting 100 nf_nat_ipv4_out: translates the packet, as the next chain shows [ip saddr 10.0.0.1>192.0.2.1]",
        "postrouting post ends: accept",
      ]
    `);
    expect(end(router, trace)).toBe("Sent by wan1.");
  });

  test("a packet of this machine's own, routed anew", () => {
    const local = nft(
      "table ip t {\nchain o {\ntype route hook output priority mangle; policy accept;\nmeta mark set 0x1\n}\nchain post {\ntype filter hook postrouting priority 200; policy accept;\n}\n}\n",
    );
    const trace = [
      `${seen("o", "10.0.0.1 ip daddr 10.0.0.2", 'oif "wan1"')} 53`,
      line("rule meta mark set 0x00000001 (verdict continue)", "ip t o"),
      line("policy accept meta mark 0x00000001", "ip t o"),
      `${seen("post", "10.0.0.1 ip daddr 10.0.0.2", 'oif "wan2"')} 53`,
      line("policy accept meta mark 0x00000001", "ip t post"),
    ];
    expect(steps(local, trace)).toEqual([
      "route: goes out by wan1, as the trace shows",
      "output o:4 meta mark set 0x1 => continue [meta mark >0x00000001]",
      "output o ends: accept",
      "route: goes out by wan2 now, as the trace shows",
      "postrouting post ends: accept",
    ]);
  });

  test("what conntrack had of it, where nft tells", () => {
    const trace = [
      line("conntrack: ct direction original ct state new ct id 2641368242", "ip t pre"),
      `${seen("pre", "10.0.0.1 ip daddr 10.0.0.2")} 53`,
      line("policy accept", "ip t pre"),
    ];
    expect(steps(router, trace)[0]).toBe(
      "prerouting -200 ipv4_conntrack_in: a packet of the connection with the id 2641368242, state new [ct state >new]",
    );
  });
});

describe("how it ended", () => {
  const rules = nft(`table inet f {
chain pre {
type filter hook prerouting priority raw; policy accept;
}
chain in {
type filter hook input priority filter; policy drop;
tcp dport 22 accept
tcp dport 23 reject
udp dport 5 queue to 4
}
chain way {
type filter hook forward priority filter; policy accept;
}
chain post {
type nat hook postrouting priority srcnat; policy accept;
}
}
`);
  const at = (place: string, rest: string) => line(rest, `inet f ${place}`);
  const shown = (place: string, ways: string) =>
    at(place, `packet: ${ways} ip saddr 1.1.1.1 ip daddr 2.2.2.2 ip ttl 9 ip id 3 ip protocol tcp`);

  test.each<[string, readonly string[], string]>([
    ["a policy", [shown("in", 'iif "lan0"'), at("in", "policy drop ")], "Dropped: inet f in: policy drop."],
    [
      "a rule that rejects",
      [shown("in", 'iif "lan0"'), at("in", "rule tcp dport 23 reject (verdict drop)")],
      "Rejected: inet f in: tcp dport 23 reject.",
    ],
    [
      "a queue",
      [shown("in", 'iif "lan0"'), at("in", "rule udp dport 5 queue to 4 (verdict queue)")],
      "Waits for the program on queue 4.",
    ],
    [
      "this machine",
      [shown("in", 'iif "lan0"'), at("in", "rule tcp dport 22 accept (verdict accept)")],
      "Delivered to this machine's programs.",
    ],
    [
      "between two hooks",
      [shown("pre", 'iif "lan0"'), at("pre", "policy accept ")],
      "Last seen at the end of inet f pre, whose policy is accept; inet f way, which comes next, did not see it: the kernel dropped it between the two (kfree_skb).",
    ],
    [
      "behind the last chain that a known connection's packet comes to",
      [shown("way", 'iif "lan0" oif "wan1"'), at("way", "policy accept ")],
      "Last seen at the end of inet f way, whose policy is accept; nothing came after that: it left by wan1, or the kernel dropped it between the hooks (kfree_skb).",
    ],
    [
      "in the middle of a chain",
      [shown("in", 'iif "lan0"'), at("in", "rule tcp dport 22 accept (verdict continue)")],
      "Last seen in inet f in; nothing came after that: the trace ends there.",
    ],
  ])("%s", (_, trace, sentence) => {
    expect(end(rules, trace)).toBe(sentence);
  });

  test("chains of old iptables, which nft does not show, are neither missed nor known to be passed", () => {
    const old = save(
      "# Generated by iptables-save v1.8.9 on Sat Nov 21 06:55:07 2026\n*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j DROP\n-A INPUT -j DROP\nCOMMIT\n",
    );
    const accepted = [shown("in", 'iif "lan0"'), at("in", "rule tcp dport 22 accept (verdict accept)")];
    expect(end([rules, old], accepted)).toBe(
      "Last seen in inet f in, where a rule accepts it; nothing came after that: it went on where no chain sees it, or the kernel dropped it between the hooks (kfree_skb).",
    );
    const log = (what: string) =>
      `[ 1.000001] TRACE: ${what} IN=lan0 OUT=wan1 MAC=1 SRC=10.0.0.1 DST=10.0.0.2 LEN=40 TTL=63 ID=5 PROTO=UDP SPT=1 DPT=2 LEN=20 `;
    expect(end([rules, old], [log("filter:FORWARD:policy:2")])).toContain("it left by wan1, or the kernel dropped it");
  });

  test("an observed way is drawn like a simulated one", () => {
    const traced = new TracedRules([rules]);
    const trace = [
      shown("pre", 'iif "lan0"'),
      at("pre", "policy accept "),
      shown("in", 'iif "lan0"'),
      at("in", "policy drop "),
    ];
    const seen = observed(packetsIn(trace.join("\n"), traced)[0] as PacketTrace, traced);
    const { way } = layout(stacksOfRules([rules]), seen);
    expect(way?.stops.map(({ box }) => box)).toEqual(["prerouting", "routing", "input", "input", "input", "input"]);
    expect(way?.end).toMatchObject({ box: "input", tone: "stopped" });
  });
});

test("chains that the rules do not have are told without a place", () => {
  const trace = [
    packet("", "ip other x"),
    line("rule counter packets 0 bytes 0 (verdict continue)", "ip other x"),
    line("policy accept", "ip other x"),
  ];
  expect(steps(chain("accept"), trace)).toEqual([
    "forward 0 ip other x: counter packets 0 bytes 0 (its place is not known: its chain is not in the rules at hand)",
    "forward 0 ip other x: the end of the chain",
    "note: ip other x is not in the rules at hand: at which hook it stands is not known.",
    "note: The trace begins only in ip other x: what was before is not told.",
  ]);
});

describe("our own live trace leaves no steps", () => {
  const came = 'packet: iif "lan0" ip saddr 10.0.0.1 ip daddr 192.0.2.1 ip ttl 64 ip id 7 ip protocol udp ';
  const expected = [
    "prerouting -100 nf_nat_ipv4_pre_routing: translates the packet, as the next chain shows [ip daddr 192.0.2.1>10.0.0.2]",
    "route: is forwarded by wan1, as the trace shows",
    "1 not matched",
    "forward c:5 accept => accept",
  ];
  const rules = chain("udp dport 1 drop", "accept");
  const accepted = line("rule accept (verdict accept)");

  test("but shows the packet as it came", () => {
    const place = "inet hookscope_trace_0a1b2c3d prerouting";
    expect(
      steps(rules, [line(came, place), line("rule goto marked (verdict goto marked)", place), packet(), accepted]),
    ).toEqual(expected);
  });

  test("nor does its reader, which has it with the first chain of the rules", () => {
    const [arrived] = packetsIn(line(came));
    const [seen] = packetsIn([packet(), accepted].join("\n"));
    const events = (seen as PacketTrace).events.map((event) =>
      event.kind === "packet" && arrived?.packet ? { ...event, arrived: arrived.packet } : event,
    );
    const traced = new TracedRules([rules]);
    const [, ...lines] = told(observed({ ...(seen as PacketTrace), events }, traced), traced);
    expect(lines.map((one) => one.trim())).toEqual(expected);
  });
});
