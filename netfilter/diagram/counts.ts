import type { Bounds } from "../observe/counted/bounds.js";
import type { ChainCount } from "../observe/counted/series.js";
import type { Box, Counted, Diagram, Row } from "./diagram.js";
import { relaid } from "./layout.js";

/** Where fragments become one packet, for one version of IP perhaps and not for the other. */
const defragmentation = -400;

/** A row that has a second line for its count. */
const countedRowHeight = 34;

/**
 * The diagram with what its chains counted, in rows and at the heads of hooks, and with the gaps between chains that the same
 * packets should have met. `whole`: the full form of the same drawing, from which a compact one takes its sums.
 */
export function withCounts(diagram: Diagram, counts: readonly ChainCount[], whole: Diagram = diagram): Diagram {
  const byName = new Map<string, ChainCount[]>();
  for (const count of counts) byName.set(nameOf(count.chain), [...(byName.get(nameOf(count.chain)) ?? []), count]);
  const longest = Math.max(...counts.map(({ forMs }) => forMs ?? 0));
  const boxes = diagram.boxes.map((box) => {
    const total = totalOf(whole.boxes.find(({ id }) => id === box.id) ?? box, byName);
    return {
      ...box,
      rows: rowsOf(box, byName, longest),
      ...(total && { total, label: `${box.label}; ${total.told}` }),
    };
  });
  return relaid(diagram, boxes);
}

/** The gaps of a diagram in sentences, in the order of the picture. */
export function gapsOf({ boxes }: Diagram): string[] {
  return boxes.flatMap(({ rows }) => rows.flatMap(({ gap }) => gap?.told ?? []));
}

/** `1,234`, `12.3k`, `4.5M`: at most five characters. */
export function shortNumber(count: number): string {
  if (count < 10_000) return count.toLocaleString("en");
  const [value, unit] =
    count < 999_500 ? [count / 1e3, "k"] : count < 999_500_000 ? [count / 1e6, "M"] : [count / 1e9, "G"];
  return `${value < 99.95 ? value.toFixed(1) : Math.round(value)}${unit}`;
}

type ByName = ReadonlyMap<string, readonly ChainCount[]>;

function nameOf({ family, table, name }: ChainCount["chain"]): string {
  return `${family} ${table} ${name}`;
}

function countOf({ chain, isOld }: Row, byName: ByName): ChainCount | undefined {
  const named = (chain && byName.get(nameOf(chain))) ?? [];
  return named.length === 1 ? named[0] : named.find((one) => one.isOld === (isOld ?? false));
}

function rowsOf(box: Box, byName: ByName, longest: number): Row[] {
  return box.rows.map((row, index) => {
    const own = countOf(row, byName);
    if (!row.chain) return row;
    const count = own
      ? counted(own, longest)
      : { short: "no count", told: "not counted: the listings that are read do not show it" };
    const gap = own && gapBefore(box, index, own, byName);
    return { ...row, height: countedRowHeight, count, ...(gap && { gap }) };
  });
}

function counted({ came, dropped, isNat, isCounting, forMs, chain }: ChainCount, longest: number): Counted {
  if (!isCounting) return { short: "no counters", told: "none of its rules counts" };
  const both = chain.family === "inet" ? " of both versions of IP" : "";
  const noun = came.low === 1 ? "packet" : "packets";
  const what = isNat ? `first ${noun} of connections${both}` : `${noun}${both}`;
  if (came.low === 0 && !isExact(came))
    return { short: "not known", told: "no counter tells how many packets came in" };
  const lost = dropped.low > 0 ? `, ${boundText(dropped)} dropped` : "";
  const parts = [
    `${time(forMs)}${amount(came)} ${what} came in${isExact(came) ? "" : ", as not every way out of it is counted"}`,
    dropped.low > 0 || isExact(dropped) ? `${amount(dropped)} dropped` : "drops are not all counted",
  ];
  const since = forMs !== undefined && forMs < longest ? `, for ${secondsText(forMs)}` : "";
  return { short: `${boundText(came)} ${isNat ? "new" : "in"}${lost}${since}`, told: parts.join("; ") };
}

