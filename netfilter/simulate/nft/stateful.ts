import type { Amount, Quota, StatefulStatement } from "../../syntax/nft/nodes.js";
import type { Passage } from "../context.js";
import { Cell } from "./memory.js";
import type { Program } from "./program.js";
import type { Step } from "./reading.js";

/** Compiles a statement with a state of its own: each call makes another state. */
export function stateStep(node: StatefulStatement, program: Program): Step {
  switch (node.kind) {
    case "quota":
      return quotaStep(node, program);
    case "limit":
      return below("No rate of a `limit` is exceeded.", node.mode?.text);
    case "connectionLimit":
      return below("No `ct count` is exceeded.", node.mode?.text);
    default:
      return () => "continue";
  }
}

/** Nothing is over its limit unless the state says so; `over` asks for what is. */
function below(sentence: string, mode: string | undefined): Step {
  const asksForOver = mode === "over";
  return (passage) => {
    if (passage.limits === undefined) passage.assume(sentence);
    return (passage.limits === "over") === asksForOver ? "continue" : undefined;
  };
}

/** Counts every packet that gets here; `over` lets pass what exceeds the quota, else what does not. */
function quotaStep({ mode, amount, used }: Quota, program: Program): Step {
  const limit = bytesOf(amount);
  const over = mode?.text === "over";
  const consumed = new Cell(program.memory, used ? bytesOf(used) : 0, (value) => value);
  return (passage) => {
    consumed.set(consumed.value + lengthOf(passage));
    return consumed.value > limit === over ? "continue" : undefined;
  };
}

function lengthOf(passage: Passage): number {
  const { length } = passage.headers;
  if (length === undefined) passage.assume("Packets without a given length use up no quota.");
  return length ?? 0;
}

const units: Readonly<Record<string, number>> = { bytes: 1, kbytes: 1024, mbytes: 1024 ** 2, gbytes: 1024 ** 3 };

function bytesOf({ value, unit }: Amount): number {
  return Number(value.value) * (units[unit.text] ?? 1);
}
