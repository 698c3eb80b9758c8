import { describe, expect, test } from "vitest";
import { nftTrace, readTraceText, type TraceItem, xtablesTrace } from "../../netfilter/observe/trace/commands.js";
import type { TraceEvent } from "../../netfilter/observe/trace/event.js";
import { type PacketTrace, TraceGrouper } from "../../netfilter/observe/trace/group.js";
import { fine, own, read, recording } from "./recordings.js";

/** One line for each packet: what it is, where it went, how it ended. */
function story({ packet, events, verdict, gaps }: PacketTrace): string {
  const steps = events.flatMap((event) => {
    if (event.kind === "rule") return [`${event.chain}#${event.handle ?? event.position ?? "?"}:${word(event)}`];
    return event.kind === "policy" ? [`${event.chain}:${word(event)}`] : [];
  });
  const ends = [packet?.protocol, packet?.source, "→", packet?.destination, packet?.destinationPort];
  return [...ends.filter((end) => end !== undefined), "|", ...steps, "|", verdict ?? "-", gaps ? "gaps" : ""]
    .join(" ")
    .trim();
}

function word(event: TraceEvent): string {
  const verdict = event.kind === "rule" || event.kind === "policy" ? event.verdict : undefined;
  return verdict ? `${verdict.kind}${verdict.target ? ` ${verdict.target}` : ""}${verdict.queue ?? ""}` : "?";
}

function grouped(items: readonly TraceItem[]): readonly PacketTrace[] {
  const grouper = new TraceGrouper();
  for (const item of items) {
    if (item.kind === "lost") grouper.lost();
    else grouper.add(item);
  }
  return grouper.traces;
}

