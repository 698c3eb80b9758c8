import { spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { type ConntrackSource, Listing } from "../../client/conntrack/listing.js";
import { TableThread } from "../../client/conntrack/tableThread.js";
import type { Router } from "../../client/routers/router.js";
import type { Command, Exit } from "../../netfilter/observe/command.js";
import { byteSize } from "../../netfilter/observe/conntrack/columns.js";
import { conntrackFile } from "../../netfilter/observe/conntrack/list.js";
import { conntrackCount } from "../../netfilter/observe/conntrack/stats.js";
import type { ListStatus, ViewSpec } from "../../webview/protocol.js";
import { closeRouters, hostOf, routerAt, testPerson } from "../routers/fixture.js";
import { type Lab, startLab } from "../routers/lab.js";

const entries = 1_000_000;
const rounds = 3;
/** The limit is the whole machine's, and is put back. */
const most = "/proc/sys/net/netfilter/nf_conntrack_max";
const wanted: ViewSpec = { query: "tcp dport:443 mark:0x30/0xff", sort: { key: "source", descending: false } };

/**
 * A table of a million entries in a router of the lab, read over real SSH as the sidebar reads it, beside `conntrack -L` with its
 * lines counted over the same connection. `root` is the checkout. Prints; asserts nothing.
 */
export async function benchConntrack(root: string): Promise<void> {
  const before = readFileSync(most, "utf8");
  process.once("exit", () => writeFileSync(most, before));
  if (Number(before) < entries + 10_000) writeFileSync(most, String(entries + 10_000));
  const lab = await startLab();
  try {
    await fill(lab, join(root, "test/routers/fill.py"));
    const router = routerAt(hostOf(lab), testPerson());
    router.use();
    const thread = new TableThread(join(root, "out/conntrackThread.mjs"));
    try {
      await times(lab, router, thread);
      await views(thread);
    } finally {
      thread.dispose();
    }
    await memory(router);
  } finally {
    closeRouters();
    lab.stop();
  }
}

/** Two at once, as there are rarely fewer processors. */
async function fill({ router }: Lab, script: string): Promise<void> {
  const half = entries / 2;
  const enter = ["--target", String(router.pid), "--net", "--mount", "--pid", "--", "python3", script, String(half)];
  const ends = [0, half].map(
    (first) =>
      new Promise<void>((resolve, reject) => {
        const child = spawn("nsenter", [...enter, String(first)], { stdio: "inherit" });
        child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`fill.py ended with ${code}`))));
      }),
  );
  await Promise.all(ends);
}

/** The same list by the tool, its lines counted on this side and read by nobody. */
function counting(argv: readonly string[]): Command<number> {
  let lines = 0;
  const push = (bytes: Uint8Array) => {
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  };
  const end = (exit: Exit) => ({ ok: true as const, value: exit.cut ? -1 : lines, warnings: [] });
  return { id: "bench", title: "the bench", argv, root: true, reader: () => ({ push, end }) };
}

async function times(lab: Lab, router: Router, thread: TableThread): Promise<void> {
  const [ours, tool, client]: number[][] = [[], [], []];
  const [blocks, toolBlocks]: Block[][] = [[], []];
  const idle = new Idle();
  for (let round = 0; round < rounds; round++) {
    toolBlocks?.push(
      await blocked(async () => void tool?.push(await timed(() => router.run(counting(["conntrack", "-L"]))))),
    );
    idle.begin();
    blocks?.push(await blocked(async () => void ours?.push(await timed(() => readTable(router, thread)))));
    await idle.end();
    client?.push(bySsh(lab));
  }
  const [own, theirs] = [middle(ours), middle(tool)];
  print("sorted, filtered table", own, "ms");
  print("conntrack -L | wc -l, same connection", theirs, "ms");
  print("ssh conntrack -L | wc -l, OpenSSH's client", middle(client), "ms");
  print("ratio", own / theirs, "x", 1.2);
  const clock = (found: readonly Block[] = []) => middle(found.map((block) => block.clock));
  print("longest block of the event loop, computing", Math.max(...(blocks ?? []).map((one) => one.computed)), "ms", 50);
  print("by the clock, median", clock(blocks), "ms");
  print("by the clock, while lines are only counted", clock(toolBlocks), "ms");
  print("by the clock, in a thread with nothing to do", middle(idle.blocks), "ms");
}

