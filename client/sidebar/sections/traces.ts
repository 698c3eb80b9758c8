import type { Outcome } from "../../../netfilter/observe/command.js";
import { rulesetFiles } from "../../rulesets/files.js";
import type { InThread } from "../../rulesets/inThread.js";
import type { OutlineTable } from "../../rulesets/outline.js";
import { type Ask, emptyItem, failureItem, type Item } from "../item.js";
import { readLog } from "./kernelLog.js";

/** Where rules of the router trace packets already, and what traces the kernel log holds: reading only. */
export async function traces(ask: Ask, inThread: InThread): Promise<readonly Item[]> {
  const rules = await Promise.all(rulesetFiles.map((file) => tracingRules(file, ask, inThread)));
  const found = [...rules, await tracedLines(ask)];
  const items = found.flatMap((one) => (one.ok ? one.value : []));
  const failures = unanswered(found);
  if (items.length > 0 || failures.length > 0) return [...items, ...failures];
  return [emptyItem("No rule on this router traces packets, and the kernel log holds no traces.")];
}

/** Most routers have not all the tools; that one is missing is worth a line only where no other has answered. */
function unanswered(found: readonly Outcome<unknown>[]): readonly Item[] {
  const failures = found.flatMap((one) => (one.ok ? [] : [one.failure]));
  const worth = failures.length === found.length ? failures : failures.filter(({ reason }) => reason !== "missing");
  return worth.map((failure, index) => ({ ...failureItem(failure), id: `failure ${index}` }));
}

async function tracingRules(
  file: (typeof rulesetFiles)[number],
  ask: Ask,
  inThread: InThread,
): Promise<Outcome<readonly Item[]>> {
  const outcome = await ask(file.command);
  if (!outcome.ok) return outcome;
  const { tables } = await inThread("outline", { language: file.language, text: outcome.value.text });
  return { ...outcome, value: tables.flatMap((table) => tracingChains(table, file)) };
}

function tracingChains({ family, name, chains }: OutlineTable, file: (typeof rulesetFiles)[number]): readonly Item[] {
  return chains.flatMap((chain) =>
    chain.traces.map(
      (line): Item => ({
        id: `${file.name} ${line}`,
        label: `${family} ${name} ${chain.name}`,
        description: "sets tracing on",
        tooltip: [
          "Packets that this rule matches are traced through all that follows: each costs time and an event per rule.",
        ],
        icon: "eye",
        tone: "warning",
        opens: { what: "ruleset", file: file.name, at: { line } },
      }),
    ),
  );
}

async function tracedLines(ask: Ask): Promise<Outcome<readonly Item[]>> {
  const outcome = await readLog(ask);
  if (!outcome.ok) return outcome;
  const traced = outcome.value.filter(({ kind }) => kind === "trace");
  const newest = traced.slice(-200).reverse();
  const lines: Item = {
    id: "log",
    label: "Traces in the kernel log",
    description: `${traced.length} lines`,
    icon: "output",
    children: newest.map(({ text }, index) => ({ id: `${index}`, label: text, tooltip: [text], icon: "output" })),
  };
  return { ...outcome, value: traced.length > 0 ? [lines] : [] };
}
