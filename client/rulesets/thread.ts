import { parentPort } from "node:worker_threads";
import { Memory, performRulesetCall, type RulesetRequest } from "./calls.js";

/** A thread's whole life: calls about rulesets in the order in which they come, and what is kept from one to the next. */
const memory = new Memory();

parentPort?.on("message", ({ id, call, argument }: RulesetRequest) => {
  try {
    parentPort?.postMessage({ id, answer: performRulesetCall(call, argument as never, memory) });
  } catch (error) {
    parentPort?.postMessage({ id, failure: (error as Error).stack ?? String(error) });
  }
});
