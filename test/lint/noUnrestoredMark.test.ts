import { expect, test } from "vitest";
import { found } from "./flow.js";

const id = "noUnrestoredMark";

const mangle = (...rules: string[]) => `*mangle\n${rules.map((rule) => `-A PREROUTING ${rule}`).join("\n")}\nCOMMIT\n`;
const save = "-j CONNMARK --save-mark";

test.each([
  ["never restored", [save], 1],
  ["under a mask", ["-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff"], 1],
  ["restored", ["-j CONNMARK --restore-mark", save], 0],
  ["asked for", ["-m connmark --mark 1 -j ACCEPT", save], 0],
  ["a mark of the connection's own", ["-j CONNMARK --set-mark 1"], 0],
] as const)("%s", (_, rules, count) => expect(found(id, "iptables", mangle(...rules))).toHaveLength(count));

test.each([
  ["part of a larger key", "ip saddr . ct mark vmap { 10.0.0.1 . 1 : accept }", 0],
  ["asked for", "ct mark 1 accept", 0],
  ["the packet's own asked for", "meta mark 1 accept", 1],
] as const)("%s", (_, rule, count) => {
  const text = `table ip t {\n chain c {\n type filter hook prerouting priority mangle\n ${rule}\n ct mark set meta mark\n }\n}\n`;
  expect(found(id, "nftables", text)).toHaveLength(count);
});
