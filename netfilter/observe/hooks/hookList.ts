import { type BuiltinCallback, builtinCallbacks } from "../../facts/builtinCallbacks.js";
import type { Family, Hook } from "../../facts/hooks.js";

/** The families that have hooks of their own; chains of `inet` are called at those of `ip` and `ip6`. */
export type HookFamily = Exclude<Family, "inet">;

/** What the kernel calls at its hooks. */
export interface HookList {
  /** `nft` and `bpftrace` read the kernel's own lists; `inferred` follows from rulesets, modules and sysctls. */
  readonly source: "nft" | "bpftrace" | "inferred";
  readonly points: readonly HookPoint[];
}

/** One hook of one family, of one device where the family has it so. */
export interface HookPoint {
  readonly family: HookFamily;
  readonly hook: Hook;
  readonly device?: string;
  /** In the order in which the kernel calls them. */
  readonly callbacks: readonly HookCallback[];
}

/** A function that the kernel calls at a hook. */
export interface HookCallback {
  readonly priority: number;
  /** Its name in the kernel; absent where the tool only names the chain. */
  readonly function?: string;
  /** The module that it is in; absent for the kernel proper and where it is not known. */
  readonly module?: string;
  /** The base chain that it evaluates, where that is known. */
  readonly chain?: HookChain;
  /** True where nothing was read from the kernel: the callback ought to be there. */
  readonly inferred: boolean;
}

/** A base chain: its own family may be `inet`. */
export interface HookChain {
  readonly family: Family;
  readonly table: string;
  readonly name: string;
}

/** Priorities at which the old kernel interface calls iptables' tables; -450 is raw's with `raw_before_defrag`. */
const legacyTables: Readonly<Record<number, string>> = {
  "-450": "raw",
  "-300": "raw",
  "-150": "mangle",
  0: "filter",
  50: "security",
};

/**
 * The built-in chain of old iptables that a function evaluates: `iptable_filter_hook` says its table, `ipt_do_table` has a fixed
 * priority for each. Undefined for all other functions.
 */
export function legacyChain(name: string, hook: Hook, priority: number): HookChain | undefined {
  const [, tool, own] = /^(ip6?|arp)t(?:_do_table|able_(\w+)_hook)$/.exec(name) ?? [];
  const table = own ?? legacyTables[priority];
  if (tool === undefined || table === undefined) return undefined;
  return { family: tool as Family, table, name: hook.toUpperCase() };
}

/** What is known about a callback of the kernel's own, for a hover; undefined for chains and for functions without an entry. */
export function builtinOf(point: HookPoint, callback: HookCallback): BuiltinCallback | undefined {
  const name = callback.function;
  if (callback.chain || name === undefined) return undefined;
  const named = builtinCallbacks.filter(({ functions }) => functions.includes(name));
  return named.find(({ hook, families }) => hook === point.hook && families.includes(point.family)) ?? named[0];
}

/** Puts the points in the order of families and hooks in which people read them. */
export function inOrder(points: Iterable<HookPoint>): HookPoint[] {
  const place = ({ family, hook }: HookPoint) => families.indexOf(family) * 10 + hooks.indexOf(hook);
  return [...points].sort((a, b) => place(a) - place(b) || (a.device ?? "").localeCompare(b.device ?? ""));
}

const families: readonly HookFamily[] = ["netdev", "bridge", "ip", "ip6", "arp"];
const hooks: readonly Hook[] = ["ingress", "prerouting", "input", "forward", "output", "postrouting", "egress"];

/** Adds the points of other lists that the first one does not have: nft 1.0.6 leaves arp out of its full list. */
export function mergeHookLists(first: HookList, ...others: readonly HookList[]): HookList {
  const points = [...first.points];
  const same = (a: HookPoint) => (b: HookPoint) =>
    a.family === b.family && a.hook === b.hook && (a.device ?? "") === (b.device ?? "");
  for (const point of others.flatMap((list) => list.points)) if (!points.some(same(point))) points.push(point);
  return { source: first.source, points: inOrder(points) };
}
