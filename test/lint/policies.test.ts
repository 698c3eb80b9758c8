import { describe, expect, test } from "vitest";
import { found } from "./flow.js";

// Lints about chains that drop by policy: what may be accepted, by any means, keeps them quiet.

type Row = readonly [name: string, rules: readonly string[], expected: readonly string[]];

const established = "ct state established,related accept";
const lo = "iif lo accept";
const ssh = "tcp dport 22 accept";
const icmpv6 = "meta l4proto ipv6-icmp accept";
const told = ["policy drop"];

/** An nftables file whose chain at `hook` drops by policy; rules that begin with `table` or `chain` stand outside of it. */
function dropping(hook: string, rules: readonly string[], family = "inet"): string {
  const isOutside = (rule: string) => /^(chain|map|set)\b/.test(rule);
  const inside = rules.filter((rule) => !isOutside(rule));
  const chain = ["chain c {", `type filter hook ${hook} priority filter; policy drop;`, ...inside, "}"];
  return [`table ${family} t {`, ...rules.filter(isOutside), ...chain, "}", ""].join("\n");
}

function check(id: string, rows: readonly Row[], hook = "input", family = "inet"): void {
  test.each(rows)("%s", (_, rules, expected) => {
    const places = found(id, "nftables", dropping(hook, rules, family)).map((place) => place.split(" | ")[0]);
    expect(places).toEqual(expected);
  });
}

describe("useEstablishedAccept", () => {
  const outputClosed = "chain o {\ntype filter hook output priority filter; policy drop;\n}";
  check("useEstablishedAccept", [
    ["services alone", [lo, icmpv6, ssh], told],
    ["services alone, where a program may do the rest", ["chain DOCKER {\n}", lo, icmpv6, "jump DOCKER", ssh], []],
    ["services by state", [lo, icmpv6, "tcp dport 22 ct state new accept"], told],
    ["services by map", [lo, icmpv6, "tcp dport vmap { 22 : accept, 80 : accept }"], told],
    ["services in a chain of their own", ["chain s {\ntcp dport 22 accept\n}", lo, icmpv6, "jump s"], told],
    ["a range below the ports of clients", [lo, icmpv6, "tcp dport 1-1024 accept"], told],
    ["a range that reaches them", [lo, icmpv6, ssh, "tcp dport 1024-65535 accept"], []],
    ["the other direction by its port", [lo, icmpv6, ssh, "tcp sport 443 accept"], []],
    ["a network of all trust", [lo, icmpv6, ssh, "ip saddr 10.0.0.0/8 accept"], []],
    ["by state", [established, lo, icmpv6, ssh], []],
    ["by a map of states", ["ct state vmap { established : accept, invalid : drop }", lo, icmpv6, ssh], []],
    ["by a map that others fill", ["map m { type inet_service : verdict; }", lo, icmpv6, "tcp dport vmap @m", ssh], []],
    ["by state's bits", ["ct state & established != 0 accept", lo, icmpv6, ssh], []],
    ["by status", ["ct status seen-reply accept", lo, icmpv6, ssh], []],
    ["in a chain", ["chain s {\nct state established accept\n}", "jump s", lo, icmpv6, ssh], []],
    ["in a program", [lo, icmpv6, ssh, "queue num 1"], []],
    ["nothing at all", [], []],
    ["only itself", [lo], []],
    ["no connections of its own", [outputClosed, lo, icmpv6, ssh], []],
  ]);
  describe("forward", () => {
    const rows: readonly Row[] = [
      ["a service behind", ["ip daddr 10.0.0.5 tcp dport 443 accept"], told],
      ["both directions", ["ip daddr 10.0.0.5 tcp dport 443 accept", "ip saddr 10.0.0.5 tcp sport 443 accept"], []],
      ["by interfaces", ["iifname lan oifname wan accept"], []],
    ];
    check("useEstablishedAccept", rows, "forward");
  });
});

describe("useLoopbackAccept", () => {
  check("useLoopbackAccept", [
    ["where a program may", ["chain ufw-user-input {\n}", established, icmpv6, "jump ufw-user-input", ssh], []],
    ["where a program only bans", ["chain f2b-ssh {\n}", established, icmpv6, "jump f2b-ssh", ssh], told],
    ["not at all", [established, icmpv6, ssh], told],
    ["other interfaces", [established, icmpv6, 'iifname "eth*" accept'], told],
    ["other interfaces by map", [established, icmpv6, "iifname vmap { eth0 : accept, eth1 : drop }"], told],
    ["other addresses", [established, icmpv6, "ip saddr 10.0.0.0/8 accept"], told],
    ["its name", [established, icmpv6, 'iifname "lo" accept', ssh], []],
    ["its name among others", [established, icmpv6, "iifname { lo, eth1 } accept", ssh], []],
    ["its name in a map", [established, icmpv6, "iifname vmap { lo : accept, eth1 : drop }", ssh], []],
    ["every name but one", [established, icmpv6, "iifname != eth0 accept"], []],
    ["its address", [established, icmpv6, "ip saddr 127.0.0.0/8 accept", ssh], []],
    ["its type", [established, icmpv6, "iiftype loopback accept", ssh], []],
    ["local addresses", [established, icmpv6, "fib saddr type local accept", ssh], []],
    ["new connections of all kinds", [established, icmpv6, "ct state new accept"], []],
    ["a set", ["set s { type ifname; }", established, icmpv6, "iifname @s accept", ssh], []],
  ]);
});

