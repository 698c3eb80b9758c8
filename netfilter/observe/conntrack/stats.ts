import type { Command } from "../command.js";
import { type Read, textCommand } from "../reading.js";

/** What conntrack has counted since the namespace was made, by CPU; names as `conntrack -S` has them. */
export interface ConntrackStats {
  readonly cpus: readonly Readonly<Record<string, number>>[];
  /** All CPUs together. */
  readonly total: Readonly<Record<string, number>>;
}

/** How many entries there are and how many there may be. */
export interface ConntrackCount {
  readonly count: number;
  readonly max: number;
}

/** Counters by CPU, by the tool. */
export const conntrackStats: Command<ConntrackStats> = textCommand({
  id: "conntrack.stats",
  title: "conntrack's counters",
  argv: ["conntrack", "-S"],
  root: true,
  parse: parseStats,
});

/** The same from the kernel's file, without a tool. */
export const conntrackStatsFile: Command<ConntrackStats> = textCommand({
  id: "conntrack.statsFile",
  title: "conntrack's counters",
  argv: ["cat", "/proc/net/stat/nf_conntrack"],
  root: false,
  parse: parseStatsFile,
  hints: { absent: "This kernel has no /proc/net/stat/nf_conntrack: conntrack is not loaded." },
});

/** Entries and their limit; everybody may read it. */
export const conntrackCount: Command<ConntrackCount> = textCommand({
  id: "conntrack.count",
  title: "the number of conntrack entries",
  argv: ["cat", "/proc/sys/net/netfilter/nf_conntrack_count", "/proc/sys/net/netfilter/nf_conntrack_max"],
  root: false,
  parse: parseCount,
  hints: { absent: "Conntrack is not loaded on this router: no rule asks for the state of connections or for NAT." },
});

function parseStats(text: string): Read<ConntrackStats> | undefined {
  const cpus = text.split("\n").flatMap((line) => {
    const fields = [...line.matchAll(/(\w+)=(\d+)/g)].map(([, name = "", value]): [string, number] => [
      name,
      Number(value),
    ]);
    return /^cpu=/.test(line) ? [Object.fromEntries(fields.filter(([name]) => name !== "cpu"))] : [];
  });
  return cpus.length > 0 ? { value: { cpus, total: summed(cpus) } } : undefined;
}

/** The file has a line of names and hexadecimal columns; `entries` is the same in every line and is left out. */
function parseStatsFile(text: string): Read<ConntrackStats> | undefined {
  const [head = "", ...lines] = text.trim().split("\n");
  const names = head.trim().split(/\s+/);
  if (names[0] !== "entries") return undefined;
  const cpus = lines.map((line) => {
    const values = line.trim().split(/\s+/);
    const fields = names.map((name, index): [string, number] => [
      fileNames[name] ?? name,
      Number.parseInt(values[index] ?? "0", 16),
    ]);
    return Object.fromEntries(fields.filter(([name]) => name !== "entries"));
  });
  return { value: { cpus, total: summed(cpus) } };
}

/** Where the file names a counter otherwise than the tool. */
const fileNames: Readonly<Record<string, string>> = {
  icmp_error: "error",
  searched: "searched",
  clashres: "clash_resolve",
};

function parseCount(text: string): Read<ConntrackCount> | undefined {
  const [, count, max] = /^(\d+)\s+(\d+)\s*$/.exec(text) ?? [];
  return max === undefined ? undefined : { value: { count: Number(count), max: Number(max) } };
}

function summed(cpus: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const cpu of cpus) for (const [name, value] of Object.entries(cpu)) total[name] = (total[name] ?? 0) + value;
  return total;
}
