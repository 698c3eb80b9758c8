import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CountedWatch } from "../../../client/path/countedWatch.js";
import { performRulesetCall } from "../../../client/rulesets/calls.js";
import type { Command, Outcome } from "../../../netfilter/observe/command.js";
import type { CountStatus } from "../../../webview/protocol.js";
import { own } from "../../observe/recordings.js";

/** Readings of one listing, by the program that prints it: the last one stays. */
type Recorded = Readonly<Record<string, readonly string[]>>;

const readings = (name: string) =>
  own(`counted/${name}.txt`)
    .split(/^=== reading \d\n/m)
    .slice(1);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A router that answers with what was recorded, half a second after it was asked. */
function watched(recorded: Recorded) {
  const told: CountStatus[] = [];
  const asked: string[] = [];
  const planned: string[] = [];
  let [running, most] = [0, 0];
  const printed = new Map<string, number>();
  const ask = async <Result>({ argv, reader }: Command<Result>, signal: AbortSignal): Promise<Outcome<Result>> => {
    const [program = ""] = argv;
    asked.push(program);
    const texts = recorded[program];
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 500));
    running -= 1;
    if (signal.aborted) return { ok: false, failure: { reason: "cut", message: "It was cancelled." } };
    if (!texts) return { ok: false, failure: { reason: "missing", message: `There is no ${program} on this router.` } };
    const at = printed.get(program) ?? 0;
    printed.set(program, at + 1);
    const reading = reader();
    reading.push(new TextEncoder().encode(texts[Math.min(at, texts.length - 1)]));
    return reading.end({ code: 0, stderr: "", cut: false });
  };
  const watch = new CountedWatch({
    ask,
    chainsOf: async (listing) => {
      planned.push(listing.language);
      return performRulesetCall("countedChains", listing);
    },
    tell: (status) => void told.push(status),
    pauseMs: () => 2_000,
  });
  const came = (name: string) => {
    const counts = told.at(-1)?.counts.filter(({ chain }) => `${chain.table} ${chain.name}` === name);
    return counts?.map((one) => one.came.low);
  };
  return { watch, told, asked, planned, came, most: () => most };
}

test("two readings at once, then one after the other; only listings with chains are read again, and parsed once", async () => {
  const { watch, told, asked, planned, came } = watched({ "iptables-save": readings("legacy") });
  watch.start();
  await vi.advanceTimersByTimeAsync(400);
  expect(asked).toHaveLength(5);
  await vi.advanceTimersByTimeAsync(200);
  expect(told.at(-1)?.text).toBe("Counting from now.");
  await vi.advanceTimersByTimeAsync(500);
  expect(asked.slice(5)).toEqual(["iptables-save"]);
  expect(came("raw PREROUTING")).toEqual([0]);
  await vi.advanceTimersByTimeAsync(1_900);
  expect(asked).toHaveLength(6);
  await vi.advanceTimersByTimeAsync(700);
  expect([came("raw PREROUTING"), came("mangle PREROUTING")]).toEqual([[12], [6]]);
  await vi.advanceTimersByTimeAsync(2_600);
  const mangle = told.at(-1)?.counts.find(({ chain }) => `${chain.table} ${chain.name}` === "mangle PREROUTING");
  expect(mangle?.certain).toMatchObject({ cameAtMost: 6 });
  expect(told.at(-1)?.text).toBe("Counted for 6 s, read every 2 s.");
  expect(planned).toEqual(["iptables"]);
  watch.dispose();
});

test("chains of iptables-nft stand in two listings, and once in the counts", async () => {
  const { watch, came } = watched({ "iptables-save": readings("iptables-nft"), nft: readings("nft-of-iptables") });
  watch.start();
  await vi.advanceTimersByTimeAsync(4_000);
  expect([came("raw PREROUTING"), came("other early")]).toEqual([[12], [0]]);
  watch.dispose();
});

test("the old interface's chains, which two programs list, are counted once", async () => {
  const texts = readings("legacy");
  const { watch, came } = watched({ "iptables-save": texts, "iptables-legacy-save": texts });
  watch.start();
  await vi.advanceTimersByTimeAsync(4_000);
  expect(came("raw PREROUTING")).toEqual([12]);
  watch.dispose();
});

test("hidden: nothing is read; paused: what was counted stays", async () => {
  const { watch, told, asked, came } = watched({ "iptables-save": readings("legacy") });
  watch.start();
  await vi.advanceTimersByTimeAsync(4_000);
  watch.seen(false);
  const before = asked.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(before);
  watch.seen(true);
  await vi.advanceTimersByTimeAsync(600);
  expect(asked).toHaveLength(before + 1);
  watch.pause();
  expect(told.at(-1)).toMatchObject({ state: "paused", text: expect.stringContaining("Paused.") });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(before + 1);
  expect(came("raw PREROUTING")).toEqual([12]);
  watch.seen(false);
  watch.seen(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(before + 1);
  watch.resume();
  await vi.advanceTimersByTimeAsync(600);
  expect(asked).toHaveLength(before + 2);
  watch.stop();
  expect(told.at(-1)).toEqual({ state: "off", text: "", counts: [] });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(before + 2);
});

test("never two readings at one time, also when it is started over in the middle of one", async () => {
  const { watch, most } = watched({ "iptables-save": readings("legacy") });
  watch.start();
  for (const ms of [200, 700, 300, 2_400, 10_000]) {
    await vi.advanceTimersByTimeAsync(ms);
    watch.start();
  }
  // The commands of one reading run together.
  expect(most()).toBe(5);
  watch.dispose();
});

test("a router that cannot be asked: the reason, and it is tried again", async () => {
  const recorded: Record<string, readonly string[]> = {};
  const { watch, told, came } = watched(recorded);
  watch.start();
  await vi.advanceTimersByTimeAsync(600);
  expect(told.at(-1)).toMatchObject({ state: "failed", text: "There is no nft on this router." });
  recorded["iptables-save"] = readings("legacy");
  await vi.advanceTimersByTimeAsync(6_000);
  expect([told.at(-1)?.state, came("raw PREROUTING")]).toEqual(["on", [12]]);
  watch.dispose();
});

test("a router without chains says so", async () => {
  const { watch, told } = watched({ nft: [""] });
  watch.start();
  await vi.advanceTimersByTimeAsync(600);
  expect(told.at(-1)).toMatchObject({ state: "failed", text: expect.stringContaining("lists no base chains") });
  watch.dispose();
});