describe("a line becomes an event", () => {
  const place = { id: "7e054586", family: "inet", table: "filter", chain: "nested" };
  const nft = "trace id 7e054586 inet filter nested";
  test.each<[string, object]>([
    [
      `${nft} rule tcp dport 1502 reject (verdict drop)`,
      { ...place, kind: "rule", rule: "tcp dport 1502 reject", verdict: { kind: "drop" } },
    ],
    [
      `${nft} rule ip saddr 1.2.3.4 jump c # handle 12 (verdict jump c)`,
      { kind: "rule", rule: "ip saddr 1.2.3.4 jump c", handle: 12, verdict: { kind: "jump", target: "c" } },
    ],
    [
      `${nft} rule tcp flags & (syn | rst) == syn accept comment "(verdict drop)" # handle 3 (verdict accept)`,
      { handle: 3, verdict: { kind: "accept" } },
    ],
    [`${nft} rule queue to 5 # handle 4 (verdict queue)`, { verdict: { kind: "queue" } }],
    [`${nft} policy accept meta mark 0x00000030 `, { kind: "policy", verdict: { kind: "accept" }, mark: 0x30 }],
    [`${nft} verdict continue meta mark 0x00000030 `, { kind: "return", mark: 0x30 }],
    [`${nft} verdict return `, { kind: "return" }],
    [
      `${nft} packet: iif "lan0" oif "wan1" ether saddr 02:00:00:00:00:02 ether daddr 76:8d:0d:9d:6c:5e ip saddr 192.168.1.10 ip daddr 203.0.113.10 ip dscp cs0 ip ecn not-ect ip ttl 64 ip id 31838 ip protocol tcp ip length 44 tcp sport 40006 tcp dport 1502 tcp flags == syn | ack tcp window 64240 `,
      {
        kind: "packet",
        packet: {
          iif: "lan0",
          oif: "wan1",
          source: "192.168.1.10",
          destination: "203.0.113.10",
          protocol: "tcp",
          sourcePort: 40006,
          destinationPort: 1502,
          ttl: 64,
          length: 44,
          ipId: 31838,
          tcpFlags: ["syn", "ack"],
        },
      },
    ],
    [
      `${nft} packet: iif "wan1" ip6 saddr fe80::1 ip6 daddr fe80::2 ip6 hoplimit 255 ip6 nexthdr ipv6-icmp ip6 length 32 icmpv6 type nd-neighbor-solicit icmpv6 code no-route `,
      { packet: { source: "fe80::1", protocol: "icmpv6", icmpType: "nd-neighbor-solicit", ttl: 255 } },
    ],
    [
      `${nft} unknown rule handle 5 (verdict accept)`,
      { ...place, kind: "rule", handle: 5, verdict: { kind: "accept" } },
    ],
    [
      `${nft} conntrack: ct direction reply ct state established ct status seen-reply,assured ct id 2641368242 `,
      {
        kind: "conntrack",
        connection: {
          direction: "reply",
          state: "established",
          status: ["seen-reply", "assured"],
          connectionId: 2641368242,
        },
      },
    ],
    [`Nov 21 16:43:09.123456 ${nft} policy drop `, { ...place, kind: "policy", verdict: { kind: "drop" } }],
    [
      `Nov 21 16:43:09 router nft[812]: ${nft} rule accept # handle 4 (verdict accept)`,
      { ...place, rule: "accept", handle: 4 },
    ],
    [
      "16:43:09  TRACE: 2 8ace0c3a raw:PREROUTING:policy:ACCEPT ",
      { by: "xtables", family: "ip", table: "raw", kind: "policy" },
    ],
    [
      `${nft} rule meta l4proto icmp jump {\n\t\t\tip ttl 1 drop\n\t\t\tcounter accept\n\t\t} # handle 6 (verdict jump __chain7)`,
      {
        kind: "rule",
        rule: "meta l4proto icmp jump { ip ttl 1 drop counter accept }",
        handle: 6,
        verdict: { kind: "jump", target: "__chain7" },
      },
    ],
    [
      " TRACE: 2 8ace0c3a raw:PREROUTING:rule:0x6:CONTINUE  -4 -t raw -A PREROUTING -s 192.168.7.2/32 -j TRACE",
      {
        id: "8ace0c3a",
        family: "ip",
        table: "raw",
        kind: "rule",
        handle: 6,
        rule: "-A PREROUTING -s 192.168.7.2/32 -j TRACE",
      },
    ],
    [
      " TRACE: 10 8ace0c3a filter:INPUT:rule:0xc:JUMP:LAN  ip6tables -t filter -A INPUT -j LAN",
      { family: "ip6", verdict: { kind: "jump", target: "LAN" }, rule: "-A INPUT -j LAN" },
    ],
    [
      " TRACE: 2 8ace0c3a mangle:INPUT:rule:0x6:0x50003  -4 -t mangle -A INPUT -j NFQUEUE",
      { verdict: { kind: "queue", queue: 5 } },
    ],
    [
      " TRACE: 2 8ace0c3a mangle:PBR:rule:0x6:0xfffffffb  -4 -t mangle -A PBR -j RETURN",
      { verdict: { kind: "return" } },
    ],
    [" TRACE: 2 8ace0c3a mangle:PBR:return:", { kind: "return", chain: "PBR" }],
    [" TRACE: 2 8ace0c3a nat:PREROUTING:policy:ACCEPT ", { kind: "policy", verdict: { kind: "accept" } }],
  ])("%s", (line, expected) => {
    expect(readTraceText(line)).toMatchObject([expected]);
  });

  test("the kernel log's gives the packet each time, a position and no verdict", () => {
    const line =
      "[   97.930135] TRACE: mangle:MYCHAIN:rule:1 IN=lan0 OUT= MAC=86:a3 SRC=192.168.7.2 DST=192.0.2.80 LEN=40 TTL=64 ID=55258 DF PROTO=TCP SPT=42001 DPT=80 SEQ=1000 ACK=0 SYN URGP=0 MARK=0x5 ";
    const [packet, rule] = readTraceText(line);
    expect(packet).toMatchObject({
      packet: { iif: "lan0", destinationPort: 80, tcpFlags: ["syn"], sequence: 1000, mark: 5 },
    });
    expect(rule).toMatchObject({ family: "ip", table: "mangle", chain: "MYCHAIN", kind: "rule", position: 1 });
    expect(rule).not.toHaveProperty("verdict");
  });

  test("xtables-monitor of Debian 13 puts two records on a line", () => {
    const line = " TRACE: 1 8ace0c3a odd:pre_mid:rule:0x16:CONTINUE   TRACE: 1 8ace0c3a odd:pre_mid:policy:ACCEPT ";
    expect(readTraceText(line)).toMatchObject([
      { family: "inet", kind: "rule", handle: 22 },
      { kind: "policy", chain: "pre_mid" },
    ]);
  });
});

