import { describe, expect, test } from "vitest";
import type { NatRequest } from "../../netfilter/simulate/context.js";
import { type Around, chainOf, load, outcomeText, run } from "./nftCases.js";
import { address, type Given, passage } from "./passage.js";

/** A rule's outcome and what it changed. */
function check(
  rule: string,
  given: Given,
  outcome: string | undefined,
  changes: readonly string[] = [],
  around?: Around,
) {
  test(rule, () => {
    const [got, packet] = run(rule, given, around);
    expect([got, packet.changes]).toEqual([outcome, changes]);
  });
}

describe("verdicts", () => {
  check("accept", {}, "accept");
  check("drop", {}, "drop");
  check("return", {}, "return");
  check("continue", {}, "continue");
  check("counter", {}, "continue");
  check("jump other", {}, "jump other");
  check("goto $there", {}, "goto other", [], { file: "define there = other" });
  check("jump { accept\n}", {}, "jump ");
  check("tcp dport vmap { 22 : drop, 80 : jump other, * : accept }", {}, "jump other");
  check("tcp dport vmap { 22 : drop, * : accept }", {}, "accept");
  check("tcp dport vmap { 22 : drop }", {}, undefined);
  check("ip saddr . tcp dport vmap { 10.0.0.0/8 . 80 : drop }", {}, "drop");
  check("ct state vmap { established : accept, related : accept, invalid : drop, new : goto other }", {}, "goto other");
  check("iifname vmap @v", {}, "drop", [], {
    table: 'map v { type ifname : verdict; elements = { "eth0" : drop, "lo" : accept }\n}',
  });
  check("queue", {}, "queue 0-0");
  check("queue num 1-3 bypass", {}, "queue 1-3 bypass");
  check("tcp dport 22 drop", {}, undefined);
});

describe("reject", () => {
  const six: Given = { saddr: "2001:db8::1" };
  check("reject", {}, "reject 3/3");
  check("reject ", six, "reject 1/4");
  check("reject with tcp reset", {}, "reject reset");
  check("reject with tcp reset ", { headers: { protocol: 17 } }, undefined);
  check("reject with icmp type host-unreachable", {}, "reject 3/1");
  check("reject with icmp type host-unreachable ", six, undefined);
  check("reject with icmpv6 type no-route", six, "reject 1/0");
  check("reject with icmpx type admin-prohibited", {}, "reject 3/13");
  check("reject with icmpx type admin-prohibited ", six, "reject 1/1");
});

describe("changes", () => {
  const marked: Given = { meta: { mark: 0x1234 }, connection: { mark: 0x5600 } };
  check("meta mark set 0x10", {}, "continue", ["meta mark 0x00000000 -> 0x00000010"]);
  check("meta mark set meta mark and 0xff00 or 0x1 accept", marked, "accept", ["meta mark 0x00001234 -> 0x00001201"]);
  check("meta mark set ct mark", marked, "continue", ["meta mark 0x00001234 -> 0x00005600"]);
  check("ct mark set meta mark", marked, "continue", ["ct mark 0x00005600 -> 0x00001234"]);
  check("ct mark set 1 accept", { connection: null }, "accept");
  check("meta mark set ct mark ", { connection: null }, undefined);
  check("meta mark set ip saddr map { 10.0.0.0/24 : 7 }", {}, "continue", ["meta mark 0x00000000 -> 0x00000007"]);
  check("meta mark set ip saddr map { 10.0.1.0/24 : 7 } accept", {}, undefined);
  check("meta mark set tcp dport map @m", {}, "continue", ["meta mark 0x00000000 -> 0x00000050"], {
    table: "map m { type inet_service : mark; elements = { 80 : 0x50 }\n}",
  });
  check("meta mark set jhash ip saddr . tcp dport mod 1000 seed 5", {}, "continue", [
    "meta mark 0x00000000 -> 0x0000021a",
  ]);
  check("meta mark set jhash tcp dport mod 1 offset 4", {}, "continue", ["meta mark 0x00000000 -> 0x00000004"]);
  check("ip dscp set cs1", {}, "continue", ["ip dscp cs0 -> cs1"]);
  check("ip dscp set cs1 ", { saddr: "2001:db8::1" }, undefined);
  check("ip ttl set 5", {}, "continue", ["ip ttl 64 -> 5"]);
  check("tcp dport set 8080", {}, "continue", ["tcp dport 80 -> 8080"]);
  check("ip daddr set 10.9.9.9", {}, "continue", ["ip daddr 192.168.1.1 -> 10.9.9.9"]);
  check("ether saddr set 00:11:22:33:44:55", {}, "continue", ["ether saddr 02:00:00:00:00:01 -> 00:11:22:33:44:55"]);
  check("tcp option maxseg size set 1000", { headers: { tcpMss: 1460 } }, "continue", [
    "tcp option maxseg size 1460 -> 1000",
  ]);
  check("tcp option maxseg size set 2000", { headers: { tcpMss: 1460 } }, "continue");
  check("tcp option maxseg size set 1000 accept", { headers: { protocol: 17 } }, undefined);
  check("meta priority set 1:10", {}, "continue", ["meta priority 0:0 -> 1:10"]);
  check("ct label set 3", {}, "continue", ["ct label 0 -> 8"]);
  check('ct helper set "h" accept', { headers: { protocol: 17 } }, "accept", [], {
    table: 'ct helper h { type "ftp" protocol tcp; }',
  });
  check('ct helper set "h"', {}, "continue", ["ct helper  -> ftp"], {
    table: 'ct helper h { type "ftp" protocol tcp; }',
  });
});

