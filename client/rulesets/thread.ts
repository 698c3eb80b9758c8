import { parentPort, workerData } from "node:worker_threads";
import { performRulesetCall } from "./calls.js";

/** A thread for one call: a ruleset of any size is read beside the editor, not in its way. */
parentPort?.postMessage(performRulesetCall(workerData.call, workerData.argument));
