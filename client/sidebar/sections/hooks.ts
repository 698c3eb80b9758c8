import { type BuiltinCallback, chainCallerDoc } from "../../../netfilter/facts/builtinCallbacks.js";
import type { Outcome } from "../../../netfilter/observe/command.js";
import { bpftraceDeviceHooks, bpftraceHooks } from "../../../netfilter/observe/hooks/bpftrace.js";
import {
  builtinOf,
  type HookCallback,
  type HookList,
  type HookPoint,
  mergeHookLists,
} from "../../../netfilter/observe/hooks/hookList.js";
import { nftArpHooks, nftHooks } from "../../../netfilter/observe/hooks/nft.js";
import { type Ask, failureItem, type Item, withWarnings } from "../item.js";

/** Works out, from rulesets and modules, what a kernel that does not tell its hooks ought to call. */
export type InferHooks = () => Promise<Outcome<HookList>>;

/** Puts the base chains' names to functions that only bpftrace has read. */
export type NameChains = (list: HookList) => Promise<HookList>;

/** What the kernel calls at each hook, in its order: told by nft, else read by bpftrace, else inferred. */
export async function hooks(ask: Ask, infer: InferHooks, name: NameChains): Promise<readonly Item[]> {
  const { outcome, notes } = await readHooks(ask, infer, name);
  if (!outcome.ok) return [{ ...failureItem(outcome.failure), tooltip: [outcome.failure.message, ...notes] }];
  return withWarnings([...noteItems(notes), ...byFamily(outcome.value)], outcome.warnings);
}

/** The hook list by the best way that this router has, and why better ways gave nothing. */
export async function readHooks(
  ask: Ask,
  infer: InferHooks,
  name: NameChains,
): Promise<{ readonly outcome: Outcome<HookList>; readonly notes: readonly string[] }> {
  const told = await ask(nftHooks);
  if (told.ok) {
    const arp = await ask(nftArpHooks);
    const value = arp.ok ? mergeHookLists(told.value, arp.value) : told.value;
    return { outcome: { ...told, value }, notes: [] };
  }
  const read = await ask(bpftraceHooks);
  if (read.ok) {
    const devices = await ask(bpftraceDeviceHooks);
    const value = await name(devices.ok ? mergeHookLists(read.value, devices.value) : read.value);
    return { outcome: { ...read, value }, notes: [] };
  }
  return { outcome: await infer(), notes: [told.failure.message, read.failure.message] };
}

function noteItems(notes: readonly string[]): readonly Item[] {
  if (notes.length === 0) return [];
  return [
    {
      id: "inferred",
      label: "Inferred, not read from the kernel",
      description: "from rulesets, modules and settings",
      tooltip: notes,
      icon: "question",
      tone: "warning",
    },
  ];
}

function byFamily({ points }: HookList): readonly Item[] {
  const families = [...new Set(points.map(({ family }) => family))];
  return families.map((family) => ({
    id: family,
    label: family,
    icon: "symbol-namespace",
    expanded: family === "ip",
    children: points.filter((point) => point.family === family).map(pointItem),
  }));
}

function pointItem(point: HookPoint): Item {
  const { hook, device, callbacks } = point;
  return {
    id: `${hook} ${device ?? ""}`,
    label: device ? `${hook} of ${device}` : hook,
    description: `${callbacks.length}`,
    icon: "git-commit",
    children: callbacks.map((callback, index) => callbackItem(point, callback, index)),
  };
}

function callbackItem(point: HookPoint, callback: HookCallback, index: number): Item {
  const { priority, chain, module, inferred } = callback;
  const builtin = builtinOf(point, callback);
  const name = chain
    ? `chain ${chain.family} ${chain.table} ${chain.name}`
    : (callback.function ?? builtin?.label ?? "?");
  const where = [builtin?.label, module && `[${module}]`, chain && callback.function, inferred && "inferred"];
  return {
    id: `${index} ${priority} ${name}`,
    label: `${priority}  ${name}`,
    description: where.filter(Boolean).join("  "),
    tooltip: [
      [name, `at priority ${priority}`, ...where].filter(Boolean).join(", "),
      ...(chain ? ["A base chain of the ruleset; a click opens it."] : []),
      ...docsOf(callback, builtin),
      ...(inferred ? ["Inferred: it was not read from the kernel."] : []),
    ],
    icon: chain ? "list-flat" : "symbol-function",
    ...(inferred && { tone: "quiet" as const }),
    ...(chain && { opens: { what: "chain", family: chain.family, table: chain.table, chain: chain.name } as const }),
  };
}

/** A chain that nft names itself has no function to tell of. */
function docsOf({ chain, function: name }: HookCallback, builtin: BuiltinCallback | undefined): readonly string[] {
  const doc = builtin?.doc ?? (name === undefined ? undefined : chainCallerDoc(name));
  if (doc !== undefined) return [doc];
  return chain ? [] : ["Nothing is known here about this function."];
}