describe("useNeighbourDiscovery", () => {
  check("useNeighbourDiscovery", [
    ["IPv4's messages alone", [established, lo, "ip protocol icmp accept", ssh], told],
    ["echo requests alone", [established, lo, "icmpv6 type echo-request accept", ssh], told],
    ["solicitations alone", [established, lo, "icmpv6 type nd-neighbor-solicit accept", ssh], told],
    ["untracked", [established, lo, "ct state untracked accept", ssh], []],
    ["all messages", [established, lo, icmpv6, ssh], []],
    ["by next header", [established, lo, "ip6 nexthdr icmpv6 accept", ssh], []],
    ["the link", [established, lo, "ip6 saddr fe80::/10 accept", ssh], []],
    ["two rules", [established, lo, "icmpv6 type 135 accept", "icmpv6 type 136 accept", ssh], []],
    ["by map", [established, lo, "icmpv6 type vmap { 135 : accept, 136 : accept }", ssh], []],
    ["IPv4 alone", [established, lo, "meta nfproto ipv4 tcp dport 22 accept", "ip saddr 10.0.0.1 accept"], []],
    ["nothing but answers", [established, lo], []],
  ]);
  describe("ip", () => check("useNeighbourDiscovery", [["no IPv6", [established, lo, ssh], []]], "input", "ip"));
});

describe("noBlockedPathMtu", () => {
  const drop = "ip protocol icmp drop";
  const blocked = ["drop"];
  check("noBlockedPathMtu", [
    ["before everything", [drop, established, lo, ssh], blocked],
    ["from one interface", ["iifname wan ip protocol icmp drop", established, lo, ssh], blocked],
    ["both versions", ["meta l4proto { icmp, ipv6-icmp } drop", established, lo, ssh], blocked],
    ["after related", [established, drop, lo, ssh], []],
    ["after established alone", ["ct state established accept", drop, lo, ssh], blocked],
    ["after the errors", ["icmp type destination-unreachable accept", drop, established, ssh], []],
    ["after one network", ["ip saddr 10.0.0.0/8 accept", drop, established, ssh], []],
    ["some types", ["icmp type echo-request drop", established, ssh], []],
    ["what is new", ["ct state new ip protocol icmp drop", established, ssh], []],
    ["all else too", [drop, "drop"], []],
    ["by a limit", ["ip protocol icmp limit rate over 10/second drop", established, ssh], []],
  ]);
});

describe("useFullFlagMask", () => {
  const flags = ["tcp flags syn"];
  check("useFullFlagMask", [
    ["first of all", ["tcp flags syn drop", established, lo, ssh], flags],
    ["by mask", ["tcp flags & syn == syn drop", established, lo, ssh], ["tcp flags & syn == syn"]],
    ["after established", [established, "tcp flags syn drop", ssh], []],
    ["for a service", ["tcp dport 22 tcp flags syn drop", established, ssh], []],
    ["by state", ["ct state new tcp flags syn drop", established, ssh], []],
    ["exactly", ["tcp flags == syn drop", established, ssh], []],
    ["with ACK looked at", ["tcp flags & (syn | ack) == syn drop", established, ssh], []],
    ["an accept", ["tcp flags syn tcp dport 22 accept", established], []],
    ["above a rate", ["tcp flags syn limit rate over 100/second drop", established], []],
    ["with an odd option", ["tcp flags syn tcp option maxseg size 1-500 drop", established], []],
    ["from a port that is none", ["tcp flags syn tcp sport 0 drop", established], []],
    ["in a block, by an odd port", ["tcp flags syn jump { tcp option sack-perm missing drop; }", established], []],
    [
      "in a block, whatever it is",
      ["tcp flags syn jump { iifname wan0 drop; iifname wan1 drop; }", established],
      flags,
    ],
  ]);
});

describe("noUnfilteredNew", () => {
  const accept = ["accept"];
  check("noUnfilteredNew", [
    ["new among the states", ["ct state established,related,new accept", lo, ssh], accept],
    ["every state but one", ["ct state != invalid accept", lo, ssh], accept],
    [
      "by map",
      ["ct state vmap { established : accept, new : accept }", lo, ssh],
      ["ct state vmap { established : accept, new : accept }"],
    ],
    ["new from one interface", ["iifname lan ct state new accept", established, lo, ssh], []],
    ["with nothing behind it", [lo, ssh, "ct state established,related,new accept"], []],
    ["with a drop behind it", ["ct state established,related,new accept", "ct state invalid drop"], []],
    ["up to a limit", ["ct state established,new limit rate 5/second accept", lo, ssh], []],
  ]);
});
