import { ipsetSave } from "../../netfilter/observe/ipsets.js";
import { interfaceSysctls, type Sysctl, sysctls } from "../../netfilter/observe/kernel/sysctls.js";
import { type Interface, ipAddresses } from "../../netfilter/observe/routing/interfaces.js";
import { ip6Routes, ipRoutes, type Route } from "../../netfilter/observe/routing/routes.js";
import { ip6Rules, ipRules, type PolicyRule } from "../../netfilter/observe/routing/rules.js";
import { routeTables } from "../../netfilter/observe/routing/tables.js";
import { type Address, formatAddress, maskLength, type Network } from "../../netfilter/packet/address.js";
import type { Ask } from "../sidebar/item.js";

/**
 * What the simulator wants to know of a router, read from it now, in the form of docs/path.md: what the router does not tell is
 * left out, so that the picture states what it assumed in its place.
 */
export async function liveState(ask: Ask): Promise<string> {
  const known = async <Result>(command: Parameters<typeof ask<Result>>[0]) => {
    const outcome = await ask(command);
    return outcome.ok ? outcome.value : undefined;
  };
  const [interfaces, routes, routes6, rules, rules6, tables, settings, perInterface, ipsets] = await Promise.all([
    known(ipAddresses),
    known(ipRoutes),
    known(ip6Routes),
    known(ipRules),
    known(ip6Rules),
    known(routeTables),
    known(sysctls),
    known(interfaceSysctls),
    known(ipsetSave),
  ]);
  const count = settingOf(settings, "net.netfilter.nf_conntrack_count", /^\d+$/);
  return JSON.stringify(
    {
      interfaces: interfaces?.map(interfaceState),
      routes: routes?.map(routeState),
      routes6: routes6?.map(routeState),
      rules: rules?.map(ruleState),
      rules6: rules6?.map(ruleState),
      tables: tables && Object.fromEntries([...tables].map(([number, name]) => [name, number])),
      sysctls: settings && Object.fromEntries([...settings, ...(perInterface ?? [])].map(sysctlState)),
      conntrackCount: count === undefined ? undefined : Number(count),
      kernel: settingOf(settings, "kernel.osrelease", /^\d+\.\d+/),
      ipsets,
    },
    undefined,
    1,
  );
}

function interfaceState({ name, index, flags, type, mtu, mac, master, addresses }: Interface) {
  return {
    ...{ ifname: name, ifindex: index, flags, link_type: type, mtu, address: mac, master },
    addr_info: addresses.map((address) => ({
      local: formatAddress(address),
      prefixlen: address.prefixLength,
      scope: address.scope,
      secondary: address.flags.includes("secondary") || undefined,
      address: address.peer && formatAddress(address.peer),
    })),
  };
}

function routeState({ type, destination, table, hops, source, metric, tos }: Route) {
  const [only, ...others] = hops.map(hopState);
  return {
    ...{ type, dst: networkText(destination), table, metric, tos },
    prefsrc: source && formatAddress(source),
    ...(others.length === 0 ? only : { nexthops: [only, ...others] }),
  };
}

function hopState({ via, dev, weight }: Route["hops"][number]) {
  return { gateway: via && formatAddress(via), dev, weight };
}

function ruleState(rule: PolicyRule) {
  const { priority, inverted, from, to, iif, oif, fwmark, tos, ipproto, sport, dport, uidrange, action } = rule;
  return {
    ...{ priority, iif, oif, tos, ipproto },
    not: inverted || undefined,
    src: from && networkText(from),
    dst: to && networkText(to),
    fwmark: fwmark?.value,
    fwmask: fwmark?.mask,
    ...{ sport_start: sport?.from, sport_end: sport?.to, dport_start: dport?.from, dport_end: dport?.to },
    ...{ uid_start: uidrange?.from, uid_end: uidrange?.to },
    suppress_prefixlen: rule.suppressPrefixLength,
    suppress_ifgroup: rule.suppressInterfaceGroup,
    ...actionState(action),
  };
}

function actionState(action: PolicyRule["action"]) {
  if (action.do === "lookup") return { table: action.table };
  return action.do === "goto" ? { goto: action.priority } : { action: action.do };
}

/** A setting that has the form that the state wants; any other tells nothing. */
function settingOf(settings: readonly Sysctl[] | undefined, wanted: string, form: RegExp): string | undefined {
  const value = settings?.find(({ name }) => name === wanted)?.value;
  return value !== undefined && form.test(value) ? value : undefined;
}

function sysctlState({ name, value }: Sysctl): [string, string] {
  return [name, value];
}

function networkText(network: Network & Address): string {
  return `${formatAddress(network)}/${maskLength(network) ?? 0}`;
}
