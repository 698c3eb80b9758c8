import type { Outcome } from "../../../netfilter/observe/command.js";
import { ip6Routes, ipRoutes, type Route } from "../../../netfilter/observe/routing/routes.js";
import { ip6Rules, ipRules, type PolicyRule } from "../../../netfilter/observe/routing/rules.js";
import { routeTables, type TableNames } from "../../../netfilter/observe/routing/tables.js";
import { formatAddress } from "../../../netfilter/packet/address.js";
import { type Ask, emptyItem, failureItem, type Item, withWarnings } from "../item.js";

/** Policy rules in the order in which the kernel asks them, each with the routes of its table. */
export async function routing(ask: Ask): Promise<readonly Item[]> {
  const names = known(await ask(routeTables)) ?? new Map();
  return [family(ask, "IPv4", ipRules, ipRoutes, names), family(ask, "IPv6", ip6Rules, ip6Routes, names)];
}

function family(ask: Ask, label: string, rules: typeof ipRules, routes: typeof ipRoutes, names: TableNames): Item {
  return {
    id: label,
    label,
    icon: "symbol-namespace",
    expanded: label === "IPv4",
    children: async () => {
      const [found, ways] = await Promise.all([ask(rules), ask(routes)]);
      if (!found.ok) return [failureItem(found.failure)];
      const items = found.value.map((rule) => ruleItem(rule, ways, names));
      return withWarnings(items, [...found.warnings, ...(ways.ok ? ways.warnings : [])]);
    },
  };
}

function ruleItem(rule: PolicyRule, ways: Outcome<readonly Route[]>, names: TableNames): Item {
  const { action, priority, fwmark } = rule;
  const table = action.do === "lookup" ? action.table : undefined;
  return {
    id: `${priority} ${rule.text}`,
    label: `${priority}: ${conditionsOf(rule)}`,
    description: table === undefined ? actionText(rule) : `→ table ${table}${suppressed(rule)}`,
    tooltip: [
      rule.text,
      ...(fwmark ? [markMeans(fwmark)] : []),
      ...rule.unknown.map((word) => `"${word}" is not understood here.`),
    ],
    icon: action.do === "lookup" ? "list-ordered" : "error",
    ...(table !== undefined && { children: routesOf(table, ways, names) }),
  };
}

function conditionsOf({ inverted, from, to, iif, oif, fwmark, text }: PolicyRule): string {
  const parts = [
    from && `from ${networkText(from)}`,
    to && `to ${networkText(to)}`,
    iif && `iif ${iif}`,
    oif && `oif ${oif}`,
    fwmark && `fwmark ${hex(fwmark.value)}${fwmark.mask === 0xffff_ffff ? "" : `/${hex(fwmark.mask)}`}`,
    / (ipproto|sport|dport|tos|uidrange) /.test(text) && "…",
  ].filter(Boolean);
  return `${inverted ? "not " : ""}${parts.join(" ") || "every packet"}`;
}

function networkText({ family, value, mask }: NonNullable<PolicyRule["from"]>): string {
  const length = mask.toString(2).replaceAll("0", "").length;
  return `${formatAddress({ family, value })}/${length}`;
}

/** Routes that do not count, though the table holds them: mostly the default route. */
function suppressed({ suppressPrefixLength: length, suppressInterfaceGroup: group }: PolicyRule): string {
  const prefix =
    length === undefined ? "" : length === 0 ? ", but its default routes" : `, but prefixes up to /${length}`;
  return `${prefix}${group === undefined ? "" : `, but interfaces of group ${group}`}`;
}

function actionText({ action }: PolicyRule): string {
  return action.do === "goto" ? `go on at ${action.priority}` : action.do;
}

/** What a packet needs to fit, in words: the mask tells which bits count. */
function markMeans({ value, mask }: { readonly value: number; readonly mask: number }): string {
  if (mask === 0xffff_ffff) return `Fits packets whose whole mark is ${hex(value)}.`;
  return `Fits packets whose mark, of which only the bits ${hex(mask)} count, is ${hex(value)}: other bits may be anything.`;
}

function routesOf(table: string, ways: Outcome<readonly Route[]>, names: TableNames): readonly Item[] {
  if (!ways.ok) return [failureItem(ways.failure)];
  const own = ways.value.filter((route) => sameTable(String(route.table ?? "main"), table, names));
  if (own.length === 0) return [emptyItem(`Table ${table} is empty: the next rule is asked.`)];
  return own.map(routeItem);
}

function sameTable(a: string, b: string, names: TableNames): boolean {
  const name = (table: string) => names.get(Number(table)) ?? table;
  return name(a) === name(b);
}

/** The kernel writes a route's kind in front of its destination unless it is the usual one. */
function routeItem({ text, type }: Route, index: number): Item {
  const words = text.split(" ");
  const head = words[0] === type ? 2 : 1;
  return {
    id: `${index}`,
    label: words.slice(0, head).join(" "),
    description: words.slice(head).join(" "),
    tooltip: [text],
    icon: /^(blackhole|unreachable|prohibit)$/.test(type) ? "error" : "arrow-small-right",
  };
}

function known<Value>(outcome: Outcome<Value>): Value | undefined {
  return outcome.ok ? outcome.value : undefined;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
