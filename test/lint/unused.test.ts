import { expect, test } from "vitest";
import { filter, forward, found } from "./flow.js";

const set = "set s { type ipv4_addr; }";

test.each([
  ["asked by a rule", forward(["ip saddr @s drop"], set), []],
  ["filled by a rule", forward(["add @s { ip saddr }"], set), []],
  ["asked by nobody", forward(["accept"], set), ["s"]],
  ["filled by the file only", `${forward(["accept"], set)}add element inet filter s { 192.0.2.1 }\n`, ["s"]],
  ["a map asked by a rule", forward(["tcp dport vmap @m"], "map m { type inet_service : verdict; }"), []],
  ["asked by a rule of another table", `${forward(["ip saddr @s drop"])}table inet other { ${set} }\n`, []],
  ["in a table without rules", `table inet filter { ${set} }\n`, []],
  ["with an include", `include "more.nft"\n${forward(["accept"], set)}`, []],
])("noUnusedSet: %s", (_, text, expected) => expect(found("noUnusedSet", "nftables", text)).toEqual(expected));

test.each([
  ["read by a rule", `define a = 1\n${forward(["meta mark $a accept"])}`, []],
  ["read by another one", `define a = 1\ndefine b = { $a, 2 }\n${forward(["meta mark $b accept"])}`, []],
  ["read by nobody", `define a = 1\n${forward(["accept"])}`, ["a"]],
  ["written to the log", `define a = "x"\n${forward(['log prefix "$a: " drop'])}`, []],
  ["defined anew", `define a = 1\nredefine a = 2\n${forward(["meta mark $a accept"])}`, ["a"]],
  ["in a file of definitions", "define a = 1\n", []],
  ["with an include", `define a = 1\ninclude "more.nft"\n${forward(["accept"])}`, []],
])("noUnusedVariable: %s", (_, text, expected) =>
  expect(found("noUnusedVariable", "nftables", text)).toEqual(expected),
);

test.each([
  ["a jump", filter("-A u -j DROP", "-p tcp -j u"), []],
  ["a goto", filter("-A u -j DROP", "-p tcp -g u"), []],
  ["no jump", filter("-A u -j DROP"), ["u"]],
  ["no rules", filter("-j DROP"), []],
  ["a jump from a chain nobody uses", filter(":v - [0:0]", "-A u -j v", "-A v -j DROP"), ["u", "v"]],
  ["a loop that nothing leads to", filter("-A u -p tcp -j u"), ["u"]],
  ["a chain of Docker's", filter(":DOCKER-USER - [0:0]", "-A DOCKER-USER -j DROP"), []],
  ["a file without built-in chains", "*filter\n:u - [0:0]\n-A u -j DROP\nCOMMIT\n", []],
])("noUnusedChain: %s", (_, text, expected) => expect(found("noUnusedChain", "iptables", text)).toEqual(expected));

test.each([
  ["a map's element", forward(["tcp dport vmap { 22 : goto u }"], "chain u { drop; }"), []],
  [
    "a named map's element",
    forward(
      ["tcp dport vmap @m"],
      "map m { type inet_service : verdict; elements = { 22 : jump u }; }\nchain u { drop; }",
    ),
    [],
  ],
  [
    "a named map that may be filled later",
    forward(["iifname vmap @m"], "map m { type ifname : verdict; }\nchain u { drop; }"),
    [],
  ],
  [
    "a named map that stays as it is",
    forward(
      ["tcp dport vmap @m"],
      "map m { type inet_service : verdict; flags constant; elements = { 22 : drop }; }\nchain u { drop; }",
    ),
    ["u"],
  ],
  ["a block behind a jump", forward(["iifname a jump { tcp dport 22 drop; }"]), []],
  ["a jump from such a block", forward(["iifname a jump { tcp dport 22 jump u; }"], "chain u { drop; }"), []],
  ["nothing", forward(["accept"], "chain u { drop; }"), ["u"]],
])("noUnusedChain: %s", (_, text, expected) => expect(found("noUnusedChain", "nftables", text)).toEqual(expected));
