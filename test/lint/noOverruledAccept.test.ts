import { expect, test } from "vitest";
import { found } from "./flow.js";

const id = "noOverruledAccept";

const chains = (early: string, late: string, hook = "input") =>
  [
    ["-10; policy accept", early],
    ["0; policy drop", late],
  ]
    .map(
      ([priority, rules], n) =>
        `table inet t${n} {\n chain c {\n type filter hook ${hook} priority ${priority};\n ${rules}\n }\n}\n`,
    )
    .join("");

test.each([
  ["nothing accepts it", "tcp dport 22 accept", "udp dport 53 accept", 1],
  ["accepted again", "tcp dport 22 accept", "tcp dport 22 accept", 0],
  ["accepted by a wider rule", "tcp dport 22 accept", "tcp dport 1-1024 accept", 0],
  ["accepted by its sender", "tcp dport 22 accept", "ip saddr 10.0.0.0/8 accept", 0],
  ["only replies and loopback accepted", "tcp dport 22 accept", "ct state established accept\n iif lo accept", 1],
  ["replies, accepted again", "ct state established accept", "ct state established accept", 0],
  ["a verdict map, which may accept", "tcp dport 22 accept", "tcp dport vmap { 22 : accept }", 0],
  ["a queue, which may accept", "tcp dport 22 accept", "queue num 0", 0],
  ["an accept of everything", "accept", "udp dport 53 accept", 0],
  ["accepted to be done with marking", "tcp dport 22 accept\n meta mark set 1", "udp dport 53 accept", 0],
] as const)("%s", (_, early, late, count) => {
  expect(found(id, "nftables", chains(early, late))).toHaveLength(count);
});

test("an earlier drop overrules nothing", () => {
  const text = chains("tcp dport 22 accept", "udp dport 53 accept").replace("priority 0", "priority -20");
  expect(found(id, "nftables", text)).toEqual([]);
});

test("a table of the other version of IP", () => {
  const text = chains("tcp dport 22 accept", "udp dport 53 accept").replace("table inet t1", "table ip6 t1");
  expect(found(id, "nftables", text)).toEqual([]);
});

test("a hook at which ports may be translated in between", () => {
  const nat = "table ip n {\n chain c {\n type nat hook input priority 100\n counter\n }\n}\n";
  expect(found(id, "nftables", chains("tcp dport 22 accept", "udp dport 53 accept") + nat)).toEqual([]);
});
