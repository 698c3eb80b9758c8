import { expect, test } from "vitest";
import { filter, forward, found } from "./flow.js";

const id = "noLateInvalidDrop";

const invalid = "ct state invalid drop";

test.each([
  ["a service first", ["tcp dport 22 accept", invalid], ["drop | accept"]],
  [
    "a service for some",
    ["iifname wan0 ip saddr 192.0.2.0/24 udp dport { 53, 123 } accept", invalid],
    ["drop | accept"],
  ],
  ["a service by map", ["tcp dport vmap { 22 : accept }", invalid], ["drop | tcp dport vmap { 22 : accept }"]],
  ["the drop first", [invalid, "tcp dport 22 accept"], []],
  ["another drop first", [invalid, "tcp dport 22 accept", invalid], []],
  ["a service that asks for the state", ["tcp dport 22 ct state new accept", invalid], []],
  ["a service up to a limit", ["tcp dport 22 limit rate 5/second accept", invalid], []],
  ["a service for a set of senders", ["ip saddr @s tcp dport 22 accept", invalid], []],
  ["a drop", ["tcp dport 22 drop", invalid], []],
  ["trust", ["iifname lan0 accept", "ct state established,related accept", invalid], []],
  ["invalid packets for one port", ["tcp dport 22 accept", "tcp dport 80 ct state invalid drop"], []],
  ["invalid and new ones", ["tcp dport 22 accept", "ct state { invalid, new } drop"], []],
  ["invalid and untracked ones", ["tcp dport 22 accept", "ct state invalid,untracked drop"], ["drop | accept"]],
  ["all but those of connections", ["tcp dport 22 accept", "ct state != { established, related } drop"], []],
  ["all that is left", ["tcp dport 22 accept", "drop"], []],
  ["a log", ["tcp dport 22 accept", "ct state invalid log"], []],
] as const)("nftables: %s", (_, rules, expected) =>
  expect(found(id, "nftables", forward(rules, "set s { type ipv4_addr; }"))).toEqual(expected),
);

test.each([
  ["a service first", ["-p tcp -m tcp --dport 22 -j ACCEPT", "-m state --state INVALID -j DROP"], 1],
  ["in a chain of its own", ["-A u -m state --state INVALID -j DROP", "-p tcp -m tcp --dport 22 -j ACCEPT", "-j u"], 1],
  ["opening packets alone", ["-p tcp -m tcp --dport 22 --syn -j ACCEPT", "-m state --state INVALID -j DROP"], 0],
] as const)("iptables: %s", (_, rules, count) => expect(found(id, "iptables", filter(...rules))).toHaveLength(count));
