import type { Outcome } from "../../../netfilter/observe/command.js";
import { kernelJournal, kernelLog, kernelLogread, type LogEntry } from "../../../netfilter/observe/kernel/log.js";
import { type Ask, emptyItem, failureItem, type Item, withWarnings } from "../item.js";

/** So many of the newest lines are shown of each kind. */
const mostLines = 200;

const kinds: readonly (readonly [LogEntry["kind"], string, string])[] = [
  ["tableFull", "Conntrack table full", "error"],
  ["invalid", "Packets that conntrack calls invalid", "warning"],
  ["martian", "Martians", "warning"],
  ["packet", "Logged packets", "note"],
  ["other", "Else", "note"],
];

/** Netfilter's lines of the kernel log by what they tell, the newest first. */
export async function logLines(ask: Ask): Promise<readonly Item[]> {
  const outcome = await readLog(ask);
  if (!outcome.ok) return [failureItem(outcome.failure)];
  const groups = kinds.flatMap(([kind, label, icon]) => groupOf(outcome.value, kind, label, icon));
  const none = emptyItem(
    "Netfilter has written nothing to the kernel log since the router started, or as far back as it is kept.",
  );
  return withWarnings(groups.length > 0 ? groups : [none], outcome.warnings);
}

/** dmesg, or what stands in for it where it is refused, missing or empty. */
export async function readLog(ask: Ask): Promise<Outcome<readonly LogEntry[]>> {
  const first = await ask(kernelLog);
  if (first.ok && first.value.length > 0) return first;
  for (const other of [kernelJournal, kernelLogread]) {
    const outcome = await ask(other);
    if (outcome.ok && outcome.value.length > 0) return outcome;
  }
  return first;
}

function groupOf(entries: readonly LogEntry[], kind: LogEntry["kind"], label: string, icon: string): Item[] {
  const own = entries.filter((entry) => entry.kind === kind);
  if (own.length === 0) return [];
  const newest = own.slice(-mostLines).reverse();
  const left = own.length > mostLines ? `, the newest ${mostLines} shown` : "";
  const serious = kind === "tableFull" || kind === "martian";
  return [
    {
      id: kind,
      label,
      description: `${own.length}${left}`,
      icon,
      ...(serious && { tone: "warning" as const }),
      children: newest.map((entry, index) => lineItem(entry, index)),
    },
  ];
}

function lineItem(entry: LogEntry, index: number): Item {
  const { uptime, text, meaning } = entry;
  return {
    id: `${index} ${uptime ?? ""}`,
    label: briefly(entry),
    ...(uptime !== undefined && { description: `${uptime.toFixed(1)} s after start` }),
    tooltip: [text, ...(meaning ? [meaning] : [])],
    icon: "output",
  };
}

/** What tells a line from its neighbours in a narrow sidebar; the whole of it is in the hover. */
function briefly({ text, packet }: LogEntry): string {
  if (!packet) return text.replace(/^(\w+: )\1/, "$1");
  const { IN, SRC, SPT, DST, DPT, PROTO = "" } = packet.fields;
  if (SRC === undefined || DST === undefined) return text;
  const end = (address: string, port: string | undefined) => (port === undefined ? address : `${address} ${port}`);
  return `${packet.prefix}${end(SRC, SPT)} → ${end(DST, DPT)} ${PROTO}${IN ? ` in by ${IN}` : ""}`;
}
