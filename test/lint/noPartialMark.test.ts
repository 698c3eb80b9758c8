import { expect, test } from "vitest";
import { found } from "./flow.js";

const id = "noPartialMark";

const mangle = (...rules: string[]) => `*mangle\n${rules.map((rule) => `-A PREROUTING ${rule}`).join("\n")}\nCOMMIT\n`;

test.each([
  ["a value within the mask", ["-j MARK --set-xmark 0x30/0xff", "-m mark --mark 0x30 -j ACCEPT"], 1],
  ["the same mask", ["-j MARK --set-xmark 0x30/0xff", "-m mark --mark 0x30/0xff -j ACCEPT"], 0],
  ["a value beyond the mask", ["-j MARK --set-xmark 0x30/0xff", "-m mark --mark 0x130 -j ACCEPT"], 0],
  ["no mark at all", ["-j MARK --set-xmark 0x30/0xff", "-m mark ! --mark 0 -j ACCEPT"], 0],
  [
    "written whole elsewhere",
    ["-j MARK --set-xmark 0x30/0xff", "-i a -j MARK --set-mark 0x30", "-m mark --mark 0x30 -j ACCEPT"],
    0,
  ],
  [
    "written whole to the connection",
    ["-j MARK --set-xmark 0x1/0xff", "-j CONNMARK --set-mark 2", "-m mark --mark 2 -j ACCEPT"],
    0,
  ],
  ["a bit", ["-j MARK --or-mark 1", "-m mark --mark 1 -j ACCEPT"], 1],
  [
    "unknown writes",
    [
      "-j MARK --set-xmark 0x30/0xff",
      "-j HMARK --hmark-tuple src --hmark-mod 10 --hmark-rnd 1",
      "-m mark --mark 0x30 -j ACCEPT",
    ],
    0,
  ],
] as const)("%s", (_, rules, count) => expect(found(id, "iptables", mangle(...rules))).toHaveLength(count));
