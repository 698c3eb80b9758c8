import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { Rules } from "../../client/path/calls.js";
import { RulesetThread, rulesetThread } from "../../client/rulesets/inThread.js";

const folder = mkdtempSync(join(tmpdir(), "hookscope-rulesets-"));
const real = join(folder, "thread.cjs");

beforeAll(() => {
  const entryPoints = [new URL("../../client/rulesets/thread.ts", import.meta.url).pathname];
  buildSync({ entryPoints, outfile: real, bundle: true, platform: "node", format: "cjs", logLevel: "warning" });
});
afterAll(() => rmSync(folder, { recursive: true }));

function begun(script: string, restMs?: number): RulesetThread {
  const thread = new RulesetThread(script, restMs);
  onTestFinished(() => thread.dispose());
  return thread;
}

/** A thread that answers with all calls of its life, the outline of "slow" never, and ends at a comparison. */
function telltale(): string {
  const file = join(folder, "telltale.cjs");
  writeFileSync(
    file,
    `const { parentPort } = require("node:worker_threads");
const calls = [];
parentPort.on("message", ({ id, call, argument }) => {
  calls.push(call);
  if (argument?.text === "slow") for (;;);
  if (call === "compare") process.exit(1);
  parentPort.postMessage(call === "nameChains" ? { id, failure: "no such chain" } : { id, answer: calls.join(" ") });
});`,
  );
  return file;
}

const rules: Rules = {
  documents: [{ name: "r", text: "*filter\n-A FORWARD -p tcp -j DROP\nCOMMIT\n", language: "iptables", onDisk: false }],
};
const form = { iif: "a", oif: "b", saddr: "10.0.0.1", daddr: "10.0.0.2", protocol: "tcp", sport: "1", dport: "2" };
const slow = { language: "nftables", text: "slow" } as const;
const nothing = undefined as never;

test("packets are followed one after the other, each from the same beginning", async () => {
  const { ask } = begun(real);
  const send = () => ask("followPacket", { rules, form, exchange: false });
  const first = await send();
  expect(first).toMatchObject({ value: [{ tone: "stopped" }] });
  expect(await send()).toEqual(first);
  expect(await ask("outline", { language: "iptables", text: "*filter\nCOMMIT\n" })).toMatchObject({
    tables: [{ name: "filter" }],
  });
});

test("a thread for one question answers it", async () => {
  const answer = await rulesetThread(real)("counters", "*filter\n:INPUT ACCEPT [5:60]\nCOMMIT\n");
  expect(answer).toMatchObject([{ what: "policy", packets: 5 }]);
});

test("the thread lives from one question to the next, until it has rested", async () => {
  const { ask } = begun(telltale(), 50);
  expect(await ask("counters", "")).toBe("counters");
  expect(await ask("counters", "")).toBe("counters counters");
  await pause(200);
  expect(await ask("counters", "")).toBe("counters");
});

test("a question that is cancelled fails, and those that waited behind it are answered", async () => {
  const { ask } = begun(telltale());
  const cancelling = new AbortController();
  const [cancelled, other, third] = [
    ask("outline", slow, cancelling.signal),
    ask("counters", ""),
    ask("inferHooks", nothing),
  ];
  cancelling.abort(new Error("enough"));
  await expect(cancelled).rejects.toThrow("enough");
  expect([await other, await third]).toEqual(["counters", "counters inferHooks"]);
  await expect(ask("counters", "", cancelling.signal)).rejects.toThrow("enough");
});

test("what was told for later is told the next thread, too, and only since it was begun anew", async () => {
  const { ask } = begun(telltale());
  await ask("beginTraced", nothing);
  await ask("addTraced", nothing);
  await ask("beginTraced", nothing);
  await ask("readTraced", nothing);
  await ask("counters", "");
  const cancelling = new AbortController();
  const cancelled = ask("outline", slow, cancelling.signal);
  cancelling.abort();
  await expect(cancelled).rejects.toThrow();
  expect(await ask("counters", "")).toBe("beginTraced readTraced counters");
});

test("a thread that ends or fails says so, and the next question begins another", async () => {
  const { ask } = begun(telltale());
  await ask("counters", "");
  const failed = "The thread that reads rulesets failed: ";
  const [broken, behind] = [ask("compare", nothing), ask("counters", "")];
  await expect(broken).rejects.toThrow(`${failed}The thread that reads rulesets has ended.`);
  expect(await behind).toBe("counters");
  await expect(ask("nameChains", nothing)).rejects.toThrow(`${failed}no such chain`);
  expect(await ask("counters", "")).toBe("counters");
});

test("what waits when the thread is disposed of fails", async () => {
  const thread = begun(telltale());
  const waiting = thread.ask("outline", slow);
  thread.dispose();
  await expect(waiting).rejects.toThrow();
  await expect(thread.ask("counters", "")).rejects.toThrow("was ended");
});
