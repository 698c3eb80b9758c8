import { describe, expect, test } from "vitest";
import { found } from "./flow.js";

const id = "noOpenPolicy";

/** An nftables file whose input chain accepts by policy; rules that begin with `chain` stand outside of it. */
function accepting(rules: readonly string[], more = ""): string {
  const isOutside = (rule: string) => /^(chain|set)\b/.test(rule);
  const chain = ["chain i {", "type filter hook input priority filter; policy accept;"];
  const inside = rules.filter((rule) => !isOutside(rule));
  return ["table inet t {", ...rules.filter(isOutside), ...chain, ...inside, "}", more, "}", ""].join("\n");
}

const established = "ct state established,related accept";
const ssh = "tcp dport 22 accept";
const told = ["policy accept | accept"];

describe("nftables", () => {
  test.each([
    ["a service", [established, ssh], told],
    [
      "a service by map",
      [established, "tcp dport vmap { 22 : accept }"],
      ["policy accept | tcp dport vmap { 22 : accept }"],
    ],
    ["a service in a chain of its own", ["chain s {\n tcp dport 22 accept\n}", "jump s"], told],
    ["a service for some", ["ip saddr 192.0.2.0/24 tcp dport 22 accept"], told],
    ["a service that is counted and logged", [`tcp dport 22 counter log prefix "ssh " accept`], told],
    ["nothing but trust", [established, 'iifname "lan0" accept'], []],
    ["a service for one interface", ['iifname "lan0" tcp dport 22 accept'], []],
    ["a drop", [ssh, "ct state new drop"], []],
    ["a drop of few", ["ip saddr 192.0.2.1 drop", ssh], []],
    ["a reject", [ssh, "reject"], []],
    ["a drop by map", ["tcp dport vmap { 22 : accept, 23 : drop }"], []],
    ["a drop in a chain that is called", ["chain s {\n drop\n}", ssh, "jump s"], []],
    ["a chain that is still empty", ["chain s {\n}", ssh, "jump s"], []],
    ["a program that decides", [ssh, "queue num 1"], []],
    ["marks", ["meta mark set 1", ssh], []],
    ["a set that is filled", ["set s { type ipv4_addr; flags dynamic; }", "add @s { ip saddr }", ssh], []],
    ["an include", ['include "more.nft"', ssh], []],
  ] as const)("%s", (_, rules, expected) => expect(found(id, "nftables", accepting(rules))).toEqual(expected));

  test.each([
    ["an earlier chain of the hook", "chain d {\ntype filter hook input priority -5; policy drop;\n}", []],
    [
      "a chain before routing",
      "chain d {\ntype filter hook prerouting priority raw; policy accept;\n tcp dport 23 drop\n}",
      [],
    ],
    ["another hook", "chain d {\ntype filter hook forward priority filter; policy drop;\n}", told],
  ] as const)("a drop in %s", (_, chain, expected) =>
    expect(found(id, "nftables", accepting([ssh], chain))).toEqual(expected),
  );
});

test.each([
  ["a service", ["-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"], 1],
  ["several", ["-A INPUT -p tcp -m multiport --dports 22,80 -j ACCEPT"], 1],
  [
    "a chain of fail2ban's",
    [":f2b-ssh - [0:0]", "-A INPUT -j f2b-ssh", "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"],
    0,
  ],
  ["at forward", ["-A FORWARD -p tcp -m tcp --dport 22 -j ACCEPT"], 0],
  ["a limit that drops", ["-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT", "-A INPUT -m limit --limit 1/s -j DROP"], 0],
  ["accounting", ["-A INPUT -p tcp -m tcp --dport 22"], 0],
] as const)("iptables: %s", (_, rules, count) => {
  const text = ["*filter", ":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ...rules, "COMMIT", ""].join("\n");
  expect(found(id, "iptables", text)).toHaveLength(count);
});
