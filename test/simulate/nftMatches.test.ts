import { describe, expect, test } from "vitest";
import { type Around, run } from "./nftCases.js";
import type { Given } from "./passage.js";

/** Whether a comparison holds for a packet: `asks` where that cannot be known. */
type Holds = boolean | "asks";

function check(rule: string, cases: readonly (readonly [Given, Holds])[], around?: Around): void {
  test.each(cases.map(([given, holds], index) => [index, given, holds] as const))(`${rule} #%i`, (_, given, holds) => {
    const [outcome, packet] = run(`${rule} accept`, given, around);
    expect(packet.asked.length > 0 ? "asks" : outcome === "accept").toBe(holds);
  });
}

const tcp: Given = {};
const udp: Given = { headers: { protocol: 17 } };
const ping: Given = { headers: { protocol: 1 } };
const tcp6: Given = { saddr: "2001:db8::5" };
const flags = (tcpFlags: number): Given => ({ headers: { tcpFlags } });
const marked = (mark: number): Given => ({ meta: { mark } });
const random: Given = { headers: { sport: { from: 1024, to: 65535 } } };
const tracked = (connection: Given["connection"]): Given => ({ connection: connection ?? null });

describe("payload", () => {
  check("tcp dport 80", [
    [tcp, true],
    [udp, false],
    [tcp6, true],
    [{ headers: { dport: 81 } }, false],
    [{ headers: { fragment: { offset: 1480, more: false } } }, false],
    [{ headers: { fragment: { offset: 0, more: true } } }, true],
    [{ headers: { dport: undefined } }, "asks"],
  ]);
  check("tcp dport != 80", [
    [tcp, false],
    [udp, false],
    [{ headers: { dport: 81 } }, true],
  ]);
  check("tcp dport 1-100", [
    [tcp, true],
    [{ headers: { dport: 100 } }, true],
    [{ headers: { dport: 101 } }, false],
  ]);
  check("tcp dport >= 80 tcp dport < 81", [[tcp, true]]);
  check("tcp sport 22", [[random, false]]);
  check("tcp sport 2000", [[random, "asks"]]);
  check("tcp sport > 1000", [[random, true]]);
  check("tcp sport 1-1023", [[random, false]]);
  check("tcp sport != 22", [[random, true]]);
  check("tcp sport { 22, 80, 100-900 }", [[random, false]]);
  check("tcp sport { 22, 1024-65535 }", [[random, true]]);
  check("tcp sport { 22, 2000-65535 }", [[random, "asks"]]);
  check("ip saddr . tcp sport { 10.0.0.1 . 22, 10.0.0.1 . 1024-65535 }", [[random, true]]);
  check("ip saddr 10.0.0.0/24", [
    [tcp, true],
    [{ saddr: "10.0.1.0" }, false],
    [tcp6, false],
  ]);
  check("ip saddr & 255.0.0.255 == 10.0.0.1", [
    [tcp, true],
    [{ saddr: "10.9.9.1" }, true],
    [{ saddr: "10.9.9.2" }, false],
  ]);
  check("ip6 saddr 2001:db8::/32", [
    [tcp6, true],
    [{ saddr: "2001:db9::1" }, false],
    [tcp, false],
  ]);
  check("ip saddr 167772161", [[tcp, true]]);
  check("ip protocol tcp", [
    [tcp, true],
    [tcp6, false],
  ]);
  check("ip ttl < 65", [[tcp, true]]);
  check("ip dscp cs1", [
    [{ headers: { dscp: 8 } }, true],
    [tcp, false],
  ]);
  check("ip frag-off & 0x1fff != 0", [
    [tcp, false],
    [{ headers: { fragment: { offset: 8, more: false } } }, true],
    [{ headers: { df: undefined } }, false],
  ]);
  check("ether saddr 02:00:00:00:00:01 ", [[{ iif: null, oif: "eth1", hook: "postrouting" }, false]]);
  check("th dport 80", [
    [tcp, true],
    [udp, true],
    [ping, "asks"],
  ]);
  check("icmp type echo-request", [
    [ping, true],
    [tcp, false],
    [{ headers: { protocol: 1, icmpType: 0 } }, false],
  ]);
  check("icmp id 7", [
    [ping, true],
    [{ headers: { protocol: 1, icmpType: 3, icmpId: undefined } }, false],
  ]);
  check("icmpv6 type { nd-neighbor-solicit, echo-request }", [
    [{ headers: { family: "ipv6", protocol: 58 } }, true],
    [ping, false],
  ]);
  check("@th,16,16 80", [
    [tcp, true],
    [{ headers: { dport: 81 } }, false],
  ]);
  check("@nh,96,32 0x0a000001", [[tcp, true]]);
  check("ether saddr 02:00:00:00:00:01", [
    [tcp, true],
    [{ iif: "lo" }, false],
    [{ iif: null }, false],
  ]);
  check("vlan id 5", [[tcp, false]], { family: "bridge" });
  check(
    "ip saddr 10.0.0.1",
    [
      [tcp, true],
      [tcp6, false],
    ],
    { family: "bridge" },
  );
  check("udp length 40", [[udp, true]]);
});

