import { type BuiltinCallback, builtinCallbacks } from "../../facts/builtinCallbacks.js";
import type { Hook } from "../../facts/hooks.js";
import { type Base, baseChainsOf } from "../../model/bases.js";
import type { Action, Part, Ruleset } from "../../model/ruleset.js";
import { type HookCallback, type HookFamily, type HookList, type HookPoint, inOrder } from "./hookList.js";

/** What a router says about itself where its kernel does not tell its hooks. */
export interface Grounds {
  /** As parsed by the model. Give each ruleset once: iptables-nft's tables are in nft's list already. */
  readonly rulesets: readonly Ruleset[];
  /** Names of loaded modules. */
  readonly modules: readonly string[];
}

/**
 * What the kernel ought to call at its hooks: the base chains of the rulesets, and of its own what they and the loaded modules
 * bring along. All of it is marked as inferred, and where two have the same priority their order is not known.
 */
export function inferredHooks({ rulesets, modules }: Grounds): HookList {
  const bases = rulesets.flatMap((ruleset) => baseChainsOf(ruleset).map((base) => ({ base, ruleset })));
  const found = [
    ...bases.filter(({ base }) => base.base.type !== "nat").flatMap(({ base, ruleset }) => chainAt(base, ruleset)),
    ...builtinCallbacks
      .filter((callback) => isThere(callback, rulesets, modules))
      .flatMap((callback) => callback.families.map((family) => builtinAt(family, callback))),
  ];
  const points = new Map<string, HookPoint & { readonly callbacks: HookCallback[] }>();
  for (const { family, hook, device, callback } of found) {
    const key = `${family} ${hook} ${device ?? ""}`;
    const point = points.get(key) ?? { family, hook, ...(device && { device }), callbacks: [] };
    point.callbacks.push(callback);
    points.set(key, point);
  }
  for (const { callbacks } of points.values()) callbacks.sort((a, b) => a.priority - b.priority);
  return { source: "inferred", points: inOrder(points.values()) };
}

interface Found {
  readonly family: HookFamily;
  readonly hook: Hook;
  readonly device?: string;
  readonly callback: HookCallback;
}

function chainAt(base: Base, { language }: Ruleset): Found[] {
  const { hook, priority, devices } = base.base;
  const { family, name: table } = base.table;
  if (priority === undefined) return [];
  const callback: HookCallback = {
    priority,
    chain: { family, table, name: base.name },
    module: language === "nftables" ? "nf_tables" : `${family === "ip6" ? "ip6table" : "iptable"}_${table}`,
    inferred: true,
  };
  if (devices.length > 0) return devices.map((device) => ({ family: "netdev", hook, device, callback }));
  const families: readonly HookFamily[] = family === "inet" ? ["ip", "ip6"] : [family];
  return families.map((each) => ({ family: each, hook, callback }));
}

function builtinAt(family: HookFamily, { hook, priority, functions }: BuiltinCallback): Found {
  const own = functions.find((name) => isOf(name, family)) ?? functions[0] ?? "";
  return { family, hook, callback: { priority, function: own, inferred: true } };
}

/** Functions that are made for one version of IP carry it in their names. */
function isOf(name: string, family: HookFamily): boolean {
  return name.includes("ipv6") ? family === "ip6" : name.includes("ipv4") ? family === "ip" : true;
}

function isThere(callback: BuiltinCallback, rulesets: readonly Ruleset[], modules: readonly string[]): boolean {
  const names = callback.functions.join(" ");
  if (/br_nf|sabotage/.test(names)) return modules.includes("br_netfilter");
  if (callback.condition !== undefined) return false;
  const ips = callback.families.filter((family) => family === "ip" || family === "ip6");
  if (names.includes("nat")) return ips.some((family) => hasNat(rulesets, family));
  return ips.length > 0 && tracks(rulesets, modules);
}

function hasNat(rulesets: readonly Ruleset[], family: "ip" | "ip6"): boolean {
  return rulesets.flatMap(baseChainsOf).some(({ base, table }) => {
    return base.type === "nat" && (table.family === family || table.family === "inet");
  });
}

/** Conntrack's hooks are there once a rule needs it, and with `enable_hooks=1`, which cannot be seen from outside. */
function tracks(rulesets: readonly Ruleset[], modules: readonly string[]): boolean {
  if (modules.some((name) => /^(xt_(conntrack|state|connmark|connbytes|CT|MASQUERADE|nat)|nft_ct|nf_nat)$/.test(name)))
    return true;
  const rules = rulesets.flatMap(({ tables }) =>
    tables.flatMap(({ chains }) => chains.flatMap(({ rules: own }) => own)),
  );
  return rules.some(({ parts }) => parts.some(asksConntrack));
}

function asksConntrack(part: Part): boolean {
  return part.kind === "condition" ? part.field.startsWith("ct ") : needsConntrack(part);
}

function needsConntrack(action: Action): boolean {
  if (action.do === "nat") return true;
  return action.do === "setMark" && (action.target === "connection" || isFromConnection(action.value));
}

function isFromConnection(value: unknown): boolean {
  return typeof value === "object" && value !== null && "from" in value && value.from === "connection";
}
