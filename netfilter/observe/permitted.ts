import type { Command } from "./command.js";
import { conntrackEvents } from "./conntrack/events.js";
import { conntrackDying, conntrackFile, conntrackList, conntrackUnconfirmed } from "./conntrack/list.js";
import { conntrackCount, conntrackStats, conntrackStatsFile } from "./conntrack/stats.js";
import { bpftraceDeviceHooks, bpftraceHooks } from "./hooks/bpftrace.js";
import { nftArpHooks, nftHooks } from "./hooks/nft.js";
import { kernelJournal, kernelLog, kernelLogFollow, kernelLogread } from "./kernel/log.js";
import { modules } from "./kernel/modules.js";
import { interfaceSysctls, sysctls } from "./kernel/sysctls.js";
import { ipAddresses } from "./routing/interfaces.js";
import { ip6Routes, ipRoutes } from "./routing/routes.js";
import { ip6Rules, ipRules } from "./routing/rules.js";
import { routeTables } from "./routing/tables.js";
import { ip6tablesLegacySave, ip6tablesSave, iptablesLegacySave, iptablesSave, nftRuleset } from "./rulesets.js";
import { nftTrace, xtablesTrace } from "./trace/commands.js";

/**
 * Every command that may be sent to a router. Each only reads: whoever runs commands refuses one that is not in this list, and
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
  iptablesSave,
  ip6tablesSave,
  iptablesLegacySave,
  ip6tablesLegacySave,
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

/** Whether a command may be sent: what reaches the router is, word for word, one of the list; who reads the answer is free. */
export function isPermitted({ argv, stdin, root }: Command<unknown>): boolean {
  return permitted.some((one) => one.stdin === stdin && one.root === root && sameWords(one.argv, argv));
}

function sameWords(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((word, index) => word === other[index]);
}
