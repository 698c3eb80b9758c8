import { afterEach, expect, test, vi } from "vitest";
import { HooksOf } from "../../../client/path/hooksOf.js";
import { performRulesetCall } from "../../../client/rulesets/calls.js";
import type { InThread } from "../../../client/rulesets/inThread.js";
import type { Ask } from "../../../client/sidebar/item.js";
import type { Diagram } from "../../../netfilter/diagram/diagram.js";
import type { PacketForm } from "../../../webview/protocol.js";
import { recording } from "../../observe/recordings.js";
import { asking, type Said } from "../sidebarAsk.js";

afterEach(() => void vi.useRealTimers());

const inThread: InThread = async (call, argument) => performRulesetCall(call, argument);
const story = `table ip filter { # handle 1
	chain INPUT { # handle 1
		type filter hook input priority filter; policy accept;
		tcp dport 2570 ct state new counter packets 3 bytes 180 # handle 2
	}
}
table ip last { # handle 2
	chain in { # handle 1
		type filter hook input priority 2147483647; policy accept;
		tcp dport 2570 counter packets 3 bytes 180 drop # handle 2
	}
}
`;
const told = { "nft.hooks": recording("vm/bw612/b2-nft-list-hooks.txt") };
const byBpftrace = {
  "nft.hooks": "",
  "bpftrace.hooks": recording("vm/bw61/hooks-bpftrace-plain.txt"),
  "nft.ruleset": recording("vm/bw61/nft-a-list-ruleset.txt"),
};

const packet: PacketForm = { iif: "eth0", saddr: "192.0.2.1", daddr: "192.0.2.2", protocol: "tcp", dport: "2570" };

function pictured(text: string, hooks: Awaited<ReturnType<HooksOf["now"]>>): Diagram | undefined {
  const document = { name: "ruleset.nft", text, language: "nftables", onDisk: false, listed: true } as const;
  const rules = { documents: [document], ...(hooks && { hooks: hooks.list }) };
  const answer = performRulesetCall("followPacket", { rules, form: packet, exchange: false });
  return "value" in answer ? answer.value[0]?.full : undefined;
}

const rowsAt = (diagram: Diagram | undefined, id: string) =>
  diagram?.boxes.find((box) => box.id === id)?.rows.map(({ priority, text }) => `${priority} ${text}`);

test.each([
  ["nft", told, "Hooks as the kernel lists them."],
  ["bpftrace", byBpftrace, "Hooks as bpftrace read them in the kernel."],
  [
    "inferred",
    { "nft.hooks": "", "nft.ruleset": story },
    "Hooks inferred from rules and modules, as this kernel tells them neither to nft nor to bpftrace.",
  ],
] as const)("by %s", async (source, answers: Readonly<Record<string, Said>>, says) => {
  const hooks = await new HooksOf(asking(answers), inThread, () => undefined).now([story]);
  expect(hooks).toMatchObject({ list: { source }, says });
});

test("story 002: the kernel's own list stands in the picture, and the packet's steps in its rows", async () => {
  const hooks = await new HooksOf(asking(told), inThread, () => undefined).now([story]);
  const diagram = pictured(story, hooks);
  expect(rowsAt(diagram, "input")).toEqual([
    "0 ip filter INPUT",
    "2147483647 conntrack's confirmation",
    "2147483647 ip last in",
  ]);
  expect(diagram?.way?.end).toEqual({ box: "input", row: "input 2", tone: "stopped" });
});

test("it is kept for as long as the rules are the same, whatever they have counted", async () => {
  const ask = asking(told);
  const hooks = new HooksOf(ask, inThread, () => undefined);
  await hooks.now([story]);
  await hooks.now([story.replace(/packets \d+/, "packets 77")]);
  const times = () => ask.asked.filter((id) => id === "nft.hooks").length;
  expect(times()).toBe(1);
  await hooks.now([`${story}\ntable ip more {\n}\n`]);
  expect(times()).toBe(2);
});

test("a router that answers late is not waited for, and heard of", async () => {
  vi.useFakeTimers();
  const answers = asking(told);
  const slow: Ask = async (command) => {
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    return answers(command);
  };
  const arrived = vi.fn();
  const hooks = new HooksOf(slow, inThread, arrived);
  const first = hooks.now([story]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect([await first, arrived.mock.calls.length]).toEqual([undefined, 0]);
  void hooks.now([story]);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(arrived).toHaveBeenCalledTimes(1);
  expect((await hooks.now([story]))?.list.source).toBe("nft");
});

test("a router that cannot be asked has no list", async () => {
  expect(await new HooksOf(asking({}), inThread, () => undefined).now([story])).toBeUndefined();
});