/** Milliseconds for which the event loop did not come round meanwhile, by the clock and by what this thread itself computed. */
interface Block {
  readonly clock: number;
  readonly computed: number;
}

async function blocked(work: () => Promise<void>): Promise<Block> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  let computed = 0;
  let last = computing();
  const look = () => {
    const now = computing();
    computed = Math.max(computed, now - last);
    last = now;
  };
  const timer = setInterval(look, 2);
  delay.enable();
  await work();
  delay.disable();
  clearInterval(timer);
  return { clock: delay.max / 1e6, computed };
}

/** Milliseconds that this thread has computed for since it began. */
function computing(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** A thread that has nothing to do: what it waits for is the machine's other work. */
class Idle {
  readonly blocks: number[] = [];
  private worker: Worker | undefined;

  begin(): void {
    this.worker = new Worker(
      `const delay = require("node:perf_hooks").monitorEventLoopDelay({ resolution: 5 });
      delay.enable();
      require("node:worker_threads").parentPort.once("message", () => {
        delay.disable();
        require("node:worker_threads").parentPort.postMessage(delay.max / 1e6);
      });`,
      { eval: true },
    );
  }

  async end(): Promise<void> {
    const told = new Promise<number>((resolve) => this.worker?.once("message", resolve));
    this.worker?.postMessage("");
    this.blocks.push(await told);
    await this.worker?.terminate();
  }
}

async function readTable(router: Router, thread: TableThread): Promise<void> {
  let last: ListStatus | undefined;
  const listing = new Listing(sourceOf(router), thread, (status) => {
    last = status;
  });
  await listing.show(wanted);
  await listing.read(false);
  if (!last || last.loading || last.failure || last.count < entries)
    throw new Error(`Not read: ${JSON.stringify(last)}`);
  listing.dispose();
}

function sourceOf(router: Router): ConntrackSource {
  return {
    name: router.name,
    run: (command, signal) => router.run(command, { signal }),
    count: async (signal) => {
      const outcome = await router.run(conntrackCount, { signal });
      return outcome.ok ? outcome.value.count : undefined;
    },
    markRules: async () => [],
  };
}

function bySsh({ address, key }: Lab): number {
  const options = ["-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null", "-oLogLevel=ERROR", "-i", key];
  const started = performance.now();
  const line = `ssh ${options.join(" ")} root@${address} conntrack -L 2>/dev/null | wc -l`;
  const { stdout } = spawnSync("sh", ["-c", line], { encoding: "utf8" });
  if (Number(stdout) < entries) throw new Error(`ssh counted ${stdout}`);
  return performance.now() - started;
}

async function views(thread: TableThread): Promise<void> {
  const ask = async (spec: ViewSpec) => {
    const took: number[] = [];
    for (let turn = 0; turn < 5; turn++) took.push(await timed(() => thread.call("view", spec)));
    return middle(took);
  };
  for (const query of [
    "tcp",
    "src:192.168.0.0/17 state:ESTABLISHED",
    "dport:443",
    "mark:0x30/0xff",
    "203.0",
    wanted.query,
  ])
    print(`filter ${query}`, await ask({ query }), "ms", 300);
  for (const key of ["protocol", "state", "source", "replyDestination", "sourcePort", "timeout", "mark"] as const)
    print(`sort by ${key}`, await ask({ query: "", sort: { key, descending: true } }), "ms", 300);
  print("group by destination", await ask({ query: "", group: "destination" }), "ms");
}

async function memory(router: Router): Promise<void> {
  const outcome = await router.run(conntrackFile);
  if (!outcome.ok) throw new Error(outcome.failure.message);
  const rowNumbers = 4;
  print("memory", byteSize(outcome.value) / outcome.value.count + rowNumbers, "bytes an entry", 80);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function middle(values: readonly number[] = []): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}

function print(what: string, value: number, unit: string, limit?: number): void {
  const told = limit === undefined ? "" : `  limit ${limit}${value > limit ? "  MISSED" : ""}`;
  console.log(`${what.padEnd(46)}${value.toFixed(value < 10 ? 2 : 0).padStart(9)} ${unit}${told}`);
}