describe("translation", () => {
  function asks(rule: string, request: NatRequest | undefined, given: Given = {}, around: Around = { family: "ip" }) {
    test(rule, () => {
      const [outcome, packet] = run(rule, given, around);
      expect([outcome === "accept", packet.requests]).toEqual([request !== undefined, request ? [request] : []]);
    });
  }
  const to = (text: string, last = text) => ({ address: { from: address(text), to: address(last) } });
  const port = (from: number, last = from) => ({ port: { from, to: last } });
  asks("dnat to 10.0.0.2", { kind: "destination", ...to("10.0.0.2") });
  asks("tcp dport 80 dnat to 10.0.0.2:8080", { kind: "destination", ...to("10.0.0.2"), ...port(8080) });
  asks("tcp dport 80 dnat to 10.0.0.2-10.0.0.9:1-99 persistent", {
    kind: "destination",
    ...to("10.0.0.2", "10.0.0.9"),
    ...port(1, 99),
    persistent: true,
  });
  asks("snat to 10.0.0.0/24", { kind: "source", ...to("10.0.0.0", "10.0.0.255") });
  asks("snat ip prefix to ip saddr map { 10.0.0.0/24 : 192.168.0.0/24 }", {
    kind: "source",
    netmap: true,
    ...to("192.168.0.0", "192.168.0.255"),
  });
  asks("dnat ip addr . port to tcp dport map { 80 : 10.0.0.2 . 8080 }", {
    kind: "destination",
    ...to("10.0.0.2"),
    ...port(8080),
  });
  asks("dnat to tcp dport map { 80 : 10.0.0.3 }", { kind: "destination", ...to("10.0.0.3") });
  asks("dnat to tcp dport map { 22 : 10.0.0.3 }", undefined);
  asks("masquerade fully-random", { kind: "source", own: true, masquerade: true, fullyRandom: true });
  asks("meta l4proto tcp masquerade to :1024-2000", {
    kind: "source",
    own: true,
    masquerade: true,
    ...port(1024, 2000),
  });
  asks("tcp dport 80 redirect to :8080", { kind: "destination", own: true, ...port(8080) });
  asks("tcp dport 80 redirect to :tcp dport map { 80 : 8081 }", { kind: "destination", own: true, ...port(8081) });
  test("a packet of the other IP passes by", () => {
    expect(run("dnat ip6 to fd00::1", {}, { family: "inet" })[0]).toBe("continue");
    expect(run("dnat ip6 to tcp dport map { 22 : fd00::1 }", {}, { family: "inet" })[0]).toBe(undefined);
  });
  asks("dnat ip6 to [fd00::1]", { kind: "destination", ...to("fd00::1") }, { saddr: "fd00::9" }, { family: "inet" });
});

describe("other statements", () => {
  test("notrack asks before the lookup only", () => {
    expect(run("notrack", { connection: null })[1].untracked.yes).toBe(true);
    expect(run("notrack")[1].untracked.yes).toBe(false);
  });
  test("a zone is a template's", () => {
    expect(run("ct zone set 5", { connection: null })[1].templates).toEqual([{ zone: 5 }]);
  });
  test("a template looks like a new connection until the lookup", () => {
    const [outcome, packet] = run("ct zone set 5 notrack ct state new accept", { connection: null });
    expect([outcome, packet.untracked.yes]).toEqual(["accept", false]);
    expect(run("ct zone set 5 ct mark 0 accept", { connection: null })[0]).toBe(undefined);
  });
  test("a copy goes elsewhere", () => {
    const [outcome, packet] = run('dup to 10.0.0.9 device "eth1"', {}, { family: "ip" });
    expect([outcome, packet.copies]).toEqual(["continue", [{ address: address("10.0.0.9"), device: "eth1" }]]);
  });
  test("what is handed over leaves by the device", () => {
    const [outcome, packet] = run('fwd to "eth1"', {}, { family: "netdev" });
    expect([outcome, packet.copies]).toEqual(["stolen", [{ device: "eth1" }]]);
  });
  check("synproxy mss 1460", { headers: { tcpFlags: 2 } }, "stolen");
  check("synproxy mss 1460 ", { headers: { tcpFlags: 1 } }, "continue");
  check("limit rate 10/second accept", {}, "accept");
  check("limit rate over 10/second drop", {}, undefined);
  check("limit rate 10/second accept", { limits: "over" }, undefined);
  check("limit rate over 10/second drop", { limits: "over" }, "drop");
  check("ct count over 5 drop", { limits: "over" }, "drop");
  check("ct count over 5 drop", {}, undefined);
  check("ct count 5 accept", {}, "accept");
  check("tcp dport 80 tproxy ip to 127.0.0.1:50080 meta mark set 1 accept", {}, "accept", [
    "socket  -> 127.0.0.1:50080",
    "meta mark 0x00000000 -> 0x00000001",
  ]);
});

