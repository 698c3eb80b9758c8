import { expect, test } from "vitest";
import { readState } from "../../netfilter/simulate/stateJson.js";
import { entryJson } from "../../netfilter/simulate/traceJson.js";
import { type FieldProblem, pathText } from "../../netfilter/text/fields.js";

function read(value: unknown) {
  const problems: FieldProblem[] = [];
  const state = readState(value, problems);
  return { state, problems: problems.map(({ path, message }) => `${pathText(path)}: ${message}`) };
}

test("whether limits are exceeded, as one of two words", () => {
  expect(read({ limits: "over" })).toEqual({ state: { limits: "over" }, problems: [] });
  expect(read({ limits: "full" }).problems).toEqual(['limits: limits is one of under, over, not "full"']);
});

test("interfaces as `ip -j addr` prints them", () => {
  const { state, problems } = read({
    interfaces: [
      {
        ifindex: 3,
        link: "e1",
        ifname: "e0",
        flags: ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"],
        mtu: 1500,
        qdisc: "noqueue",
        master: "br0",
        group: "default",
        link_type: "ether",
        address: "32:e4:9a:1f:46:d2",
        addr_info: [{ family: "inet", local: "10.0.0.1", prefixlen: 24, scope: "global", label: "e0" }],
      },
      { ifname: "br0", flags: ["BROADCAST"], link_type: "ether", linkinfo: { info_kind: "bridge" }, addr_info: [] },
    ],
  });
  expect(problems).toEqual([]);
  expect(state?.interfaces).toEqual([
    {
      name: "e0",
      index: 3,
      type: "ether",
      up: true,
      mtu: 1500,
      mac: 0x32e49a1f46d2,
      master: "br0",
      addresses: [{ family: "ipv4", value: 0x0a000001n, prefixLength: 24, scope: "global" }],
    },
    { name: "br0", index: 0, type: "bridge", up: false, addresses: [] },
  ]);
});

test("routes as `ip -j route show table all` prints them", () => {
  const { state, problems } = read({
    routes: [
      { dst: "default", gateway: "10.0.0.2", dev: "e0", table: "101", flags: [] },
      { dst: "10.8.0.0/16", flags: [], nexthops: [{ gateway: "10.0.0.3", dev: "e0", weight: 2 }, { dev: "e1" }] },
      { type: "blackhole", dst: "10.9.0.0/16", flags: [] },
      { type: "local", dst: "10.0.0.1", dev: "e0", table: "local", prefsrc: "10.0.0.1" },
    ],
    routes6: [{ dst: "default", dev: "ppp0", metric: 1024 }],
    tables: { uplink: 7 },
  });
  expect(problems).toEqual([]);
  const via = (value: bigint) => ({ family: "ipv4", value });
  expect(state?.routes).toEqual([
    {
      family: "ipv4",
      table: 101,
      type: "unicast",
      destination: 0n,
      prefixLength: 0,
      hops: [{ dev: "e0", via: via(0x0a000002n) }],
    },
    {
      family: "ipv4",
      table: 254,
      type: "unicast",
      destination: 0x0a080000n,
      prefixLength: 16,
      hops: [{ dev: "e0", via: via(0x0a000003n), weight: 2 }, { dev: "e1" }],
    },
    { family: "ipv4", table: 254, type: "blackhole", destination: 0x0a090000n, prefixLength: 16, hops: [] },
    {
      family: "ipv4",
      table: 255,
      type: "local",
      destination: 0x0a000001n,
      prefixLength: 32,
      hops: [{ dev: "e0" }],
      source: 0x0a000001n,
    },
    {
      family: "ipv6",
      table: 254,
      type: "unicast",
      destination: 0n,
      prefixLength: 0,
      hops: [{ dev: "ppp0" }],
      metric: 1024,
    },
  ]);
});