describe("flags", () => {
  check("tcp flags syn", [
    [flags(2), true],
    [flags(0x12), true],
    [flags(0x10), false],
  ]);
  check("tcp flags syn,ack", [
    [flags(2), true],
    [flags(0x10), true],
    [flags(4), false],
  ]);
  check("tcp flags == syn", [
    [flags(2), true],
    [flags(0x12), false],
  ]);
  check("tcp flags != syn,ack", [
    [flags(0x12), false],
    [flags(2), true],
  ]);
  check("tcp flags ! syn", [
    [flags(2), false],
    [flags(0x10), true],
  ]);
  check("tcp flags syn / syn,ack", [
    [flags(2), true],
    [flags(0x12), false],
    [flags(0x22), true],
  ]);
  check("tcp flags != syn / syn,ack", [
    [flags(2), false],
    [flags(0x12), true],
  ]);
  check("tcp flags & (fin|syn|rst|ack) == syn", [
    [flags(2), true],
    [flags(0x12), false],
  ]);
  check("tcp flags & (syn|ack) syn,ack", [
    [flags(0x12), true],
    [flags(2), false],
  ]);
  check("tcp flags { syn }", [
    [flags(2), true],
    [flags(0x10), false],
    [flags(0x12), "asks"],
  ]);
  check("tcp flags { syn, syn|ack }", [
    [flags(2), true],
    [flags(0x12), true],
    [flags(0x1a), false],
  ]);
});

describe("connections", () => {
  check("ct state new,established", [
    [tcp, true],
    [tracked({ state: "established" }), true],
    [tracked({ state: "related" }), false],
    [tracked(null), false],
  ]);
  check("ct state invalid", [
    [tracked(null), true],
    [tracked({ state: "invalid" }), true],
    [tracked({ state: "untracked" }), false],
  ]);
  check("ct state { established, related }", [
    [tcp, false],
    [tracked({ state: "related" }), true],
  ]);
  check("ct state { new }", [[tcp, true]]);
  check("ct state != established", [
    [tcp, true],
    [tracked({ state: "established" }), false],
  ]);
  check("ct mark 0", [
    [tcp, true],
    [tracked(null), false],
    [tracked({ state: "untracked" }), false],
  ]);
  check("ct mark and 0xff == 0x10", [
    [tracked({ mark: 0x110 }), true],
    [tcp, false],
  ]);
  check("ct status dnat", [
    [tracked({ status: new Set(["dnat", "confirmed"]) }), true],
    [tcp, false],
  ]);
  check("ct direction original", [[tcp, true]]);
  check("ct original ip daddr 192.168.1.1", [
    [tcp, true],
    [{ daddr: "192.168.1.9" }, false],
  ]);
  check("ct original proto-dst 80", [[tcp, true]]);
  check("ct bytes > 1000", [
    [tcp, "asks"],
    [tracked({ bytes: { original: 900, reply: 200 } }), true],
  ]);
  check("ct expiration > 10s", [
    [tracked({ expiration: 30, confirmed: true }), true],
    [tracked({ expiration: 30, confirmed: false }), false],
    [tracked({ confirmed: true }), "asks"],
  ]);
  check("ct label 5", [
    [tracked({ labels: 1n << 5n }), true],
    [tcp, false],
  ]);
});

