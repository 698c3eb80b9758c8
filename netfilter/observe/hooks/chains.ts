import { type Base, baseChainsOf } from "../../model/bases.js";
import type { Ruleset } from "../../model/ruleset.js";
import type { HookCallback, HookList, HookPoint } from "./hookList.js";

/**
 * Names the chains of a list that only knows functions, as bpftrace's does: a callback of nf_tables is given the base chain of the
 * ruleset that stands at its hook with its priority, where there is just one.
 */
export function withChains(list: HookList, ruleset: Ruleset): HookList {
  const bases = baseChainsOf(ruleset).filter(({ base }) => base.type !== "nat");
  const points = list.points.map((point) => ({
    ...point,
    callbacks: point.callbacks.map((callback) => named(callback, point, bases)),
  }));
  return { ...list, points };
}

function named(callback: HookCallback, point: HookPoint, bases: readonly Base[]): HookCallback {
  const [, kind] = /^(?:nft_do_chain|nf_route_table)_(\w+)$/.exec(callback.function ?? "") ?? [];
  if (callback.chain || kind === undefined) return callback;
  const fitting = bases.filter((base) => standsAt(base, point, callback.priority) && calledBy(base, kind));
  const [only] = fitting;
  if (!only || fitting.length > 1) return callback;
  return { ...callback, chain: { family: only.table.family, table: only.table.name, name: only.name } };
}

function standsAt({ base, table }: Base, point: HookPoint, priority: number): boolean {
  const family = table.family === point.family || (table.family === "inet" && /^(ip6?|netdev)$/.test(point.family));
  const device = point.device === undefined || base.devices.includes(point.device);
  return family && device && base.hook === point.hook && base.priority === priority;
}

/** The kernel's functions end with the family of the table whose chain they evaluate. */
function calledBy({ table }: Base, kind: string): boolean {
  const families: Readonly<Record<string, string>> = { ipv4: "ip", ipv6: "ip6", inet_ingress: "inet" };
  return (families[kind] ?? kind) === table.family;
}
