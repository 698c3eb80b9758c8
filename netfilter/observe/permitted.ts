import type { Command } from "./command.js";
import { conntrackEvents } from "./conntrack/events.js";
import { conntrackDying, conntrackFile, conntrackList, conntrackUnconfirmed } from "./conntrack/list.js";
import { conntrackCount, conntrackStats, conntrackStatsFile } from "./conntrack/stats.js";
import { bpftraceDeviceHooks, bpftraceHooks } from "./hooks/bpftrace.js";
import { nftArpHooks, nftHooks } from "./hooks/nft.js";
import { ipsetSave } from "./ipsets.js";
import { kernelJournal, kernelLog, kernelLogFollow, kernelLogread } from "./kernel/log.js";
import { modules } from "./kernel/modules.js";
import { interfaceSysctls, sysctls } from "./kernel/sysctls.js";
import { ipAddresses } from "./routing/interfaces.js";
import { ip6Routes, ipRoutes } from "./routing/routes.js";
import { ip6Rules, ipRules } from "./routing/rules.js";
import { routeTables } from "./routing/tables.js";
import { ip6tablesLegacySave, ip6tablesSave, iptablesLegacySave, iptablesSave, nftRuleset } from "./rulesets.js";
import { nftTables } from "./tables.js";
import { nftTrace, xtablesTrace } from "./trace/commands.js";
import { liveTrace } from "./trace/live.js";
import type { TraceOrder } from "./trace/liveScript.js";

/**
 * Every command that may be sent to a router at any time. Each only reads: whoever runs commands refuses one that is not in this list, and
 * a test holds the list word by word.
 */
export const permitted: readonly Command<unknown>[] = [
  conntrackFile,
  conntrackList,
  conntrackUnconfirmed,
  conntrackDying,
  conntrackEvents,
  conntrackStats,
  conntrackStatsFile,
  conntrackCount,
  nftHooks,
  nftArpHooks,
  bpftraceHooks,
  bpftraceDeviceHooks,
  nftRuleset,
  nftTables,
  iptablesSave,
  ip6tablesSave,
  iptablesLegacySave,
  ip6tablesLegacySave,
  ipsetSave,
  ipAddresses,
  ipRules,
  ip6Rules,
  ipRoutes,
  ip6Routes,
  routeTables,
  sysctls,
  interfaceSysctls,
  modules,
  kernelLog,
  kernelJournal,
  kernelLogread,
  kernelLogFollow,
  nftTrace,
  xtablesTrace,
];

/** A kind of command that changes a router, and takes the change back before it ends. */
export interface PermittedChange {
  readonly id: string;
  /** Makes the command again of the order that it carries; undefined where no such command can be made. */
  make(order: never): Command<unknown> | undefined;
}

/** Every kind of command that changes a router. Whoever runs commands refuses it unless the run says that it may change. */
export const permittedChanges: readonly PermittedChange[] = [
  { id: "trace.live", make: (order: TraceOrder) => liveTrace(order) },
];

/** Whether a command that only reads may be sent: word for word it is one of the list; who reads the answer is free. */
export function isPermitted(command: Command<unknown>): boolean {
  return permitted.some((one) => isSame(one, command));
}

/** Whether it is, word for word, what one of `permittedChanges` makes of the order that it carries. */
export function isPermittedChange(command: Command<unknown> & { readonly order?: unknown }): boolean {
  const change = permittedChanges.find(({ id }) => id === command.id);
  const made = command.order === undefined ? undefined : change?.make(command.order as never);
  return made !== undefined && isSame(made, command);
}

function isSame(one: Command<unknown>, { argv, stdin, root }: Command<unknown>): boolean {
  return one.stdin === stdin && one.root === root && sameWords(one.argv, argv);
}

function sameWords(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((word, index) => word === other[index]);
}
