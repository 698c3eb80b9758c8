import { expect, test } from "vitest";
import { type Call, calleesAt, callersAt, callItemAt } from "../../netfilter/ide/calls.js";
import type { Language } from "../../netfilter/language.js";
import { fixture, iptablesSample, nftSample } from "./fixture.js";

function told(text: string, calls: readonly Call[]): string[] {
  return calls.map(({ item: { kind, name }, from }) => {
    return `${kind} ${name}: ${from.map(({ start, end }) => text.slice(start, end)).join(", ")}`;
  });
}

test.each<[Language, string, string, string[], string[]]>([
  ["nftables", nftSample.replace("chain ssh", "chain s$0sh"), "ssh", ["map ports: ssh", "chain input: ssh"], []],
  [
    "nftables",
    nftSample.replace("jump ssh\n    tcp", "jump s$0sh\n    tcp"),
    "ssh",
    ["map ports: ssh", "chain input: ssh"],
    [],
  ],
  ["nftables", nftSample.replace("vmap @ports", "v$0map @ports"), "input", [], ["chain ssh: ssh", "map ports: ports"]],
  ["nftables", nftSample.replace("map ports", "map po$0rts"), "ports", ["chain input: ports"], ["chain ssh: ssh"]],
  [
    "iptables",
    "*filter\n:INPUT ACCEPT [0:0]\n:a - [0:0]\n-A INPUT -j a\n-A FORWARD -p tcp -g a\n-A a$0 -j INPUT2\nCOMMIT\n",
    "a",
    ["chain INPUT: a", "chain FORWARD: a"],
    [],
  ],
])("%s: %#", (language, source, name, callers, callees) => {
  const { analysis, offset } = fixture(language, source);
  expect(callItemAt(analysis, offset)?.name).toBe(name);
  expect(told(analysis.tree.text, callersAt(analysis, offset))).toEqual(callers);
  expect(told(analysis.tree.text, calleesAt(analysis, offset))).toEqual(callees);
});

test("an item tells its table and hook, and where it stands", () => {
  const { analysis, offset } = fixture("nftables", nftSample.replace("chain input", "chain in$0put"));
  const item = callItemAt(analysis, offset);
  const { text } = analysis.tree;
  expect(item).toMatchObject({ kind: "chain", detail: "inet filter · filter input 0" });
  expect(text.slice(item?.nameAt.start, item?.nameAt.end)).toBe("input");
  expect(text.slice(item?.whole.start, item?.whole.end)).toMatch(/^chain input \{[\s\S]*\}$/);
});

test("outside of every chain there is nothing to show", () => {
  const { analysis, offset } = fixture("iptables", `$0${iptablesSample}`);
  expect([callItemAt(analysis, offset), callersAt(analysis, offset), calleesAt(analysis, offset)]).toEqual([
    undefined,
    [],
    [],
  ]);
});
