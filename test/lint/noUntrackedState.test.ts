import { expect, test } from "vitest";
import { found } from "./flow.js";

const id = "noUntrackedState";

const ruleset = (raw: string, input: string, more = "") =>
  `table ip t {\n chain r {\n  type filter hook prerouting priority raw\n  ${raw}\n }\n` +
  ` chain i {\n  type filter hook input priority 0\n  ${input}\n }\n${more}}\n`;
const redirect = " chain n {\n  type nat hook prerouting priority dstnat\n  udp dport 5353 redirect to :53\n }\n";

test.each([
  ["exactly this traffic", "udp dport 53 notrack", "udp dport 53 ct state new accept", 1],
  ["a part of it", "udp dport 53 notrack", "ip saddr 10.0.0.1 udp dport 53 ct state new accept", 1],
  ["more than that", "udp dport 53 notrack", "udp dport 1-100 ct state new accept", 0],
  ["other traffic", "udp dport 53 notrack", "tcp dport 53 ct state new accept", 0],
  ["untracked as well", "udp dport 53 notrack", "udp dport 53 ct state new,untracked accept", 0],
  ["anything but established", "udp dport 53 notrack", "udp dport 53 ct state != established accept", 0],
  ["loopback, which was tracked at output", "udp dport 53 notrack", "iifname lo udp dport 53 ct state new accept", 0],
  ["some accepted before", "ip saddr 10.0.0.1 accept\n udp dport 53 notrack", "udp dport 53 ct state new accept", 0],
  ["others accepted before", "tcp dport 1 accept\n udp dport 53 notrack", "udp dport 53 ct state new accept", 1],
  ["a mark, which may be another by then", "meta mark 1 notrack", "meta mark 1 ct state new accept", 0],
  ["only some of them", "udp dport 53 limit rate 1/second notrack", "udp dport 53 ct state new accept", 0],
] as const)("%s", (_, raw, input, count) => expect(found(id, "nftables", ruleset(raw, input))).toHaveLength(count));

test("a port that packets get by translation", () => {
  const text = ruleset("udp dport 53 notrack", "udp dport 53 ct state new accept", redirect);
  expect(found(id, "nftables", text)).toEqual([]);
});
