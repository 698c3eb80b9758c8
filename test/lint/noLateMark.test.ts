import { expect, test } from "vitest";
import { found } from "./flow.js";

const id = "noLateMark";

const mangle = (...rules: string[]) => `*mangle\n${rules.join("\n")}\nCOMMIT\n`;

test.each([
  ["forward", ["-A FORWARD -j MARK --set-mark 1"], 1],
  ["postrouting", ["-A POSTROUTING -o wan -j MARK --set-xmark 0x30/0xff"], 1],
  ["mangle's output, which is routed anew", ["-A OUTPUT -j MARK --set-mark 1"], 0],
  ["prerouting", ["-A PREROUTING -j MARK --set-mark 1"], 0],
  ["looked at later", ["-A FORWARD -j MARK --set-mark 1", "-A POSTROUTING -m mark --mark 1 -j ACCEPT"], 0],
  ["saved", ["-A FORWARD -j MARK --set-mark 1", "-A POSTROUTING -j CONNMARK --save-mark"], 0],
  ["other bits looked at", ["-A FORWARD -j MARK --set-mark 1", "-A POSTROUTING -m mark --mark 2/2 -j ACCEPT"], 1],
  ["cleared", ["-A POSTROUTING -j MARK --set-mark 0"], 0],
  ["restored", ["-A POSTROUTING -j CONNMARK --restore-mark"], 0],
] as const)("%s", (_, rules, count) => expect(found(id, "iptables", mangle(...rules))).toHaveLength(count));

test.each([
  ["filter", 1],
  ["route", 0],
] as const)("a chain of type %s at output", (type, count) => {
  const text = `table inet t {\n chain c {\n type ${type} hook output priority mangle\n meta mark set 1\n }\n}\n`;
  expect(found(id, "nftables", text)).toHaveLength(count);
});