describe("packets are told apart", () => {
  test("a reject's own ICMP comes in the middle", () => {
    const stories = grouped(readTraceText(recording("netns/nft/forward_reject_nested.trace.txt"))).map(story);
    expect(stories).toMatchInlineSnapshot(`
      [
        "tcp 192.168.1.10 → 203.0.113.10 1502 | prerouting#?:continue prerouting:accept prerouting#?:jump classify classify#?:continue classify#?:continue prerouting#?:continue prerouting:accept prerouting:accept forward#?:continue forward:accept forward#?:goto fwd_out fwd_out#?:jump nested nested#?:drop | drop",
        "icmp 192.168.1.1 → 192.168.1.10 | output#?:continue output:accept output:accept | accept",
      ]
    `);
  });

  test("on loopback the same packet has two ids", () => {
    const traces = grouped(readTraceText(recording("netns/nft/loopback_ping.trace.txt")));
    expect(traces.map(story)).toMatchInlineSnapshot(`
      [
        "icmp 127.0.0.1 → 127.0.0.1 | output#?:continue output:accept output:accept postrouting:accept | accept",
        "icmp 127.0.0.1 → 127.0.0.1 | prerouting:accept prerouting#?:continue prerouting:accept input#?:accept | accept",
        "icmp 127.0.0.1 → 127.0.0.1 | output#?:continue output:accept output:accept | accept",
        "icmp 127.0.0.1 → 127.0.0.1 | prerouting:accept prerouting#?:continue prerouting:accept input#?:accept | accept",
        "icmpv6 fe80::342d:b8ff:fe03:ca80 → fe80::a06f:88ff:fe38:dcc9 | prerouting#?:continue prerouting:accept prerouting#?:continue prerouting:accept input#?:continue input:drop | drop",
      ]
    `);
  });

  test("an id that comes again is another packet", () => {
    const one = recording("netns/nft/redirect.trace.txt");
    const again = one.replaceAll("ip id 32113", "ip id 32114");
    expect(grouped(readTraceText(one + again)).map(story)).toEqual(
      [one, again].flatMap((text) => grouped(readTraceText(text)).map(story)),
    );
    const same = grouped(readTraceText(one + one));
    expect(same.map(({ events }) => events.length)).toEqual([14, 14]);
  });

  test("known hooks tell them apart where nothing else does", () => {
    const event = (chain: string): TraceEvent => ({
      id: "1",
      family: "ip",
      table: "t",
      chain,
      kind: "rule",
      verdict: { kind: "continue" },
    });
    const grouper = new TraceGrouper((_family, _table, chain) => (chain === "pre" ? "prerouting" : "postrouting"));
    for (const chain of ["pre", "post", "pre"]) grouper.add(event(chain));
    expect(grouper.traces.map(({ events }) => events.length)).toEqual([2, 1]);
  });

  test("a program on a queue changes the port of one and the same packet", () => {
    const [first] = grouped(readTraceText(recording("netns/incidents/d_redirect_nfqueue/bad.xtmon.txt")));
    const ports = first?.events.flatMap((event) => (event.kind === "packet" ? [event.packet.destinationPort] : []));
    expect(ports).toEqual([80, 80, 80, 3128, 3129, 3129]);
  });

  test("old iptables' log lines", () => {
    const traces = grouped(readTraceText(recording("vm/tx612/e-legacy-TRACE-dmesg.txt")));
    expect(traces.map(story)).toMatchInlineSnapshot(`
      [
        "tcp 192.168.7.2 → 192.0.2.80 80 | PREROUTING:? PREROUTING#1:? MYCHAIN#1:? PREROUTING:? FORWARD:? FORWARD#1:? POSTROUTING:? | -",
      ]
    `);
  });

  test("the same packets come of nft, of xtables-monitor and of both versions", () => {
    for (const machine of ["bw61", "bw612", "tx612"]) {
      const traces = grouped(readTraceText(recording(`vm/${machine}/xtables-monitor-trace.txt`)));
      expect(traces[0] && story(traces[0]), machine).toContain(
        "192.168.7.2 → 192.0.2.80 80 | PREROUTING#6:continue PREROUTING:accept",
      );
      expect(
        traces.every(({ packet }) => packet?.source),
        machine,
      ).toBe(true);
    }
  });

  test("lost events leave gaps in what is under way", () => {
    const [head = "", ...rest] = recording("netns/nft/redirect.trace.txt").split("\n");
    const traces = grouped(readTraceText([head, "# ERROR: We lost some netlink events!", ...rest].join("\n")));
    expect(traces.map(({ gaps }) => gaps)).toEqual([true]);
  });

  test("what was through before has none, what comes soon after may have some: the kernel tells of a loss before what is in its buffer", () => {
    const grouper = new TraceGrouper();
    const event = (id: string): TraceEvent => ({ id, family: "ip", table: "t", chain: "c", kind: "rule" });
    const drop = (id: string): TraceEvent => ({ ...event(id), kind: "rule", verdict: { kind: "drop" } });
    grouper.add(event("long ago"));
    for (let index = 0; index < 1_001; index++) grouper.add(event("busy"));
    grouper.add(drop("dropped"));
    grouper.lost();
    grouper.add(event("next"));
    for (let index = 0; index < 30_000; index++) grouper.add(event("busy"));
    grouper.add(event("later"));
    const gaps = grouper.traces.flatMap(({ id, gaps: has }) => (has ? [id] : []));
    expect(gaps).toEqual(["busy", "next"]);
  });

  test("no more than wanted are kept, and what has changed is told", () => {
    const grouper = new TraceGrouper(undefined, 4);
    const event = (id: number): TraceEvent => ({
      id: String(id),
      family: "ip",
      table: "t",
      chain: "c",
      kind: "return",
    });
    for (let id = 0; id < 20; id++) grouper.add(event(id));
    expect(grouper.traces.length).toBeLessThanOrEqual(5);
    expect(grouper.takeChanged().at(-1)?.number).toBe(19);
    expect(grouper.takeChanged()).toEqual([]);
    grouper.add(event(19));
    expect(grouper.takeChanged().map(({ events }) => events.length)).toEqual([2]);
  });
});

