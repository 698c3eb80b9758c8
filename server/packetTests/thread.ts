import { parentPort } from "node:worker_threads";
import { rulesReader } from "../../netfilter/simulate/load.js";
import { performer } from "./perform.js";
import type { PacketTestReply, PacketTestRequest } from "./protocol.js";

/** A thread's whole life: calls are answered in the order in which they come; who has no patience ends the thread. */
export function servePacketTests(): void {
  const readRules = rulesReader();
  const say = (reply: PacketTestReply) => parentPort?.postMessage(reply);
  parentPort?.on("message", ({ id, call, argument }: PacketTestRequest) => {
    try {
      const perform = performer(readRules, (outcome) => say({ id, outcome }))[call];
      say({ id, answer: perform(argument as never) });
    } catch (error) {
      say({ id, error: (error as Error).stack ?? String(error) });
    }
  });
}
