import { describe, expect, test } from "vitest";
import type { Packet } from "../../netfilter/packet/packet.js";
import { readEntryLine } from "../../netfilter/simulate/entryJson.js";
import { Router } from "../../netfilter/simulate/router.js";
import type { ConntrackEntry, RouterState } from "../../netfilter/simulate/state.js";
import { countersIn, simulatedCounters } from "./recorded/counters.js";
import { entryText, recordedEntries, recordedEvents } from "./recorded/entries.js";
import { labState, loaded, recorded, recordedLines } from "./recorded/lab.js";
import { Positions, simulatedLines, tellerLines } from "./recorded/lines.js";
import { endOf, packetsOf, play, simulatedEnd, tracesIn } from "./recorded/play.js";
import { dumpedIn, outLine, simulatedOut } from "./recorded/tcpdump.js";
import { address, endText } from "./world.js";

const incidents = "incidents";

/** What tcpdump saw coming in, and in the form of lines what it saw going out. */
function dump(path: string, isOwn?: (source: string) => boolean) {
  const dumped = dumpedIn(recorded(path), isOwn);
  const came = dumped.flatMap(({ way, packet }) => (way === "In" ? [packet] : []));
  const left = dumped.flatMap(({ way, iface, packet }) => (way === "Out" ? [outLine(iface, packet)] : []));
  return { dumped, came, left };
}

describe("a: a mark that is not saved", () => {
  const folder = `${incidents}/a_mark_mismatch`;
  const rules = loaded(recorded(`${folder}/rules.ipt`), "iptables");
  const state = (loose: string) =>
    labState({ marks: true, sysctls: { "net.netfilter.nf_conntrack_tcp_loose": loose } });
  const changed = /outgoing interface changed/;

  const check = (name: string) => {
    const { came, left } = dump(`${folder}/${name}.tcpdump.txt`);
    const played = play(new Router([rules], state("1")), came);
    expect(played.all.flatMap(simulatedOut)).toEqual(left);
    expect(played.events).toEqual(recordedEvents(`${folder}/${name}.ct_events.txt`));
    const counters = countersIn(recorded(`${folder}/${name}.mangle_counters.txt`));
    expect(simulatedCounters(played.all, rules, "mangle")).toEqual(counters);
    const killed = played.all.filter(({ disposition }) => changed.test(endText(disposition)));
    expect(killed.map(({ packet }) => packet.tcpFlags)).toEqual([16, 16, 16, 16]);
  };
  test("in loose mode it limps on: iptables-nft", () => check("nft"));
  test("in loose mode it limps on: iptables-legacy", () => check("legacy"));

  test("the death is foretold of the entry as conntrack showed it", () => {
    const line = recordedLines(`${folder}/nft.ct_events.txt`).find((one) => one.includes("SYN_RECV"));
    const { came } = dump(`${folder}/nft.tcpdump.txt`);
    const router = new Router([rules], { ...state("1"), conntrack: [listedEntry(line)] });
    const ack = router.whatIf(came[2] as Packet);
    expect(endText(ack.disposition)).toMatch(changed);
    expect(ack.assumptions.filter((one) => one.includes("masqueraded for wan2"))).toHaveLength(1);
  });

  test("without loose mode it is over: every rule of every packet", () => {
    const text = `${recorded(`${folder}/rules.ipt`)}*raw\n-A PREROUTING -s 192.168.1.11/32 -p tcp -j TRACE\n-A PREROUTING -p tcp -m tcp --sport 80 -j TRACE\nCOMMIT\n`;
    const traced = loaded(text, "iptables");
    const seen = tracesIn(recorded(`${folder}/loose0.xtmon.txt`));
    const played = play(new Router([traced], state("0")), packetsOf(seen));
    const positions = new Positions(text);
    expect(played.traces.map((one) => simulatedLines(one, traced, "xtables"))).toEqual(
      seen.map((one) => tellerLines(one, "xtables", positions)),
    );
    expect(played.events).toEqual(recordedEvents(`${folder}/loose0.ct_events.txt`));
    const [syn, answer, ack, data, reset] = played.traces.map(({ disposition }) => endText(disposition));
    expect(ack).toMatch(changed);
    expect([syn, answer, data, reset]).toEqual([
      "SENT wan2 via 10.0.2.1",
      "SENT lan0",
      "SENT wan2 via 10.0.2.1",
      "SENT lan0",
    ]);
    expect(play(new Router([rules], state("0")), packetsOf(seen)).all.flatMap(simulatedOut)).toEqual(
      dump(`${folder}/loose0.tcpdump.txt`).left,
    );
  });
});