describe("what stays between packets", () => {
  /** Packets through chain `c` one after the other. */
  function follow(text: string, packets: readonly Given[]): (string | undefined)[] {
    const loaded = load(text);
    const [rule] = loaded.program.rulesOf(chainOf(loaded, "c"));
    return packets.map((given) => outcomeText(rule?.run(passage(given))));
  }
  const from = (saddr: string, now = 0): Given => ({ saddr, now });
  const table = (content: string, rule: string) => `table ip t {\n${content}\nchain c {\n${rule}\n}\n}\n`;

  test.each([
    ["quota", table("", "quota 100 bytes accept"), [{}, {}], ["accept", undefined]],
    ["quota over", table("", "quota over 100 bytes drop"), [{}, {}], [undefined, "drop"]],
    ["quota used up", table("", "quota 100 bytes used 100 bytes accept"), [{}], [undefined]],
    ["quota object", table("quota q { over 100 bytes }", 'quota name "q" drop'), [{}, {}], [undefined, "drop"]],
    [
      "quota objects by a map",
      table(
        'quota q { over 100 bytes }\nmap m { type inet_service : quota; elements = { 80 : "q" }\n}',
        "quota name tcp dport map @m drop",
      ),
      [{}, { headers: { dport: 81 } }, {}],
      [undefined, undefined, "drop"],
    ],
    [
      "full set",
      table("set s { type ipv4_addr; flags dynamic; size 1\n}", "add @s { ip saddr } accept"),
      [from("10.0.0.1"), from("10.0.0.2"), from("10.0.0.1")],
      ["accept", undefined, "accept"],
    ],
    [
      "delete",
      table(
        "set s { type ipv4_addr; flags dynamic; elements = { 10.0.0.1 }\n}",
        "ip saddr @s delete @s { ip saddr } accept",
      ),
      [from("10.0.0.1"), from("10.0.0.1")],
      ["accept", undefined],
    ],
    [
      "quota of an element",
      table("set s { type ipv4_addr; flags dynamic\n}", "add @s { ip saddr quota over 100 bytes } drop"),
      [from("10.0.0.1"), from("10.0.0.2"), from("10.0.0.1")],
      [undefined, undefined, "drop"],
    ],
    ["numgen", table("", "numgen inc mod 2 vmap { 0 : accept, 1 : drop }"), [{}, {}, {}], ["accept", "drop", "accept"]],
  ] as const)("%s", (_, text, packets, outcomes) => {
    expect(follow(text, packets)).toEqual(outcomes);
  });

  test("timeouts run out, and an update makes them start anew", () => {
    const text = `table ip t {
      set s { type ipv4_addr; flags dynamic, timeout; timeout 10s
      }
      chain c {
        tcp dport 1 update @s { ip saddr } accept
        ip saddr @s accept
      }
    }
    `;
    const loaded = load(text);
    const [update, lookup] = loaded.program.rulesOf(chainOf(loaded, "c"));
    const at = (now: number, dport: number) => passage({ now, headers: { dport } });
    update?.run(at(0, 1));
    update?.run(at(5, 1));
    expect([lookup?.run(at(14, 2)), lookup?.run(at(15, 2))]).toEqual(["accept", undefined]);
  });

  test("elements of the file run out, counted from the first packet", () => {
    const set = "set s { type ipv4_addr; timeout 1h; elements = { 10.0.0.1 expires 5s, 10.0.0.2 }\n}";
    const packets = [from("10.0.0.1", 100), from("10.0.0.1", 105), from("10.0.0.2", 105), from("10.0.0.2", 3700)];
    expect(follow(table(set, "ip saddr @s accept"), packets)).toEqual(["accept", undefined, "accept", undefined]);
  });

  test("a snapshot puts everything back", () => {
    const set = "set s { type ipv4_addr; flags dynamic\n}";
    const loaded = load(table(set, "ip saddr @s accept\nadd @s { ip saddr } quota 100 bytes drop"));
    const [lookup, add] = loaded.program.rulesOf(chainOf(loaded, "c"));
    const both = () => [lookup?.run(passage()), add?.run(passage())];
    const restore = loaded.program.snapshot();
    expect([both(), both()]).toEqual([
      [undefined, "drop"],
      ["accept", undefined],
    ]);
    restore();
    expect(both()).toEqual([undefined, "drop"]);
  });
});
