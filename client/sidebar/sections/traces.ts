import { kernelLog } from "../../../netfilter/observe/kernel/log.js";
import { rulesetFiles } from "../../rulesets/files.js";
import type { InThread } from "../../rulesets/inThread.js";
import { type Ask, emptyItem, type Item } from "../item.js";

/** Where rules of the router trace packets already, and what traces the kernel log holds: reading only. */
export async function traces(ask: Ask, inThread: InThread): Promise<readonly Item[]> {
  const rules = (await Promise.all(rulesetFiles.map((file) => tracingRules(file, ask, inThread)))).flat();
  const lines = await tracedLines(ask);
  const items = [...rules, ...lines];
  return items.length > 0
    ? items
    : [emptyItem("No rule on this router traces packets, and the kernel log holds no traces.")];
}

async function tracingRules(
  file: (typeof rulesetFiles)[number],
  ask: Ask,
  inThread: InThread,
): Promise<readonly Item[]> {
  const outcome = await ask(file.command);
  if (!outcome.ok) return [];
  const { tables } = await inThread("outline", { language: file.language, text: outcome.value.text });
  return tables.flatMap(({ family, name, chains }) =>
    chains.flatMap((chain) =>
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
    ),
  );
}

async function tracedLines(ask: Ask): Promise<readonly Item[]> {
  const outcome = await ask(kernelLog);
  const traced = outcome.ok ? outcome.value.filter(({ kind }) => kind === "trace") : [];
  if (traced.length === 0) return [];
  return [
    {
      id: "log",
      label: "Traces in the kernel log",
      description: `${traced.length} lines`,
      icon: "output",
      children: traced
        .slice(-200)
        .reverse()
        .map(({ text }, index) => ({ id: `${index}`, label: text, tooltip: [text], icon: "output" })),
    },
  ];
}