test("b: a SYN that INPUT drops or rejects leaves no entry", () => {
  const folder = `${incidents}/b_syn_dropped_in_input`;
  const text = recorded(`${folder}/rules.nft`);
  const rules = loaded(text, "nftables");
  const seen = tracesIn(recorded(`${folder}/trace.txt`));
  const played = play(new Router([rules], labState()), packetsOf(seen));
  expect(played.traces.map((one) => simulatedLines(one, rules, "nft"))).toEqual(
    seen.map((one) => tellerLines(one, "nft", new Positions(bare(text)))),
  );
  expect(played.traces.map(simulatedEnd)).toEqual(seen.map(endOf));
  expect(played.events).toEqual(recordedEvents(`${folder}/ct_events.txt`));
  const { left } = dump(`${folder}/tcpdump.txt`, (source) => source === "192.168.1.1");
  const sent = played.all.flatMap((one) => [one, ...one.caused]).flatMap(simulatedOut);
  expect(sent).toEqual(left);
});

/** The rules as a listing has them: what stands on a chain's first line is left out. */
function bare(text: string): string {
  return text.replaceAll(/(chain \w+ \{) type [^;]*; (?:policy \w+;)? */g, "$1\n");
}

describe("c: the table is full", () => {
  const folder = `${incidents}/c_table_full`;
  const watched = "table ip f { chain w { type filter hook forward priority 0; ct state new counter\n} }";
  const full = (assured: boolean): RouterState => {
    const conntrack = Array.from({ length: 20 }, (_, index) => filler(index, assured));
    return { ...labState({ sysctls: { "net.netfilter.nf_conntrack_max": "20" } }), conntrack };
  };

  test("of assured connections: what is new is dropped at the lookup", () => {
    const { came } = dump(`${folder}/tcpdump.txt`);
    const played = play(new Router([loaded(watched, "nftables")], full(true)), came);
    expect(came).toHaveLength(recordedLines(`${folder}/dmesg.txt`).length);
    expect(played.all.flatMap(simulatedOut)).toEqual([]);
    expect(played.events).toEqual(recordedEvents(`${folder}/ct_events.txt`));
    for (const { disposition } of played.traces)
      expect(endText(disposition)).toMatch(/^DROPPED conntrack: the table is full/);
  });

  test("of others: the kernel made room each time, which a simulation leaves open", () => {
    const made = recordedEvents(`${folder}/early_ct_events.txt`);
    const router = new Router([loaded(watched, "nftables")], full(false));
    const ends = made.map((_, index) => endText(router.send(question(43001 + index)).disposition));
    for (const end of ends) expect(end).toMatch(/^UNKNOWN .*early drop/);
    const empty = play(
      new Router([loaded(watched, "nftables")], labState()),
      made.map((_, index) => question(43001 + index)),
    );
    expect(empty.events).toEqual(made);
  });
});

function question(sport: number): Packet {
  return {
    iif: "lan0",
    saddr: address("192.168.1.10"),
    daddr: address("203.0.113.10"),
    protocol: 17,
    sport,
    dport: 53,
    ttl: 64,
  };
}

function filler(index: number, assured: boolean): ConntrackEntry {
  const [client, server] = [address("100.64.0.1"), address("198.18.0.1")];
  const port = 1024 + index;
  return {
    original: { saddr: client, daddr: server, protocol: 6, sport: port, dport: 80 },
    reply: { saddr: server, daddr: client, protocol: 6, sport: 80, dport: port },
    status: ["seen-reply", "confirmed", ...(assured ? (["assured"] as const) : [])],
    mark: 0,
    state: "ESTABLISHED",
    timeout: 432000,
  };
}

describe("d: a redirected connection whose port a program on a queue changes", () => {
  const folder = `${incidents}/d_redirect_nfqueue`;
  const text = recorded(`${folder}/rules.ipt`);
  const rules = loaded(text, "iptables");

  const programs = {
    bad: (_: string, packet: Packet) => (packet.dport === 3128 ? { ...packet, dport: 3129 } : packet),
    good: (_: string, packet: Packet) => packet,
    noprogram: () => undefined,
  } as const;

  const check = (name: keyof typeof programs) => {
    const seen = tracesIn(recorded(`${folder}/${name}.xtmon.txt`));
    const router = new Router([rules], labState());
    const played = play(router, packetsOf(seen), { queue: programs[name], listening: [3128, 3129] });
    const positions = new Positions(text);
    expect(played.traces.map((one) => simulatedLines(one, rules, "xtables"))).toEqual(
      seen.map((one) => tellerLines(one, "xtables", positions)),
    );
    expect(played.events).toEqual(recordedEvents(`${folder}/${name}.ct_events.txt`));
    const { left } = dump(`${folder}/${name}.tcpdump.txt`, (source) => source !== "192.168.1.10");
    expect(played.all.flatMap(simulatedOut)).toEqual(left);
    return { played, router };
  };

  test("changed: the answer goes out untranslated, the entry stays unreplied", () => {
    const { played, router } = check("bad");
    expect(played.traces[0]?.last.dport).toBe(3129);
    expect(router.entries().map(entryText)).toEqual(recordedEntries(`${folder}/bad.ct_list.txt`));
  });
  test("unchanged: it works", () => {
    const { router } = check("good");
    expect(router.entries().map(entryText)).toEqual(recordedEntries(`${folder}/good.ct_list.txt`));
  });
  test("no program: the packet is gone, and nothing is left of it", () => {
    const { played, router } = check("noprogram");
    for (const { disposition } of played.traces) expect(disposition.end).toBe("dropped");
    expect(router.entries()).toEqual([]);
  });
});

test("e: entries outlive a shorter timeout, and a packet of their own brings it", () => {
  const listed = recordedLines(`${incidents}/e_long_established/list_after_sysctl.txt`).map(listedEntry);
  const sysctls = {
    "net.netfilter.nf_conntrack_max": String(listed.length),
    "net.netfilter.nf_conntrack_tcp_timeout_established": "600",
  };
  const watched = loaded(
    "table ip f { chain w { type filter hook forward priority 0; ct state new counter\n} }",
    "nftables",
  );
  const router = new Router([watched], { ...labState({ sysctls }), conntrack: listed });
  router.elapse(1000);
  expect(router.entries().map(({ timeout }) => timeout)).toEqual(listed.map(({ timeout = 0 }) => timeout - 1000));
  expect(endText(router.send(question(45001)).disposition)).toMatch(/^DROPPED conntrack: the table is full/);
  const [first] = listed;
  if (!first) throw new Error("The listing is empty.");
  const { saddr, daddr, sport, dport } = first.original;
  const ack: Packet = {
    iif: "lan0",
    saddr,
    daddr,
    protocol: 6,
    sport: Number(sport),
    dport: Number(dport),
    tcpFlags: 16,
    ttl: 64,
  };
  const { disposition, entry } = router.send(ack);
  expect([endText(disposition), entry?.timeout]).toEqual(["SENT wan1 via 10.0.1.1", 600]);
});

/** An entry as a router's owner has it: from what conntrack printed. */
function listedEntry(line = ""): ConntrackEntry {
  const entry = readEntryLine(line);
  if (!entry) throw new Error(`no conntrack entry: ${line}`);
  return entry;
}
