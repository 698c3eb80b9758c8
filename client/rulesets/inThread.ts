import { Worker } from "node:worker_threads";
import type { RulesetCalls } from "./calls.js";

/** Asks something of rulesets in a thread that lives for the one answer; `signal` ends it without one. */
export type InThread = <Call extends keyof RulesetCalls>(
  call: Call,
  argument: RulesetCalls[Call][0],
  signal?: AbortSignal,
) => Promise<RulesetCalls[Call][1]>;

/** `script` is the bundled `thread.ts`. */
export function rulesetThread(script: string): InThread {
  return (call, argument, signal) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(script, { workerData: { call, argument } });
      worker.once("message", (answer) => {
        resolve(answer);
        void worker.terminate();
      });
      worker.once("error", reject);
      signal?.addEventListener("abort", () => void worker.terminate(), { once: true });
      worker.once("exit", () => reject(new Error("The thread that reads rulesets has ended without an answer.")));
    });
}