describe("meta", () => {
  check('iifname "eth0"', [
    [tcp, true],
    [{ iif: "eth1" }, false],
    [{ iif: null }, false],
  ]);
  check('iifname != "eth0"', [
    [tcp, false],
    [{ iif: null }, true],
  ]);
  check('iifname "eth*"', [
    [tcp, true],
    [{ iif: "wan0" }, false],
  ]);
  check('iifname { "eth*", "lo" }', [
    [tcp, true],
    [{ iif: "wan0" }, false],
  ]);
  check("iif eth0", [
    [tcp, true],
    [{ iif: "lo" }, false],
  ]);
  check("iif 2", [
    [tcp, true],
    [{ iif: "eth1" }, false],
  ]);
  check('oifname "eth1"', [
    [tcp, false],
    [{ oif: "eth1" }, true],
  ]);
  check("iiftype loopback", [
    [{ iif: "lo" }, true],
    [tcp, false],
    [{ iif: null }, false],
    [{ iif: null, oif: "lo", hook: "postrouting" }, true],
  ]);
  check("meta mark 0x10", [
    [marked(16), true],
    [tcp, false],
  ]);
  check("mark and 0xff00 == 0x100", [
    [marked(0x1f3), true],
    [marked(0x3f3), false],
  ]);
  check("meta mark & 0x80000000 != 0", [
    [marked(0x8000_0001), true],
    [marked(1), false],
  ]);
  check("meta mark >> 8 == 1", [[marked(0x1ff), true]]);
  check("meta mark != 0x10-0x20", [
    [marked(0x15), false],
    [marked(0x21), true],
  ]);
  check("meta l4proto { tcp, udp } th dport 80", [
    [tcp, true],
    [udp, true],
    [ping, false],
  ]);
  check("meta nfproto ipv6", [
    [tcp6, true],
    [tcp, false],
  ]);
  check("meta pkttype broadcast", [
    [tcp, false],
    [{ meta: { pktType: "broadcast" } }, true],
  ]);
  check("meta skuid 1000", [
    [tcp, false],
    [{ iif: null, hook: "output", meta: { uid: 1000 } }, true],
    [{ iif: null, hook: "output" }, "asks"],
  ]);
  check("meta skuid root", [[{ iif: null, hook: "output", meta: { uid: 0 } }, true]]);
  check("meta length 40-80", [[tcp, true]]);
  check("meta cpu 1", [[tcp, "asks"]]);
  check("tcp option maxseg size 1-500", [
    [tcp, false],
    [{ headers: { tcpMss: 400 } }, true],
  ]);
  check("tcp option maxseg missing", [
    [tcp, true],
    [udp, true],
    [{ headers: { tcpMss: 400 } }, false],
  ]);
  check("meta rtclassid 0", [
    [{ hook: "prerouting" }, false],
    [{ hook: "prerouting", iif: "lo" }, true],
    [tcp, true],
  ]);
  check("tcp option maxseg exists", [
    [tcp, false],
    [udp, false],
    [{ headers: { tcpMss: 400 } }, true],
  ]);
  check("exthdr frag exists", [
    [tcp6, false],
    [{ saddr: "2001:db8::5", headers: { fragment: { offset: 0, more: true } } }, true],
  ]);
});