test("rules as `ip -j rule` prints them", () => {
  const { state, problems } = read({
    rules: [
      { priority: 0, src: "all", table: "local" },
      { priority: 1, src: "all", goto: 32766 },
      { priority: 2, src: "all", uid_start: 0, uid_end: 99, table: "main", suppress_prefixlen: 0 },
      { priority: 3, not: null, src: "10.2.0.0", srclen: 16, action: "prohibit" },
      { priority: 4, src: "10.1.0.0", srclen: 16, dst: "1.2.3.4", iif: "lo", ipproto: "tcp", dport: 80, table: "101" },
      { priority: 5, src: "all", fwmark: "0x30", fwmask: "0xff", table: "up" },
    ],
    tables: { up: 7 },
  });
  expect(problems).toEqual([]);
  expect(state?.rules?.map(({ family: _, ...rule }) => rule)).toEqual([
    { priority: 0, action: { do: "lookup", table: 255 } },
    { priority: 1, action: { do: "goto", priority: 32766 } },
    { priority: 2, uids: [0, 99], action: { do: "lookup", table: 254, suppressPrefixLength: 0 } },
    { priority: 3, not: true, from: { value: 0x0a020000n, prefixLength: 16 }, action: { do: "prohibit" } },
    {
      priority: 4,
      from: { value: 0x0a010000n, prefixLength: 16 },
      to: { value: 0x01020304n, prefixLength: 32 },
      iif: "lo",
      protocol: 6,
      dport: [80, 80],
      action: { do: "lookup", table: 101 },
    },
    { priority: 5, mark: 0x30, mask: 0xff, action: { do: "lookup", table: 7 } },
  ]);
});

test("connections as lines, as one text, as objects; sysctls as text", () => {
  const line =
    "tcp      6 431999 ESTABLISHED src=192.168.1.11 dst=203.0.113.10 sport=39201 dport=80 src=203.0.113.10 dst=10.0.2.2 sport=80 dport=39201 [ASSURED] mark=48 use=1";
  const ping =
    "icmp     1 29 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=7 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=7 mark=0 zone=3 use=1";
  const { state, problems } = read({
    conntrack: `${line}\n${ping}\n`,
    sysctls: "net.ipv4.ip_forward = 1\nnet.a.b = x y\n",
  });
  expect(problems).toEqual([]);
  expect(state?.sysctls).toEqual({ "net.ipv4.ip_forward": "1", "net.a.b": "x y" });
  const entries = state?.conntrack?.map(entryJson) ?? [];
  expect(entries).toMatchObject([
    {
      protocol: 6,
      original: { sport: 39201 },
      reply: { daddr: "10.0.2.2" },
      state: "ESTABLISHED",
      timeout: 431999,
      mark: 48,
      status: ["confirmed", "seen-reply", "assured", "snat"],
    },
    {
      protocol: 1,
      original: { icmpType: 8, icmpId: 7 },
      reply: { icmpType: 0 },
      zone: 3,
      timeout: 29,
      status: ["confirmed"],
    },
  ]);
  expect(read({ conntrack: [line, ping] }).state?.conntrack).toEqual(state?.conntrack);
  expect(read({ conntrack: entries }).state?.conntrack).toEqual(state?.conntrack);
});

test("what is wrong is said", () => {
  const check = (value: unknown, ...expected: string[]) => expect(read(value).problems).toEqual(expected);
  check(7, ": a state is an object with named fields, not the number 7");
  check({ route: [] }, "route: a state has no field route: did you mean routes?");
  check({ routes: [{ dst: "x", dev: "e" }] }, 'routes[0].dst: dst is a network such as 10.0.0.0/8 or default, not "x"');
  check(
    { routes: [{ dst: "default", dev: "e", table: "up" }] },
    'routes[0].table: what number is table up? Say it in the state: "tables": {"up": 100}',
  );
  check({ rules: [{ src: "all" }] }, "rules[0]: a rule of ip rule needs priority and a table, goto or action");
  check({ interfaces: [{ name: "e" }] }, "interfaces[0]: an interface needs ifname, as `ip -j addr` prints it");
  check({ conntrack: ["tcp"] }, "conntrack[0]: not a line of conntrack -L: tcp");
  check({ kernel: "new" }, 'kernel: kernel is a release such as 6.1.0, not "new"');
});
