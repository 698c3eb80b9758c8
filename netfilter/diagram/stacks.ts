import type { Hook } from "../facts/hooks.js";
import {
  builtinOf,
  type HookCallback,
  type HookChain,
  type HookFamily,
  type HookList,
  type HookPoint,
} from "../observe/hooks/hookList.js";
import { type Callback, type ChainCallback, HookTable } from "../simulate/hooks.js";
import { programOf } from "../simulate/programs.js";
import type { Loaded } from "../simulate/router.js";

/** What is called at one hook, in the kernel's order. */
export interface HookStack {
  readonly family: HookFamily;
  readonly hook: Hook;
  readonly callbacks: readonly StackCallback[];
}

/** A callback as it is drawn. */
export interface StackCallback {
  readonly priority: number;
  readonly text: string;
  readonly kind: "chain" | "nat" | "kernel";
  readonly chain?: HookChain;
  /** The chain is one of the kernel interface before nftables: another of the same name may stand beside it. */
  readonly isOld?: true;
  readonly function?: string;
}

const families = ["netdev", "bridge", "ip", "ip6"] as const;
const hooks: readonly Hook[] = ["ingress", "prerouting", "input", "forward", "output", "postrouting", "egress"];

/** What rules files bring into the hooks, with what of the kernel's own they need. */
export function stacksOfRules(loaded: readonly Loaded[]): HookStack[] {
  const table = new HookTable(loaded.map((one) => ({ loaded: one, program: programOf(one) })));
  const places = families.flatMap((family) => hooks.map((hook) => ({ family, hook })));
  return places.flatMap(({ family, hook }) => {
    const callbacks = table.at(family, hook).flatMap((callback) => stackOf(callback, family, hook));
    return callbacks.length > 0 ? [{ family, hook, callbacks }] : [];
  });
}

/**
 * What a router's kernel says that it calls. It does not tell the chains behind its NAT, and old releases of nft not those of
 * devices: they are taken from the rules, where these are given.
 */
export function stacksOfList(list: HookList, rules: readonly HookStack[] = []): HookStack[] {
  const stacks = new Map<string, HookStack & { readonly callbacks: StackCallback[] }>();
  for (const point of list.points) {
    const { family, hook } = point;
    const stack = stacks.get(`${family} ${hook}`) ?? { family, hook, callbacks: [] };
    const own = rules.find((one) => one.family === family && one.hook === hook)?.callbacks ?? [];
    stack.callbacks.push(...point.callbacks.flatMap((callback) => listed(callback, point, own)));
    stacks.set(`${family} ${hook}`, stack);
  }
  const devices = rules.filter(({ family, hook }) => family === "netdev" && !stacks.has(`netdev ${hook}`));
  return [...stacks.values(), ...devices];
}

function stackOf(callback: Callback, family: HookFamily, hook: Hook): StackCallback[] {
  if (callback.kind === "chain") return [ofChain(callback, "chain")];
  const { priority, function: name, chains } = callback;
  const known: HookCallback = { priority, function: name, inferred: true };
  const text = builtinOf({ family, hook, callbacks: [] }, known)?.label ?? name;
  return [{ priority, text, kind: "kernel", function: name }, ...chains.map((chain) => ofChain(chain, "nat"))];
}

function ofChain({ chain, priority, loaded }: ChainCallback, kind: "chain" | "nat"): StackCallback {
  const { family, name: table } = chain.table;
  const devices = chain.base?.devices ?? [];
  const on = devices.length > 0 ? ` on ${devices.join(", ")}` : "";
  const text = chainText({ family, table, name: chain.name }) + on;
  return { priority, text, kind, chain: chainOf(chain), ...(loaded.isOld && { isOld: true }) };
}

function chainOf({ name, table }: ChainCallback["chain"]): HookChain {
  return { family: table.family, table: table.name, name };
}

function listed(callback: HookCallback, point: HookPoint, own: readonly StackCallback[]): StackCallback[] {
  const { priority, function: name, chain } = callback;
  const builtin = builtinOf(point, callback);
  const on = point.device === undefined ? "" : ` on ${point.device}`;
  const drawn: StackCallback = {
    priority,
    text: (chain ? chainText(chain) : (builtin?.label ?? name ?? "a function of the kernel")) + on,
    kind: chain ? "chain" : "kernel",
    ...(chain && { chain }),
    ...(chain && legacyCaller.test(name ?? "") && { isOld: true }),
    ...(name !== undefined && { function: name }),
  };
  return builtin?.label.endsWith(" NAT") ? [drawn, ...own.filter(({ kind }) => kind === "nat")] : [drawn];
}

/** Functions that evaluate the tables of the kernel interface before nftables. */
const legacyCaller = /^ip6?t(able|_do_table)/;

/** `inet firewall forward`. */
function chainText({ family, table, name }: HookChain): string {
  return `${family} ${table} ${name}`;
}
