import type { Outcome } from "../../../netfilter/observe/command.js";
import {
  type ConntrackStats,
  conntrackCount,
  conntrackStats,
  conntrackStatsFile,
} from "../../../netfilter/observe/conntrack/stats.js";
import type { GroupRow } from "../../../webview/protocol.js";
import { type Ask, failureItem, type Item, withWarnings } from "../item.js";

/** Reads the whole table in a thread of its own and counts it by a column. */
export type CountEntries = (by: "protocol" | "state" | "mark") => Promise<Outcome<readonly GroupRow[]>>;

/** How full the table is, what it holds, and what conntrack has counted. */
export async function conntrack(ask: Ask, count: CountEntries): Promise<readonly Item[]> {
  const outcome = await ask(conntrackCount);
  const full: readonly Item[] = outcome.ok ? [fullness(outcome.value)] : [failureItem(outcome.failure)];
  return [
    ...full,
    grouped("By protocol", "protocol", count),
    grouped("By state", "state", count),
    grouped("By mark", "mark", count),
    { id: "stats", label: "Counters", icon: "graph", children: () => counters(ask) },
  ];
}

function fullness({ count, max }: { readonly count: number; readonly max: number }): Item {
  const share = max > 0 ? count / max : 0;
  const text = `${count.toLocaleString("en")} of ${max.toLocaleString("en")}`;
  const percent = share > 0 && share < 0.01 ? "<1" : Math.round(share * 100);
  const tooltip =
    share >= 1
      ? "The table is full: packets of new connections are dropped."
      : share > 0.8
        ? "The table is nearly full. When it is, packets of new connections are dropped."
        : "A click opens the table.";
  return {
    id: "count",
    label: "Entries",
    description: `${text} (${percent} %)`,
    tooltip: [tooltip],
    icon: share > 0.8 ? "warning" : "table",
    ...(share >= 1 ? { tone: "error" as const } : share > 0.8 ? { tone: "warning" as const } : {}),
    opens: { what: "conntrack" },
    context: "conntrack",
  };
}

function grouped(label: string, by: Parameters<CountEntries>[0], count: CountEntries): Item {
  return {
    id: by,
    label,
    icon: "group-by-ref-type",
    children: async () => {
      const outcome = await count(by);
      return outcome.ok ? withWarnings(outcome.value.map(groupItem), outcome.warnings) : [failureItem(outcome.failure)];
    },
  };
}

function groupItem({ label, count, term }: GroupRow): Item {
  return {
    id: label,
    label,
    description: count.toLocaleString("en"),
    icon: "symbol-number",
    opens: { what: "conntrack", ...(term !== "" && { query: term }) },
  };
}

/** Counters that tell of packets or entries lost. */
const troubles: Readonly<Record<string, string>> = {
  drop: "Packets dropped because no entry could be made: the table was full, or NAT found no free tuple.",
  early_drop: "Entries that were not assured and had to go because the table was full.",
  insert_failed: "Entries that could not be put into the table, as another with the same tuple was there first.",
  invalid: "Packets that conntrack called invalid.",
  error: "ICMP errors and other packets that could not be tracked.",
  search_restart: "Look-ups begun anew because the table changed meanwhile.",
  clash_resolve: "Two packets of one new connection that came at the same time and were brought together.",
  chaintoolong: "Look-ups given up because too many entries share a hash: the table has too few buckets.",
};

async function counters(ask: Ask): Promise<readonly Item[]> {
  const tool = await ask(conntrackStats);
  const outcome: Outcome<ConntrackStats> = tool.ok ? tool : await ask(conntrackStatsFile);
  if (!outcome.ok) return [failureItem(outcome.failure)];
  const { total, cpus } = outcome.value;
  const items = Object.entries(total).map(([name, value]): Item => {
    const doc = troubles[name];
    return {
      id: name,
      label: name,
      description: value.toLocaleString("en"),
      tooltip: [doc ?? "Counted by conntrack.", `On ${cpus.length} CPUs together.`],
      icon: doc && value > 0 ? "warning" : "dash",
      ...(doc && value > 0 ? {} : { tone: "quiet" as const }),
    };
  });
  return withWarnings(items, outcome.warnings);
}