/** Who is at the first chain of a hook has come to the hook; before it, the kernel's own may have dropped some. */
function totalOf(box: Box, byName: ByName): Counted | undefined {
  const most = mostCounted(box, byName);
  if (!most) return undefined;
  const { came, chain, forMs } = most.count;
  const isFirst = most.index === 0 && box.family !== "netdev";
  const known = isFirst ? came : { low: came.low };
  if (known.low === 0 && !isExact(known)) return undefined;
  const both = chain.family === "inet" ? " of both versions of IP" : "";
  const what = `${time(forMs)}${amount(known)} ${known.low === 1 ? "packet" : "packets"}${both}`;
  const where = isFirst ? `${nameOf(chain)}, the first here` : `here: so many came to ${nameOf(chain)}`;
  return { short: `${boundText(known)} in`, told: `${what} came ${isFirst ? "to " : ""}${where}` };
}

/** The chain that saw the most, of the hook's own family where it has some; devices' chains each see their own. */
function mostCounted({ rows, family }: Box, byName: ByName): { count: ChainCount; index: number } | undefined {
  const chains = rows.flatMap((row, index) => {
    const count = countOf(row, byName);
    return count && !count.isNat && count.isCounting ? [{ count, index }] : [];
  });
  if (family === "netdev" && chains.length > 1) return undefined;
  const own = chains.filter(({ count }) => count.chain.family === family);
  const usable = own.length > 0 ? own : chains;
  const most = Math.max(...usable.map(({ count }) => count.came.low));
  return usable.find(({ count }) => count.came.low === most);
}

/** What the chain before is certain to have passed, and what came from there at the most. */
function gapBefore({ rows, title, family }: Box, index: number, own: ChainCount, byName: ByName): Counted | undefined {
  const before = rows.slice(0, index).findLastIndex(({ kind }) => kind === "chain");
  const earlier = rows[before];
  const first = earlier && countOf(earlier, byName);
  if (!first || !earlier || family === "netdev" || family === "bridge" || own.isNat) return undefined;
  const priority = rows[index]?.priority ?? 0;
  if (!mustCome(first, own) || earlier.priority === priority) return undefined;
  if (earlier.priority <= defragmentation && priority >= defragmentation) return undefined;
  const between = rows.slice(before + 1, index);
  const { cameAtMost, mayLose } = own.certain ?? {};
  const missing = (first.certain?.passedAtLeast ?? 0) - (cameAtMost ?? Number.POSITIVE_INFINITY);
  if (missing <= 0) return undefined;
  const aside = mayLose ? ", or were dropped there by a match that could not read them" : "";
  const called = between.filter(({ kind }) => kind === "kernel").map(({ text }) => text);
  const where = called.length === 0 ? "" : ` Between them stands ${called.join(", then ")}.`;
  return {
    short: `−${shortNumber(missing)}`,
    told: `${title}: at least ${packets(missing)} that ${nameOf(first.chain)} passed did not come to ${nameOf(own.chain)}${aside}.${where}`,
  };
}

/** Whether whatever the first chain counts is due at the second: that may see more, but not less. */
function mustCome({ chain: first }: ChainCount, { chain: second }: ChainCount): boolean {
  return first.family === second.family || (second.family === "inet" && first.family !== "inet");
}

function isExact({ low, high }: Bounds): boolean {
  return low === high;
}

function boundText(bounds: Bounds): string {
  return `${isExact(bounds) ? "" : "≥ "}${shortNumber(bounds.low)}`;
}

function amount(bounds: Bounds): string {
  return `${isExact(bounds) ? "exactly" : "at least"} ${bounds.low.toLocaleString("en")}`;
}

function packets(count: number): string {
  return count === 1 ? "1 packet" : `${count.toLocaleString("en")} packets`;
}

function time(ms: number | undefined): string {
  return ms === undefined ? "" : `in ${secondsText(ms)}: `;
}

function secondsText(ms: number): string {
  return `${ms < 9_950 ? (ms / 1000).toFixed(1).replace(/\.0$/, "") : Math.round(ms / 1000)} s`;
}
