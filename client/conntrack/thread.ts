import { parentPort } from "node:worker_threads";
import { EntryTable } from "./entryTable.js";
import { type Calls, perform, type Request } from "./threadCalls.js";

/** A thread's whole life: one table, and the calls that come in for it, in order. */
const table = new EntryTable();

parentPort?.on("message", ({ id, call, argument }: Request) => {
  const answer = perform(table, call as keyof Calls, argument);
  if (id !== undefined) parentPort?.postMessage({ id, answer });
});