describe("fib", () => {
  const local: Given["fib"] = () => ({ type: "local", oif: "eth0" });
  const unicast: Given["fib"] = () => ({ type: "unicast", oif: "eth1" });
  check("fib daddr type local", [
    [tcp, "asks"],
    [{ fib: local }, true],
    [{ fib: unicast }, false],
  ]);
  check("fib daddr . iif type local", [
    [{ fib: local }, true],
    [{ fib: ({ oif }) => ({ type: oif === "eth1" ? "unicast" : "local" }), iif: "eth1" }, false],
  ]);
  check("fib saddr . iif oif missing", [
    [{ fib: unicast }, true],
    [{ fib: unicast, iif: "eth1" }, false],
  ]);
  check("fib saddr . iif oif eq 0", [
    [{ fib: unicast }, true],
    [{ fib: unicast, iif: "eth1" }, false],
  ]);
  check("fib saddr oif exists", [
    [{ fib: local, hook: "input", iif: "lo" }, true],
    [{ fib: local, hook: "input" }, false],
  ]);
  check("fib daddr type unreachable", [
    [{ daddr: "2001:db8::9", fib: () => ({ type: "unicast" }) }, true],
    [{ fib: () => ({ type: "unicast" }) }, false],
  ]);
  check('fib saddr oif "eth1"', [[{ fib: unicast }, true]]);
});

describe("sets", () => {
  const ports: Around = { table: "set ports { type inet_service; flags interval; elements = { 22, 80-90 }\n}" };
  check(
    "tcp dport @ports",
    [
      [tcp, true],
      [{ headers: { dport: 23 } }, false],
      [{ headers: { dport: 90 } }, true],
    ],
    ports,
  );
  check("tcp dport != @ports", [[tcp, false]], ports);
  const hosts: Around = {
    table:
      "set hosts { type ipv4_addr . inet_service; flags interval; elements = { 10.0.0.0/24 . 80, 10.1.0.1 . 1-99 }\n}",
  };
  check(
    "ip saddr . tcp dport @hosts",
    [
      [tcp, true],
      [{ saddr: "10.1.0.1" }, true],
      [{ saddr: "10.1.0.2" }, false],
      [{ headers: { dport: 81 } }, false],
    ],
    hosts,
  );
  const timed: Around = {
    table: "set s { type ipv4_addr; timeout 1h; elements = { 10.0.0.1 expires 5s, 10.0.0.2 }\n}",
  };
  check(
    "ip saddr @s",
    [
      [{ now: 100 }, true],
      [tcp, true],
    ],
    timed,
  );
  check(
    "ip saddr @s",
    [
      [tcp, true],
      [{ saddr: "10.0.0.9" }, true],
    ],
    {
      table: "set s { type ipv4_addr; flags interval; elements = { * }\n}",
    },
  );
  check("ip saddr @s", [[tcp, "asks"]], { table: "set s { type ipv4_addr; elements = { www.example.org }\n}" });
  check(
    "ip saddr $lan",
    [
      [tcp, true],
      [{ saddr: "10.1.0.1" }, false],
    ],
    {
      file: "define a = 10.0.0.0/24\ndefine lan = { $a, 192.168.0.0/16 }",
    },
  );
  check("ip6 saddr { 2001:db8::/64, fd00::1 }", [
    [tcp6, true],
    [{ saddr: "fd00::2" }, false],
  ]);
  check("meta mark . iifname { 0 . eth0, 1 . eth1 }", [
    [tcp, true],
    [marked(1), false],
  ]);
  check("ip saddr . ip daddr { 10.0.0.1 . 192.168.1.1 }", [[tcp, true]]);
  check("ip saddr . th dport { 10.0.0.1 . 80, 10.0.0.1 . 90-99 }", [
    [{ headers: { protocol: 47 } }, "asks"],
    [{ saddr: "10.0.0.2", headers: { protocol: 47 } }, false],
  ]);
});
