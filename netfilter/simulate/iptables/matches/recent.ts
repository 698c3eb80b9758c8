import type { Passage } from "../../context.js";
import type { Memory, Seen } from "../memory.js";
import { type Options, readAddress } from "../options.js";
import type { Answer, Test } from "../test.js";

/** What a rule wants of a list of addresses. */
interface Wanted {
  readonly list: string;
  readonly what: "set" | "rcheck" | "update" | "remove";
  readonly negated: boolean;
  readonly side: "saddr" | "daddr";
  readonly mask: number | bigint | undefined;
  readonly seconds: number;
  readonly hits: number;
  readonly sameTtl: boolean;
  readonly reap: boolean;
}

/** `-m recent`: its lists are kept from packet to packet, and are empty at the start. */
export function recentTest(options: Options, memory: Memory): Test {
  const wanted = readWanted(options);
  return (passage) => {
    passage.assume("The lists of `-m recent` hold only what the simulated packets put on them.");
    return ask(wanted, memory, passage);
  };
}

function readWanted(options: Options): Wanted {
  const what = (["set", "rcheck", "update", "remove"] as const).find((name) => options.has(name)) ?? "rcheck";
  const names = options.nodes.map(({ option }) => option?.names[0]);
  return {
    list: options.text("name") ?? "DEFAULT",
    what,
    negated: options.negated(what),
    side: names.lastIndexOf("rdest") > names.lastIndexOf("rsource") ? "daddr" : "saddr",
    mask: readAddress(options.text("mask"), options.family),
    seconds: options.number("seconds") ?? 0,
    hits: options.number("hitcount") ?? 0,
    sameTtl: options.has("rttl"),
    reap: options.has("reap"),
  };
}

/** How many addresses a list holds, and how many times of each. */
const longestList = 100;
const mostTimes = 32;

function ask(wanted: Wanted, memory: Memory, passage: Passage): Answer {
  const list = listOf(memory, wanted.list);
  const key = masked(passage.headers[wanted.side], wanted.mask);
  const now = passage.now ?? 0;
  const ttl = ttlOf(passage);
  const found = list.get(key);
  const seen = found && wanted.sameTtl && ttl !== 0 && found.ttl !== 0 && found.ttl !== ttl ? undefined : found;
  if (!seen) {
    if (wanted.what !== "set") return wanted.negated;
    put(list, key, { times: [now], ttl });
    return !wanted.negated;
  }
  if (wanted.what === "set") {
    put(list, key, { times: [...seen.times, now].slice(-mostTimes), ttl });
    return !wanted.negated;
  }
  if (wanted.what === "remove") {
    list.delete(key);
    return !wanted.negated;
  }
  return check(wanted, list, key, seen, { now, ttl });
}

/** `--rcheck` and `--update`; the latter adds the present time where the match holds. */
function check(
  wanted: Wanted,
  list: Map<number | bigint, Seen>,
  key: number | bigint,
  seen: Seen,
  { now, ttl }: { readonly now: number; readonly ttl: number },
): boolean {
  const since = wanted.seconds === 0 ? Number.NEGATIVE_INFINITY : now - wanted.seconds;
  const hits = seen.times.filter((time) => time >= since).length;
  const answer = hits >= Math.max(1, wanted.hits) !== wanted.negated;
  const update = wanted.what === "update" && answer;
  if (wanted.reap) reap(list, since, update ? key : undefined);
  if (update) put(list, key, { times: [...seen.times, now].slice(-mostTimes), ttl });
  return answer;
}

/** Takes out the address that was seen longest ago, if that was before `since`; never `spared`. */
function reap(list: Map<number | bigint, Seen>, since: number, spared: number | bigint | undefined): void {
  const [oldest] = list;
  if (oldest && oldest[0] !== spared && (oldest[1].times.at(-1) ?? 0) < since) list.delete(oldest[0]);
}

function listOf(memory: Memory, name: string): Map<number | bigint, Seen> {
  let list = memory.lists.get(name);
  if (!list) {
    list = new Map();
    memory.lists.set(name, list);
  }
  return list;
}

/** At the end of the list, whose first goes when it is full. */
function put(list: Map<number | bigint, Seen>, key: number | bigint, seen: Seen): void {
  list.delete(key);
  list.set(key, seen);
  const [oldest] = list.keys();
  if (list.size > longestList && oldest !== undefined) list.delete(oldest);
}

function masked(address: number | bigint, mask: number | bigint | undefined): number | bigint {
  if (mask === undefined) return address;
  return typeof address === "bigint" ? address & BigInt(mask) : (address & Number(mask)) >>> 0;
}

/** As it was before this machine took one off. 0 stands for not known. */
function ttlOf({ headers, oif, iif }: Passage): number {
  if (headers.ttl === undefined) return 0;
  return oif && iif ? headers.ttl + 1 : headers.ttl;
}
