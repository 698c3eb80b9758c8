import { fileURLToPath } from "node:url";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { testFileFor } from "../../client/packetTests/names.js";
import { grouped, leaves, type Node } from "../../client/packetTests/selection.js";
import { PacketTestThread, Stopped } from "../../client/packetTests/thread.js";
import type { TestFile, TestOutcome } from "../../server/packetTests/protocol.js";
import { bundle } from "../server/bundle.js";

let script: string;
beforeAll(async () => {
  script = await bundle("main");
}, 60_000);

const path = fileURLToPath(new URL("../../samples/home-router/rules.packets.yaml", import.meta.url));
const packet = "{ iif: lan0, saddr: 172.17.0.5, daddr: 172.17.0.1, protocol: tcp, sport: 1, dport: 22, flags: syn }";
const file: TestFile = {
  path,
  text: `rules: rules.v4\ntests:\n  - { name: a, packet: ${packet} }\n  - { name: b, packet: ${packet}, expect: dropped }\n`,
  unsaved: {},
};

function startThread(patience?: number): PacketTestThread {
  const thread = new PacketTestThread(script, patience);
  onTestFinished(() => thread.stop());
  return thread;
}

test("the server's script, started as a thread, reads and runs tests", async () => {
  const thread = startThread();
  const outcomes: TestOutcome[] = [];
  const outline = thread.call("outline", file);
  const run = thread.call("run", { ...file, tests: [1, 0, 7] }, (outcome) => outcomes.push(outcome));
  expect((await outline).tests.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(await run).toEqual({ warnings: [] });
  const told = outcomes.map(({ test, error, packets }) => [test, error, packets[0]?.failures.length]);
  expect(told).toEqual([
    [1, undefined, 1],
    [0, undefined, 0],
    [7, "This test is no longer in the file.", undefined],
  ]);
});

test("a stopped thread says so to all who wait, and the next call starts another", async () => {
  const thread = startThread();
  const calls = [thread.call("outline", file), thread.call("run", { ...file, tests: [0] })];
  thread.stop();
  for (const call of calls) await expect(call).rejects.toThrow(Stopped);
  expect((await thread.call("outline", file)).tests).toHaveLength(2);
});

test("a thread that nobody asks ends by itself", async () => {
  const thread = startThread(1);
  const threads = () => process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;
  const before = threads();
  await thread.call("outline", file);
  await vi.waitFor(() => expect(threads()).toBe(before), { timeout: 5_000 });
});

test("a thread that fails says why", async () => {
  await expect(new PacketTestThread("/nowhere.cjs").call("outline", file)).rejects.toThrow(/nowhere/);
});

test.each([
  ["/etc/iptables/rules.v4", "/etc/iptables/rules.v4.packets.yaml"],
  ["/etc/nftables.conf", "/etc/nftables.packets.yaml"],
  ["/etc/nftables.d/lan.nft", "/etc/nftables.d/lan.packets.yaml"],
  ["/etc/ufw/before6.rules", "/etc/ufw/before6.packets.yaml"],
  ["/etc/.nft", "/etc/.nft.packets.yaml"],
  ["/etc/sysconfig/iptables", "/etc/sysconfig/iptables.packets.yaml"],
])("%s is tested by %s", (rules, expected) => {
  expect(testFileFor(rules)).toBe(expected);
});

interface Item extends Node<Item> {
  readonly name: string;
}

function item(name: string, ...children: Item[]): Item {
  return { name, children: new Map(children.map((child) => [child.name, child])) };
}

const [p1, p2, single] = [item("p1"), item("p2"), item("single")];
const sequence = item("sequence", p1, p2);
const root = item("file", sequence, single);

test.each([
  [undefined, [], ["p1", "p2", "single"]],
  [[sequence], [], ["p1", "p2"]],
  [[p2, root], [], ["p2", "p1", "single"]],
  [[root], [p1], ["p2", "single"]],
  [undefined, [sequence], ["single"]],
  [[], [], []],
] as const)("asked for %j without %j", (include, exclude, names) => {
  expect(leaves([root], include, exclude).map(({ name }) => name)).toEqual(names);
});

test("values come together by their key", () => {
  expect([...grouped(["ab", "c", "ad"], (word) => word[0])]).toEqual([
    ["a", ["ab", "ad"]],
    ["c", ["c"]],
  ]);
});
