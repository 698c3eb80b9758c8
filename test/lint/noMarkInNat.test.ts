import { expect, test } from "vitest";
import { found } from "./flow.js";

const id = "noMarkInNat";

const nat = (...rules: string[]) => `*nat\n:u - [0:0]\n${rules.join("\n")}\nCOMMIT\n`;

test.each([
  ["in a user chain", ["-A PREROUTING -j u", "-A u -j MARK --set-mark 1"], 1],
  [
    "looked at by another nat chain",
    ["-A PREROUTING -j MARK --set-mark 1", "-A POSTROUTING -m mark --mark 1 -j MASQUERADE"],
    0,
  ],
  ["saved", ["-A PREROUTING -j MARK --set-mark 1", "-A PREROUTING -j CONNMARK --save-mark"], 0],
  [
    "other bits looked at",
    ["-A PREROUTING -j MARK --set-mark 1", "-A POSTROUTING -m mark --mark 2/2 -j MASQUERADE"],
    1,
  ],
  ["the connection's own mark", ["-A PREROUTING -j CONNMARK --set-mark 1"], 0],
  ["a chain of that name", ["-A PREROUTING -j MARK --set-mark 1", ":X-MARK-Y - [0:0]", "-A PREROUTING -j X-MARK-Y"], 1],
] as const)("%s", (_, rules, count) => expect(found(id, "iptables", nat(...rules))).toHaveLength(count));

test("looked at in the filter table", () => {
  const filter = "*filter\n-A INPUT -m mark --mark 0x8000/0x8000 -j DROP\nCOMMIT\n";
  expect(found(id, "iptables", nat("-A PREROUTING -j MARK --or-mark 0x8000") + filter)).toEqual([]);
});