describe("a trace of our own router", () => {
  const packets = (name: string) => grouped(readTraceText(own(name)));

  test("is the same from nft and from xtables-monitor", () => {
    const steps = ({ events }: PacketTrace) =>
      events.flatMap((event) => {
        if (event.kind === "rule") return [`${event.table} ${event.chain} ${event.handle} ${event.verdict?.kind}`];
        return event.kind === "policy" ? [`${event.table} ${event.chain} ${event.verdict?.kind}`] : [];
      });
    const [nft, xtables] = [packets("trace-nft.txt"), packets("trace-xtables.txt")];
    expect(nft.map(steps)).toEqual(xtables.map(steps));
    expect(nft.map(({ packet }) => packet?.ipId)).toEqual(xtables.map(({ packet }) => packet?.ipId));
  });

  test("has one entry for each packet, though ids repeat, and handles of the listing", () => {
    const traces = packets("trace-nft.txt");
    expect(traces.map(story)).toMatchInlineSnapshot(`
      [
        "icmp 10.77.1.2 → 10.77.2.2 | pre#5:continue pre:accept PREROUTING#2:continue PREROUTING:accept marks:accept forward#8:jump services services#9:accept post#2:accept | accept",
        "icmp 10.77.2.2 → 10.77.2.77 | PREROUTING#2:continue PREROUTING:accept marks:accept forward#7:accept | accept",
        "udp 10.77.1.2 → 10.77.2.2 5353 | pre#5:continue pre:accept PREROUTING:accept marks:accept forward#8:jump services services#10:drop | drop",
        "tcp 10.77.1.2 → 10.77.2.2 81 | pre#5:continue pre:accept PREROUTING:accept marks#6:continue marks:accept forward#8:jump services services#11:accept post#2:accept | accept",
        "tcp 10.77.1.2 → 10.77.2.2 81 | pre#5:continue pre:accept PREROUTING:accept marks#6:continue marks:accept forward#7:accept | accept",
        "tcp 10.77.1.2 → 10.77.2.2 81 | pre#5:continue pre:accept PREROUTING:accept marks#6:continue marks:accept forward#7:accept | accept",
        "tcp 10.77.1.2 → 10.77.2.2 81 | pre#5:continue pre:accept PREROUTING:accept marks#6:continue marks:accept forward#7:accept | accept",
        "tcp 10.77.1.2 → 10.77.2.2 81 | pre#5:continue pre:accept PREROUTING:accept marks#6:continue marks:accept forward#7:accept | accept",
        "tcp 10.77.1.2 → 10.77.2.2 82 | pre#5:continue pre:accept PREROUTING:accept marks:accept forward#8:jump services services#12:drop | drop",
        "tcp 10.77.1.2 → 10.77.2.2 81 | pre#5:continue pre:accept PREROUTING:accept marks#6:continue marks:accept forward#7:accept | accept",
      ]
    `);
    expect(new Set(traces.map(({ id }) => id)).size).toBeLessThan(traces.length);
    const listing = own("ruleset.nft.txt");
    const rules = traces.flatMap(({ events }) => events.filter((event) => event.kind === "rule"));
    for (const { handle, rule = "" } of rules) {
      const line = listing.split("\n").find((each) => each.includes(rule.replace(/ counter .*/, "")));
      expect(line, rule).toMatch(new RegExp(`# handle ${handle}$`));
    }
  });
});

