import { describe, expect, test } from "vitest";
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
  test.each([
    ["a verdict behind a counter", ["counter drop", "accept"], 1],
    ["a verdict map", ["meta l4proto vmap { tcp : drop, udp : drop }", "accept"], 0],
    ["a reject for TCP only", ["reject with tcp reset", "drop"], 0],
    ["a reject for IPv6 only", ["reject with icmpv6 type no-route", "drop"], 0],
    ["a reject for both", ["reject with icmpx type no-route", "drop"], 1],
    ["a limit", ["limit rate 1/second accept", "drop"], 0],
    ["a set that may be full", ["add @s { ip saddr } accept", "drop"], 0],
    ["continue", ["continue", "drop"], 0],
    ["queue", ["queue num 1", "drop"], 1],
  ] as const)("%s", (_, rules, count) =>
    expect(found(id, "nftables", forward(rules, "set s { type ipv4_addr; flags dynamic; }"))).toHaveLength(count),
  );
});
