import { describe, expect, test } from "vitest";
import { filter, forward, found } from "./flow.js";

const id = "noContradiction";

test.each([
  ["two ports", "-p tcp -m tcp --dport 22 -m multiport --dports 80,443 -j ACCEPT", ["--dports 80,443 | --dport 22"]],
  ["a port among several", "-p tcp -m tcp --dport 80 -m multiport --dports 80,443 -j ACCEPT", []],
  [
    "a range and a network",
    "-s 10.0.0.0/8 -m iprange --src-range 192.0.2.1-192.0.2.9 -j DROP",
    ["--src-range 192.0.2.1-192.0.2.9 | -s 10.0.0.0/8"],
  ],
  ["source and destination", "-s 10.0.0.1/32 -d 10.0.0.2/32 -j DROP", []],
  ["a mark outside of its mask", "-m mark --mark 0x100/0xff -j DROP", ["--mark 0x100/0xff"]],
  ["a negated one", "-m mark ! --mark 0x100/0xff -j DROP", ["! --mark 0x100/0xff"]],
  ["a mark within its mask", "-m mark --mark 0x30/0xf0 -j DROP", []],
  ["packet mark and connection mark", "-m mark --mark 0x1 -m connmark --mark 0x2 -j DROP", []],
  [
    "two states",
    "-m state --state NEW -m conntrack --ctstate ESTABLISHED -j DROP",
    ["--ctstate ESTABLISHED | --state NEW"],
  ],
  ["states that share one", "-m state --state NEW,RELATED -m conntrack --ctstate RELATED -j DROP", []],
  [
    "two statuses, which a connection may have at once",
    "-m conntrack --ctstatus ASSURED -m connmark --mark 1 -j DROP",
    [],
  ],
] as const)("iptables: %s", (_, rule, expected) => expect(found(id, "iptables", filter(rule))).toEqual(expected));

describe("nftables", () => {
  test.each([
    ["two addresses", "ip saddr 192.0.2.1 ip saddr 192.0.2.2 drop", ["ip saddr 192.0.2.2 | ip saddr 192.0.2.1"]],
    ["a network with an exception", "ip saddr 192.0.2.0/24 ip saddr != 192.0.2.1 drop", []],
    ["two interfaces", "iifname eth0 iifname eth1 drop", ["iifname eth1 | iifname eth0"]],
    ["interfaces that may be one", "iifname eth* iifname eth1 drop", []],
    ["all states at once", "ct state == new,established drop", ["ct state == new,established"]],
    ["any of the states", "ct state new,established drop", []],
    ["any of the states in braces", "ct state == { new, established } drop", []],
    ["none of the states", "ct state != { new, established } drop", []],
    ["none of the states, written as one value", "ct state != new,established drop", ["ct state != new,established"]],
    ["flags under a mask", "tcp flags & (fin | syn) == fin | syn drop", []],
    ["flags outside of their mask", "tcp flags & fin == syn drop", ["tcp flags & fin == syn"]],
    ["a mark that the rule writes in between", "meta mark 1 meta mark set 2 meta mark 2 drop", []],
    ["a choice drawn twice", "numgen random mod 2 == 0 numgen random mod 2 == 1 drop", []],
    ["a set and its opposite", "ip saddr @s ip saddr != @s drop", ["ip saddr != @s | ip saddr @s"]],
  ] as const)("%s", (_, rule, expected) =>
    expect(found(id, "nftables", forward([rule], "set s { type ipv4_addr; }"))).toEqual(expected),
  );
});

test.each([
  ["a range of IPv6", "-s 2001:db8::5 -m iprange --src-range 2001:db8::1-2001:db8::9 -j DROP", []],
  [
    "a network beside a range of IPv6",
    "-s 2001:db8:1::/48 -m iprange --src-range 2001:db8::1-2001:db8::9 -j DROP",
    ["--src-range 2001:db8::1-2001:db8::9 | -s 2001:db8:1::/48"],
  ],
] as const)("ip6tables: %s", (_, rule, expected) => expect(found(id, "ip6tables", filter(rule))).toEqual(expected));
