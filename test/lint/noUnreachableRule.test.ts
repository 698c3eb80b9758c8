import { describe, expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import { filter, forward, found } from "./flow.js";

const id = "noUnreachableRule";

test.each([
  ["a verdict", ["-j ACCEPT", "-p tcp -j DROP"], ["-A FORWARD -p tcp -j DROP | -A FORWARD -j ACCEPT"]],
  [
    "a verdict with a comment",
    ['-m comment --comment "rest" -j DROP', "-j LOG"],
    ['-A FORWARD -j LOG | -A FORWARD -m comment --comment "rest" -j DROP'],
  ],
  [
    "several rules at once",
    ["-j DROP", "-p tcp -j LOG", "-p udp -j LOG"],
    ["-A FORWARD -p tcp -j LOG\n-A FORWARD -p udp -j LOG | -A FORWARD -j DROP"],
  ],
  [
    "rules that a packet meets from the last line to the first",
    ["-p udp -j LOG", "-I FORWARD -p tcp -j LOG", "-I FORWARD -j DROP"],
    ["-A FORWARD -p udp -j LOG | -I FORWARD -j DROP", "-I FORWARD -p tcp -j LOG | -I FORWARD -j DROP"],
  ],
  ["a condition", ["-p tcp -j ACCEPT", "-j DROP"], []],
  ["a match without options", ["-m socket -j ACCEPT", "-j DROP"], []],
  ["a match that nobody knows", ["-m geoip --src-cc XX -j DROP", "-j ACCEPT"], []],
  ["a log", ["-j LOG", "-j DROP"], []],
  ["a goto", ["-g u", "-j DROP"], ["-A FORWARD -j DROP | -A FORWARD -g u"]],
  ["a jump that comes back", ["-A u -p tcp -j DROP", "-j u", "-j DROP"], []],
  ["a jump that comes back by a return", ["-A u -p tcp -j RETURN", "-A u -j DROP", "-j u", "-j ACCEPT"], []],
  [
    "a jump that does not",
    ["-A u -p tcp -j ACCEPT", "-A u -j DROP", "-j u", "-j LOG"],
    ["-A FORWARD -j LOG | -A FORWARD -j u"],
  ],
  [
    "a jump to a chain whose goto comes back",
    [":v - [0:0]", "-A v -p tcp -j DROP", "-A u -p udp -g v", "-A u -j DROP", "-j u", "-j LOG"],
    [],
  ],
] as const)("iptables: %s", (_, rules, expected) => expect(found(id, "iptables", filter(...rules))).toEqual(expected));

describe("nftables", () => {
  const declared = "set s { type ipv4_addr; flags dynamic; }\nmap c { type inet_service : counter; }";
  test.each([
    ["a verdict behind a counter", ["counter drop", "accept"], 1],
    ["a verdict map", ["meta l4proto vmap { tcp : drop, udp : drop }", "accept"], 0],
    ["a reject for TCP only", ["reject with tcp reset", "drop"], 0],
    ["a reject for IPv6 only", ["reject with icmpv6 type no-route", "drop"], 0],
    ["a reject for both", ["reject with icmpx type no-route", "drop"], 1],
    ["a limit", ["limit rate 1/second accept", "drop"], 0],
    ["a set that may be full", ["add @s { ip saddr } accept", "drop"], 0],
    ["a reject for IPv4 only, behind a counter", ["counter reject with icmp type net-unreachable", "drop"], 0],
    ["bits of the connection's mark, which not every packet has", ["ct mark set ct mark | 0x1 accept", "drop"], 0],
    ["the whole of the connection's mark", ["ct mark set 0x1 accept", "drop"], 1],
    ["bits of the packet's mark", ["meta mark set meta mark | 0x1 accept", "drop"], 1],
    ["a counter chosen by port", ["counter name tcp dport map @c accept", "drop"], 0],
    ["continue", ["continue", "drop"], 0],
    ["queue", ["queue num 1", "drop"], 1],
  ] as const)("%s", (_, rules, count) => expect(found(id, "nftables", forward(rules, declared))).toHaveLength(count));
});

describe("translations", () => {
  const nat = (family: string, ...rules: string[]) =>
    [
      `table ${family} nat {`,
      "map m { type ipv4_addr : ipv4_addr; }",
      "chain pre {",
      "type nat hook prerouting priority dstnat; policy accept;",
      ...rules,
      "iifname wan0 accept",
      "}",
      "}",
      "",
    ].join("\n");
  test.each([
    ["to one address", nat("ip", "dnat to 10.0.0.1"), 1],
    ["of one version of IP", nat("inet", "dnat ip to 10.0.0.1"), 0],
    ["of one version of IP, behind a counter", nat("inet", "counter dnat ip to 10.0.0.1"), 0],
    ["by a map that may have no answer", nat("ip", "dnat to ip saddr map @m"), 0],
    ["to a port by map", nat("ip", "meta l4proto tcp redirect to :tcp dport map { 80 : 8080 }"), 0],
  ] as const)("%s", (_, text, count) => expect(found(id, "nftables", text)).toHaveLength(count));
});

test.each([
  ["the same once more", ["-j RETURN", "-j RETURN"], "information"],
  ["the same for some, which shows that not all were meant", ["-j ACCEPT", "-p tcp -j ACCEPT"], "warning"],
  ["another verdict", ["-j RETURN", "-j DROP"], "warning"],
] as const)("%s", (_, rules, severity) => {
  const { findings } = analyze(filter(...rules.map((rule) => `-A u ${rule}`), "-j u"), "iptables");
  expect(findings.filter(({ code }) => code === id).map((finding) => finding.severity)).toEqual([severity]);
});
