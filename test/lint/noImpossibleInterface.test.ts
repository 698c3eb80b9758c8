import { describe, expect, test } from "vitest";
import { found } from "./flow.js";

const id = "noImpossibleInterface";

const chain = (head: string, ...rules: string[]) =>
  `table ${head.split(" ")[0]} t {\n chain c {\n  type filter hook ${head.split(" ").slice(1).join(" ")}\n  ${rules.join("\n  ")}\n }\n}\n`;

describe("nftables", () => {
  test.each([
    ["oifname in input", "ip input priority 0", 'oifname "lan" drop', 1],
    ["oif in prerouting", "inet prerouting priority raw", "oif lo drop", 1],
    ["iifname in output", "ip output priority 0", 'iifname "lan" drop', 1],
    ["iifname in postrouting, which forwarded packets have", "ip postrouting priority 0", 'iifname "lan" drop', 0],
    ["both in forward", "ip forward priority 0", 'iifname "lan" oifname "wan" drop', 0],
    ["a list of names", "ip input priority 0", 'oifname { "lan", "wan" } drop', 1],
    ["the other way round", "ip input priority 0", 'oifname != "lan" drop', 1],
    ["any name", "ip input priority 0", 'oifname "*" drop', 0],
    ["a frame that the machine sends", "bridge output priority 0", 'iifname "lan" drop', 1],
    ["the right side", "ip input priority 0", 'iifname "lan" drop', 0],
  ] as const)("%s", (_, head, rule, count) => expect(found(id, "nftables", chain(head, rule))).toHaveLength(count));
});

describe("iptables", () => {
  const filter = (...rules: string[]) => `*filter\n:INPUT ACCEPT [0:0]\n:u - [0:0]\n${rules.join("\n")}\nCOMMIT\n`;
  test.each([
    ["a user chain of INPUT", ["-A INPUT -j u", "-A u -o lan -j DROP"], 1],
    ["a user chain of INPUT and FORWARD", ["-A INPUT -j u", "-A FORWARD -j u", "-A u -o lan -j DROP"], 0],
    ["a chain that nobody calls", ["-A u -o lan -j DROP"], 0],
    ["INPUT itself, which the tool refuses", ["-A INPUT -o lan -j DROP"], 0],
  ] as const)("%s", (_, rules, count) => expect(found(id, "iptables", filter(...rules))).toHaveLength(count));
});
