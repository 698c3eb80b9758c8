import { builtinCallbacks } from "../facts/builtinCallbacks.js";
import type { Family, Hook } from "../facts/hooks.js";
import type { Chain, Table } from "../model/ruleset.js";
import type { RulesetProgram } from "./context.js";
import { needsOf } from "./needs.js";
import type { Loaded } from "./router.js";
import type { CalledHook } from "./state.js";

/** The families in which the kernel calls hooks for IP packets. */
export type HookFamily = "ip" | "ip6" | "bridge" | "netdev";

/** A base chain with the program that runs it. */
export interface ChainCallback {
  readonly kind: "chain";
  readonly priority: number;
  readonly chain: Chain;
  readonly loaded: Loaded;
  readonly program: RulesetProgram;
}

/** A function of the kernel's own. `chains`: those that NAT calls for a connection's first packet. */
export interface KernelCallback {
  readonly kind: "kernel";
  readonly priority: number;
  readonly does: "defragment" | "track" | "translate" | "confirm" | "callIp";
  readonly function: string;
  readonly chains: readonly ChainCallback[];
}

export type Callback = ChainCallback | KernelCallback;

/** A ruleset whose programs can run. */
export interface LoadedProgram {
  readonly loaded: Loaded;
  readonly program: RulesetProgram;
}

type Registered<T extends Callback = Callback> = { readonly callback: T; readonly order: number };

const ipHooks: readonly Hook[] = ["prerouting", "input", "forward", "output", "postrouting"];

/**
 * Everything that is called at each hook, in the kernel's order: by priority, of equals the later registered first. Chains are
 * registered in the order of the files and of their declarations; conntrack behind the chains of the first table whose rules
 * need it, NAT with the first nat chain.
 */
export class HookTable {
  private readonly places = new Map<string, Registered[]>();
  private readonly sorted = new Map<string, readonly Callback[]>();
  private readonly natChains = new Map<string, Registered<ChainCallback>[]>();
  private readonly natFamilies = new Set<HookFamily>();
  private readonly trackingFamilies = new Set<HookFamily>();
  private readonly defragmenting = new Set<HookFamily>();
  private order = 0;

  /** `called` is what the kernel says that it calls: of equal priorities it knows the order. */
  constructor(programs: readonly LoadedProgram[], called: readonly CalledHook[] = []) {
    this.addBridge();
    for (const { table, loaded, program } of tablesInOrder(programs))
      if (!table.dormant) this.addTable(table, loaded, program);
    for (const [place, callbacks] of this.places) {
      const hooks = called.filter(({ family, hook }) => `${family} ${hook}` === place);
      this.sorted.set(place, inOrder(callbacks, hooks));
    }
    this.places.clear();
  }

  /** What is called at a hook of the family. */
  at(family: HookFamily, hook: Hook): readonly Callback[] {
    return this.sorted.get(`${family} ${hook}`) ?? [];
  }

  /** What is called as packets come in by a device or leave by it. */
  atDevice(hook: "ingress" | "egress", device: string): readonly Callback[] {
    return this.at("netdev", hook).filter((callback) => callback.kind === "chain" && isFor(callback, device));
  }

  /** Whether conntrack runs for the family: some rule needs it. */
  tracks(family: HookFamily): boolean {
    return this.trackingFamilies.has(family);
  }

  private addTable(table: Table, loaded: Loaded, program: RulesetProgram): void {
    const families = hookFamiliesOf(table.family);
    for (const chain of table.chains)
      if (chain.base && !loaded.listed?.absent.has(chain)) this.addChain(chain, loaded, program);
    for (const family of families) {
      if (family !== "ip" && family !== "ip6") continue;
      const needs = needsOf(table, loaded, family);
      if (needs.defragmentation) this.addDefragmentation(family);
      if (needs.conntrack) this.addConntrack(family);
    }
  }

  private addChain(chain: Chain, loaded: Loaded, program: RulesetProgram): void {
    const { base, table } = chain;
    if (!base) return;
    const callback: ChainCallback = { kind: "chain", priority: base.priority ?? 0, chain, loaded, program };
    if (base.hook === "ingress" || base.hook === "egress") {
      this.register("netdev", base.hook, callback);
      return;
    }
    for (const family of hookFamiliesOf(table.family)) {
      if (base.type === "nat") this.addNatChain(family, base.hook, callback);
      else this.register(family, base.hook, callback);
    }
  }

  private addNatChain(family: HookFamily, hook: Hook, callback: ChainCallback): void {
    if (!this.natFamilies.has(family)) {
      this.natFamilies.add(family);
      for (const place of ipHooks) if (place !== "forward") this.addNat(family, place);
    }
    this.natChains.get(`${family} ${hook}`)?.push({ callback, order: this.order++ });
  }

