import { describe, expect, test } from "vitest";
import { found } from "./flow.js";

const id = "noEarlyState";

const chain = (head: string, ...rules: string[]) =>
  `table ${head.split(" ")[0]} t {\n chain c {\n  type filter hook ${head.split(" ").slice(1).join(" ")}\n  ${rules.join("\n  ")}\n }\n}\n`;

describe("nftables", () => {
  test.each([
    ["established at raw", "inet prerouting priority raw", "ct state established accept", ["ct state established"]],
    ["at output too", "ip output priority -300", "ct state new accept", ["ct state new"]],
    ["related at output, which the kernel's own errors are", "ip output priority raw", "ct state related accept", []],
    ["several states", "ip prerouting priority raw", "ct state { established, related } accept", 1],
    ["invalid, which everything is", "ip prerouting priority raw", "ct state invalid drop", ["ct state invalid"]],
    ["untracked", "ip prerouting priority raw", "ct state untracked accept", []],
    ["new or untracked", "ip prerouting priority raw", "ct state new,untracked accept", []],
    ["not untracked", "ip prerouting priority raw", "ct state != untracked accept", []],
    ["the connection's mark", "ip prerouting priority raw", "ct mark 5 accept", ["ct mark 5"]],
    ["a restored mark", "ip prerouting priority raw", "meta mark set ct mark", ["meta mark set ct mark"]],
    ["a saved mark", "ip prerouting priority raw", "ct mark set meta mark", ["ct mark set meta mark"]],
    ["at the lookup's own priority, where the order is open", "ip prerouting priority -200", "ct state new drop", []],
    ["just behind it", "ip prerouting priority -199", "ct state established accept", []],
    ["loopback, which is tracked already", "ip prerouting priority raw", "iifname lo ct state new accept", []],
    ["another interface", "ip prerouting priority raw", "iifname wan ct state new accept", ["ct state new"]],
    ["a hook behind routing", "ip forward priority raw", "ct state established accept", []],
    ["behind a zone's template", "ip prerouting priority raw", "ct zone set 1\n ct state new accept", []],
    ["a bridge, which has another lookup", "bridge prerouting priority -300", "ct state new accept", []],
  ] as const)("%s", (_, head, rules, expected) => {
    const places = found(id, "nftables", chain(head, rules)).map((place) => place.split(" | ")[0]);
    if (typeof expected === "number") expect(places).toHaveLength(expected);
    else expect(places).toEqual(expected);
  });
});

describe("iptables", () => {
  const raw = (...rules: string[]) => `*raw\n:PREROUTING ACCEPT [0:0]\n:u - [0:0]\n${rules.join("\n")}\nCOMMIT\n`;
  test.each([
    ["the old match", ["-A PREROUTING -m state --state NEW -j DROP"], 1],
    ["negated", ["-A PREROUTING -m conntrack ! --ctstate INVALID -j ACCEPT"], 0],
    ["untracked", ["-A PREROUTING -m conntrack --ctstate UNTRACKED -j ACCEPT"], 0],
    ["a user chain", ["-A PREROUTING -j u", "-A u -m conntrack --ctstate ESTABLISHED -j ACCEPT"], 1],
    ["a restored mark", ["-A PREROUTING -j CONNMARK --restore-mark"], 1],
    ["a comment that speaks of it", ['-A PREROUTING -p udp -m comment --comment "ct state" -j ACCEPT'], 0],
  ] as const)("%s", (_, rules, count) => expect(found(id, "iptables", raw(...rules))).toHaveLength(count));
});