describe("a monitor that runs", () => {
  test("gives its events while it runs, and its loss at the end", () => {
    const reader = nftTrace.reader();
    const bytes = new TextEncoder().encode(
      `${recording("netns/nft/redirect.trace.txt")}# ERROR: We lost some netlink events!\n`,
    );
    const items = [...bytes].flatMap((byte) => {
      reader.push(Uint8Array.of(byte));
      return reader.take();
    });
    expect(items).toHaveLength(15);
    expect(reader.end({ stderr: "", cut: true })).toMatchObject({
      ok: true,
      value: { count: 14, lost: true },
      warnings: [expect.stringContaining("gaps")],
    });
  });

  test("that is not permitted or not there is a failure", () => {
    const exit = { code: 1, stderr: "Error: Could not process rule: Operation not permitted", cut: false };
    expect(read(nftTrace, "", { exit })).toMatchObject({ failure: { reason: "notPermitted" } });
    expect(
      read(xtablesTrace, "", { exit: { code: 127, stderr: "ash: xtables-monitor: not found", cut: false } }),
    ).toMatchObject({ failure: { reason: "missing" } });
    expect(read(nftTrace, "nonsense\n", { exit: fine })).toMatchObject({
      ok: true,
      warnings: [expect.stringContaining("nonsense")],
    });
  });
});

test("a line of the kernel log in the middle of one of nft's", () => {
  const nft =
    'trace id 7781744f inet filter forward packet: iif "lan0" oif "wan0" ip saddr 192.168.1.10 ip daddr 203.0.113.10 ip protocol udp udp dport 7001';
  const next = "trace id 7781744f inet filter forward policy accept";
  const logged = [
    "[20585.577666] TRACE: filter:FORWARD:rule:1 IN=lan0 OUT=wan0 SRC=192.168.1.10 DST=203.0.113.10 PROTO=UDP SPT=4 DPT=7001",
    "4,28329,20604937281,-;TRACE: filter:FORWARD:rule:2 IN=lan0 OUT=wan0 SRC=192.168.1.10 DST=203.0.113.10 PROTO=UDP SPT=4 DPT=7001",
  ];
  const expected = [nft, next].flatMap((line) => readTraceText(line));
  const [first, second] = logged.map((line) => readTraceText(line)) as [TraceItem[], TraceItem[]];
  const check = (lines: readonly string[], ...items: readonly (readonly TraceItem[])[]) =>
    expect(readTraceText(lines.join("\n"))).toEqual(items.flat());
  expect(first.length * second.length).toBe(4);
  const [start, middle, end] = [nft.slice(0, 58), nft.slice(58, 90), nft.slice(90)];
  check([nft, next], expected);
  check([start + logged[0], middle + end, next], first, expected);
  check([start + logged[0], middle + logged[1], end, next], first, second, expected);
  check([start + logged[1], logged[0] as string, middle + end, next], second, first, expected);
  check([logged[0] as string, nft, logged[1] as string, next], first, expected.slice(0, 1), second, expected.slice(1));
});
