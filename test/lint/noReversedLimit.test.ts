import { describe, expect, test } from "vitest";
import { filter, forward, found } from "./flow.js";

const id = "noReversedLimit";

describe("nftables", () => {
  test.each([
    ["the policy accepts", ["udp dport 53 limit rate 10/second drop"], 1],
    ["a rule accepts", ["udp dport 53 limit rate 10/second drop", "udp dport 53 accept"], 1],
    ["a wider rule accepts", ["udp dport 53 limit rate 10/second drop", "meta l4proto udp accept", "drop"], 1],
    ["a rule accepts only some", ["limit rate 10/second drop", "udp dport 53 accept", "drop"], 0],
    ["over it", ["udp dport 53 limit rate over 10/second drop"], 0],
    ["the rest is dropped", ["udp dport 53 limit rate 5/second reject", "udp dport 53 drop"], 0],
    ["the rest may be dropped", ["udp dport 53 limit rate 5/second reject", "ip saddr 10.0.0.0/8 drop"], 0],
    ["others are dropped", ["udp dport 53 limit rate 5/second reject", "tcp dport 53 drop"], 1],
    ["the rest is logged", ["udp dport 53 limit rate 5/second reject", "udp dport 53 counter log"], 1],
    ["the rest is led elsewhere", ["udp dport 53 limit rate 5/second drop", "jump { drop; }"], 0],
    ["a limit by name", ["udp dport 53 limit name l drop"], 0],
    ["a limit of a log", ["udp dport 53 limit rate 5/second log"], 0],
  ] as const)("%s", (_, rules, count) => {
    expect(found(id, "nftables", forward(rules, "limit l { rate over 5/second; }"))).toHaveLength(count);
  });
});

describe("iptables", () => {
  test.each([
    ["the policy accepts", ["-p udp -m limit --limit 5/s -j DROP"], 1],
    ["the rest is dropped", ["-p udp -m limit --limit 5/s -j REJECT", "-p udp -j DROP"], 0],
    ["each source for itself, above it", ["-m hashlimit --hashlimit-above 5/s --hashlimit-name a -j DROP"], 0],
    ["a user chain goes on elsewhere", ["-j u", "-A u -m limit --limit 5/s -j DROP", "-j DROP"], 0],
  ] as const)("%s", (_, rules, count) => expect(found(id, "iptables", filter(...rules))).toHaveLength(count));
});
