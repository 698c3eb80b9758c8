import { expect, test } from "vitest";
import { found } from "./flow.js";

const id = "noIgnoredNotrack";

const chain = (head: string, ...rules: string[]) =>
  `table ${head.split(" ")[0]} t {\n chain c {\n  type filter hook ${head.split(" ").slice(1).join(" ")}\n  ${rules.join("\n  ")}\n }\n}\n`;

test.each([
  ["behind the lookup", "ip prerouting priority mangle", 1],
  ["at output", "inet output priority filter", 1],
  ["in forward", "ip forward priority raw", 1],
  ["in time", "ip prerouting priority raw", 0],
  ["at the lookup's own priority, where the order is open", "ip prerouting priority -200", 0],
  ["on a bridge, which has another lookup", "bridge prerouting priority 0", 0],
] as const)("%s", (_, head, count) => {
  expect(found(id, "nftables", chain(head, "udp dport 53 notrack"))).toHaveLength(count);
});

test("a chain that is also reached in time", () => {
  const raw = (priority: string) => `type filter hook prerouting priority ${priority}\n jump c`;
  const text = `table ip t {\n chain c {\n notrack\n }\n chain a {\n ${raw("raw")}\n }\n chain b {\n ${raw("0")}\n }\n}\n`;
  expect(found(id, "nftables", text)).toEqual([]);
});
