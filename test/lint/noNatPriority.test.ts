import { expect, test } from "vitest";
import { found } from "./flow.js";

const id = "noNatPriority";

const nat = (hook: string, priority: string, rule = "counter") =>
  `table ip t {\n chain c { # priority 5\n  type nat hook ${hook} priority ${priority}; policy accept;\n  ${rule}\n }\n}\n`;

test.each([
  ["prerouting", "0", ["0"]],
  ["prerouting", "filter + 10", ["filter + 10"]],
  ["prerouting", "-50", []],
  ["prerouting", "dstnat", []],
  ["output", "0", ["0"]],
  ["output", "-100", []],
  ["postrouting", "0", ["0"]],
  ["postrouting", "-100", ["-100"]],
  ["postrouting", "srcnat", []],
  ["postrouting", "50", []],
  ["input", "0", ["0"]],
] as const)("%s at %s", (hook, priority, expected) => {
  expect(found(id, "nftables", nat(hook, priority))).toEqual(expected);
});

test("an empty chain is there for the kernel's sake", () => {
  expect(found(id, "nftables", nat("prerouting", "0", ""))).toEqual([]);
});

test("points at the filter chains between", () => {
  const filter = "table inet f {\n chain early {\n  type filter hook prerouting priority -50\n  counter\n }\n}\n";
  expect(found(id, "nftables", nat("prerouting", "0") + filter)).toEqual(["0 | early"]);
});
