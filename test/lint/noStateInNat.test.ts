import { expect, test } from "vitest";
import { found } from "./flow.js";

const id = "noStateInNat";

const nat = (rule: string) =>
  `table ip t {\n chain c {\n  type nat hook postrouting priority srcnat\n  ${rule} masquerade\n }\n}\n`;

test.each([
  ["established", "ct state established", 1],
  ["invalid", "ct state invalid", 1],
  ["untracked or established", "ct state { established, untracked }", 1],
  ["new", "ct state new", 0],
  ["related, which helpers announce", "ct state related", 0],
  ["with new", "ct state established,new", 0],
  ["not new, which related is", "ct state != new", 0],
  ["neither new nor related", "ct state != { new, related }", 1],
  ["not established, which is always so", "ct state != established", 0],
] as const)("%s", (_, rule, count) => expect(found(id, "nftables", nat(rule))).toHaveLength(count));
