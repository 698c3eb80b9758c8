import { describe, expect, test } from "vitest";
import { filter, forward, found } from "./flow.js";

const id = "noDuplicateRule";

test.each([
  ["a verdict twice", ["-p tcp -j ACCEPT", "-p udp -j ACCEPT", "-p tcp -j ACCEPT"], 1],
  ["three times", ["-p tcp -j ACCEPT", "-p tcp -j ACCEPT", "-p tcp -j ACCEPT"], 2],
  ["with other blanks", ["-p tcp -j ACCEPT", "-p  tcp -j ACCEPT"], 1],
  ["a limit", ["-m limit --limit 1/s -j ACCEPT", "-m limit --limit 1/s -j ACCEPT"], 0],
  ["recent", ["-m recent --update --seconds 9 -j DROP", "-m recent --update --seconds 9 -j DROP"], 0],
  ["in another chain", ["-p tcp -j ACCEPT", "-A u -p tcp -j ACCEPT"], 0],
  ["a rule that only counts", ["-p tcp", "-p tcp"], 0],
  ["a log", ["-p tcp -j LOG", "-p tcp -j LOG"], 1],
  [
    "a mark asked for, set in between",
    ["-m mark --mark 1 -j LOG", "-j MARK --set-mark 1", "-m mark --mark 1 -j LOG"],
    0,
  ],
  [
    "a mark set again after another",
    ["-j MARK --set-mark 1", "-p tcp -j MARK --set-mark 2", "-j MARK --set-mark 1"],
    0,
  ],
  ["a mark set twice in a row", ["-j MARK --set-mark 1", "-j MARK --set-mark 1"], 1],
  ["a mark turned over twice", ["-j MARK --xor-mark 1", "-j MARK --xor-mark 1"], 0],
  ["a jump", ["-A u -s 10.0.0.1/32 -j DROP", "-p tcp -j u", "-p tcp -j u"], 1],
  [
    "a jump to a chain with a limit",
    ["-A u -m limit --limit 1/s -j RETURN", "-A u -j DROP", "-p tcp -j u", "-p tcp -j u"],
    0,
  ],
  ["a jump to a chain that marks", ["-A u -m mark --mark 0 -j MARK --set-mark 1", "-p tcp -j u", "-p tcp -j u"], 0],
  [
    "a set filled in between",
    ["-m set --match-set s src -j LOG", "-j SET --add-set s src", "-m set --match-set s src -j LOG"],
    0,
  ],
] as const)("iptables: %s", (_, rules, count) => expect(found(id, "iptables", filter(...rules))).toHaveLength(count));

describe("nftables", () => {
  test.each([
    [
      "a verdict with a counter",
      ["tcp dport 22 counter packets 1 bytes 2 accept", "tcp dport 22 counter packets 3 bytes 4 accept"],
      1,
    ],
    ["counters", ["tcp dport 22 counter", "tcp dport 22 counter"], 0],
    ["a limit", ["limit rate 1/second accept", "limit rate 1/second accept"], 0],
    ["a set element", ["add @s { ip saddr }", "add @s { ip saddr }"], 0],
    ["a random choice", ["numgen random mod 2 == 0 accept", "numgen random mod 2 == 0 accept"], 0],
    ["a verdict map", ["tcp dport vmap { 22 : accept }", "tcp dport vmap { 22 : accept }"], 0],
  ] as const)("%s", (_, rules, count) =>
    expect(found(id, "nftables", forward(rules, "set s { type ipv4_addr; flags dynamic; }"))).toHaveLength(count),
  );
});