  private addNat(family: HookFamily, hook: Hook): void {
    const own: Registered<ChainCallback>[] = [];
    this.natChains.set(`${family} ${hook}`, own);
    const chains: { list?: readonly ChainCallback[] } = {};
    const callback: KernelCallback = {
      ...kernelFunction(family, hook, hook === "prerouting" || hook === "output" ? -100 : 100),
      does: "translate",
      get chains() {
        chains.list ??= inOrder(own, []);
        return chains.list;
      },
    };
    this.register(family, hook, callback);
  }

  private addConntrack(family: HookFamily): void {
    if (this.trackingFamilies.has(family) || (family !== "ip" && family !== "ip6")) return;
    this.trackingFamilies.add(family);
    this.addDefragmentation(family);
    for (const hook of ["prerouting", "output"] as const)
      this.register(family, hook, { ...kernelFunction(family, hook, -200), does: "track", chains: [] });
    for (const hook of ["input", "postrouting"] as const) {
      const priority = family === "ip6" && hook === "input" ? 2147483646 : 2147483647;
      this.register(family, hook, { ...kernelFunction(family, hook, priority), does: "confirm", chains: [] });
    }
  }

  /** `br_netfilter` is there before any chain, if it is there. */
  private addBridge(): void {
    for (const [hook, priority] of bridgePlaces)
      this.register("bridge", hook, { ...kernelFunction("bridge", hook, priority), does: "callIp", chains: [] });
  }

  private addDefragmentation(family: HookFamily): void {
    if (this.defragmenting.has(family) || (family !== "ip" && family !== "ip6")) return;
    this.defragmenting.add(family);
    for (const hook of ["prerouting", "output"] as const)
      this.register(family, hook, { ...kernelFunction(family, hook, -400), does: "defragment", chains: [] });
  }

  private register(family: HookFamily, hook: Hook, callback: Callback): void {
    const place = `${family} ${hook}`;
    const callbacks = this.places.get(place) ?? [];
    callbacks.push({ callback, order: this.order++ });
    this.places.set(place, callbacks);
  }
}

const bridgePlaces = [
  ["prerouting", 0],
  ["forward", 0],
  ["postrouting", 2147483647],
] as const;

/** The tables in the order in which they were made: listings' as nftables has them, before all others as the files come. */
export function tablesInOrder<T extends Pick<LoadedProgram, "loaded">>(programs: readonly T[]) {
  const all = programs.flatMap((one) => one.loaded.ruleset.tables.map((table) => ({ ...one, table })));
  const rankOf = ({ loaded, table }: (typeof all)[number]) => loaded.listed?.ranks.get(table) ?? all.length;
  return all.toSorted((a, b) => rankOf(a) - rankOf(b));
}

function inOrder<T extends Callback>(callbacks: readonly Registered<T>[], called: readonly CalledHook[]): readonly T[] {
  const places = new Map(callbacks.map((one) => [one, calledPlace(called, one.callback)]));
  const known = (a: Registered<T>, b: Registered<T>) => (places.get(a) ?? Number.NaN) - (places.get(b) ?? Number.NaN);
  const sorted = [...callbacks].sort(
    (a, b) => a.callback.priority - b.callback.priority || known(a, b) || b.order - a.order,
  );
  return sorted.map(({ callback }) => callback);
}

function calledPlace(called: readonly CalledHook[], callback: Callback): number | undefined {
  if (callback.kind !== "chain") return undefined;
  const { chain, loaded } = callback;
  const places = called.map((hook) => placeAmong(hook, chain, loaded.isOld ?? false));
  return places.find((place) => place !== undefined);
}

/** The place of a chain among what is called at a hook, from 0; undefined where it is not said. */
export function placeAmong({ callbacks }: CalledHook, { name, table }: Chain, ofOld: boolean): number | undefined {
  const found = callbacks.findIndex(
    ({ chain, function: called }) =>
      chain?.family === table.family &&
      chain.table === table.name &&
      chain.name === name &&
      /^ip6?t(able|_do_table)/.test(called ?? "") === ofOld,
  );
  return found < 0 ? undefined : found;
}

/** The families at whose hooks the chains of a table are called. */
export function hookFamiliesOf(family: Family): readonly HookFamily[] {
  if (family === "inet") return ["ip", "ip6"];
  return family === "arp" ? [] : [family];
}

/** A chain for no device in particular is called nowhere; a trailing `*` stands for any end. */
function isFor({ chain }: ChainCallback, device: string): boolean {
  return (chain.base?.devices ?? []).some((name) =>
    name.endsWith("*") ? device.startsWith(name.slice(0, -1)) : name === device,
  );
}

/** The name of the kernel's function at a place, and the place. */
function kernelFunction(family: HookFamily, hook: Hook, priority: number) {
  const fact = builtinCallbacks.find(
    (one) => one.hook === hook && one.priority === priority && one.families.some((own) => own === family),
  );
  const version = family === "ip6" ? "v6" : "v4";
  const names = fact?.functions ?? [];
  return {
    kind: "kernel",
    priority,
    function: names.find((name) => name.includes(version)) ?? names[0] ?? "",
  } as const;
}
