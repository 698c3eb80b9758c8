import { type Address, type AddressFamily, parseAddress, widths } from "../packet/address.js";
import { type FieldProblem, Fields } from "../text/fields.js";
import { readEntry, readEntryLine } from "./entryJson.js";
import { readPolicyRule } from "./ruleJson.js";
import type { Interface, InterfaceAddress, IpSet, Limits, Route, RouterState } from "./state.js";
import { type TableNames, tableNumber } from "./tableNames.js";

type Path = FieldProblem["path"];

/**
 * Reads a router's state as `docs/path.md` describes it: `ip -j` outputs under their names, sysctls, conntrack entries, ipsets.
 * Undefined when something is wrong, which `problems` then says.
 */
export function readState(value: unknown, problems: FieldProblem[]): RouterState | undefined {
  const before = problems.length;
  const fields = new Fields(value, [], problems, "a state");
  const tables: TableNames = namesOf(fields, problems);
  const routes = (family: AddressFamily, name: string) =>
    fields.list(name, (one, path) => readRoute(one, path, problems, family, tables));
  const rules = (family: AddressFamily, name: string) =>
    fields.list(name, (one, path) => readPolicyRule(one, path, problems, family, tables));
  const state: RouterState = {
    ...given(
      "interfaces",
      fields.list("interfaces", (one, path) => readInterface(one, path, problems)),
    ),
    ...given("routes", joined(routes("ipv4", "routes"), routes("ipv6", "routes6"))),
    ...given("rules", joined(rules("ipv4", "rules"), rules("ipv6", "rules6"))),
    ...given("sysctls", readSysctls(fields)),
    ...given("conntrack", readConntrack(fields, problems)),
    ...given("conntrackCount", fields.number("conntrackCount", { to: 2 ** 31 })),
    ...given(
      "ipsets",
      fields.list("ipsets", (one, path) => readIpSet(one, path, problems)),
    ),
    ...given("limits", readLimits(fields)),
    ...given("now", fields.number("now", { to: 2 ** 40 })),
    ...given("kernel", readKernel(fields)),
  };
  fields.end();
  return problems.length > before ? undefined : state;
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]?: V });
}

function joined<T>(a: readonly T[] | undefined, b: readonly T[] | undefined): readonly T[] | undefined {
  return a || b ? [...(a ?? []), ...(b ?? [])] : undefined;
}

function namesOf(fields: Fields, problems: FieldProblem[]): TableNames {
  const inner = fields.has("tables") ? new Fields(fields.raw("tables"), ["tables"], problems, "tables") : undefined;
  const names = inner?.names() ?? [];
  const numbers = names.map((name) => [name, inner?.number(name, { to: 0xffff_ffff }) ?? 0] as const);
  return new Map(numbers);
}

/** One element of `ip -j addr`. */
function readInterface(value: unknown, path: Path, problems: FieldProblem[]): Interface | undefined {
  const fields = new Fields(value, path, problems, "an interface");
  const name = fields.string("ifname");
  if (name === undefined) {
    fields.complain(undefined, "an interface needs ifname, as `ip -j addr` prints it");
    return undefined;
  }
  const flags = fields.list("flags", (flag) => String(flag));
  const mac = fields.string("address");
  const mtu = fields.number("mtu", { to: 0xffff_ffff });
  const master = fields.string("master");
  const group = fields.raw("group");
  return {
    name,
    index: fields.number("ifindex", { to: 2 ** 31 }) ?? 0,
    type: interfaceType(fields, name),
    up: flags === undefined || flags.includes("UP"),
    ...given("mtu", mtu),
    ...given("mac", macOf(mac)),
    ...given("master", master),
    ...given("group", group === undefined || group === "default" ? undefined : Number(group)),
    addresses: fields.list("addr_info", (one, at) => readAddress(one, at, problems)) ?? [],
  };
}

/** `ip -d -j addr` tells bridges and the like in `linkinfo`. */
function interfaceType(fields: Fields, name: string): string {
  const info = fields.raw("linkinfo") as { readonly info_kind?: string } | undefined;
  const link = fields.string("link_type");
  return info?.info_kind ?? link ?? (name === "lo" ? "loopback" : "ether");
}

function macOf(text: string | undefined): number | undefined {
  return text && /^([\da-f]{2}:){5}[\da-f]{2}$/i.test(text) ? Number.parseInt(text.replaceAll(":", ""), 16) : undefined;
}

const scopes = ["global", "site", "link", "host"] as const;

function readAddress(value: unknown, path: Path, problems: FieldProblem[]): InterfaceAddress | undefined {
  const fields = new Fields(value, path, problems, "an address");
  const local = readAddressField(fields, "local");
  if (!local) return undefined;
  const prefixLength = fields.number("prefixlen", { to: widths[local.family] }) ?? widths[local.family];
  const scope = scopes.find((one) => one === fields.raw("scope"));
  const peer = fields.has("address") ? readAddressField(fields, "address") : undefined;
  const broadcast = fields.has("broadcast") ? readAddressField(fields, "broadcast") : undefined;
  return {
    ...local,
    prefixLength,
    ...given("scope", scope),
    ...given("secondary", fields.boolean("secondary")),
    ...given("peer", peer?.value),
    ...given("broadcast", broadcast?.value),
  };
}

function readAddressField(fields: Fields, name: string): Address | undefined {
  const text = fields.string(name);
  const found = text === undefined ? undefined : parseAddress(text, "nftables");
  if (!found) fields.complain(name, `${name} is an IP address, not ${text === undefined ? "nothing" : `"${text}"`}`);
  return found;
}

const routeTypes: readonly Route["type"][] = [
  ...(["unicast", "local", "broadcast", "multicast", "anycast"] as const),
  ...(["blackhole", "unreachable", "prohibit", "throw", "nat"] as const),
];

/** One element of `ip -j route show table all`. */
function readRoute(
  value: unknown,
  path: Path,
  problems: FieldProblem[],
  usual: AddressFamily,
  tables: TableNames,
): Route | undefined {
  const fields = new Fields(value, path, problems, "a route");
  const target = fields.string("dst") ?? "default";
  const [text = "", length] = target.split("/");
  const network =
    target === "default" ? { family: familyOf(fields, usual), value: 0n } : parseAddress(text, "nftables");
  if (!network) {
    fields.complain("dst", `dst is a network such as 10.0.0.0/8 or default, not "${target}"`);
    return undefined;
  }
  const { family } = network;
  const single = readHop(fields);
  const several = fields.list("nexthops", (one, at) => readHop(new Fields(one, at, problems, "a next hop")));
  const source = fields.has("prefsrc") ? readAddressField(fields, "prefsrc") : undefined;
  return {
    family,
    table: tableNumber(fields, tables) ?? 254,
    type: fields.word("type", routeTypes) ?? "unicast",
    destination: network.value,
    prefixLength: target === "default" ? 0 : length === undefined ? widths[family] : Number(length),
    hops: several ?? (single.dev === undefined && !single.via ? [] : [single]),
    ...given("source", source?.value),
    ...given("metric", fields.number("metric", { to: 0xffff_ffff })),
    ...given("tos", fields.number("tos", { to: 0xff })),
  };
}

/** A default route tells its family by its gateway. */
function familyOf(fields: Fields, usual: AddressFamily): AddressFamily {
  const gateway = fields.raw("gateway");
  return typeof gateway === "string" ? (gateway.includes(":") ? "ipv6" : "ipv4") : usual;
}

function readHop(fields: Fields): Route["hops"][number] {
  const via = fields.raw("via") as { readonly host?: string } | undefined;
  const text = fields.has("gateway") ? fields.string("gateway") : via?.host;
  const gateway = text === undefined ? undefined : parseAddress(text, "nftables");
  if (text !== undefined && !gateway) fields.complain("gateway", `gateway is an IP address, not "${text}"`);
  return {
    ...given("dev", fields.string("dev")),
    ...given("via", gateway),
    ...given("weight", fields.number("weight", { to: 0xffff })),
  };
}

/** An object of names and values, or the text that `sysctl -a` prints. */
function readSysctls(fields: Fields): Record<string, string> | undefined {
  const value = fields.raw("sysctls");
  if (value === undefined) return undefined;
  if (typeof value === "string") return sysctlText(value);
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name.replaceAll("/", "."), String(one)]));
  fields.complain("sysctls", 'sysctls are an object such as {"net.ipv4.ip_forward": 1}, or what `sysctl -a` prints');
  return undefined;
}

function sysctlText(text: string): Record<string, string> {
  const lines = text.split("\n").map((line) => /^\s*([\w./-]+)\s*=\s*(.*?)\s*$/.exec(line));
  return Object.fromEntries(lines.flatMap((found) => (found ? [[found[1] as string, found[2] as string]] : [])));
}

/** A list of entries as objects or lines, or the whole text that `conntrack -L` prints. */
function readConntrack(fields: Fields, problems: FieldProblem[]): RouterState["conntrack"] {
  const value = fields.raw("conntrack");
  if (typeof value !== "string") return fields.list("conntrack", (one, path) => readEntry(one, path, problems));
  const lines = value.split("\n").filter((line) => line.includes("src="));
  return lines.flatMap((line) => {
    const entry = readEntryLine(line);
    if (!entry) fields.complain("conntrack", `not a line of conntrack -L: ${line}`);
    return entry ? [entry] : [];
  });
}

function readIpSet(value: unknown, path: Path, problems: FieldProblem[]): IpSet | undefined {
  const fields = new Fields(value, path, problems, "an ipset");
  const [name, type] = [fields.string("name"), fields.string("type")];
  const family = fields.word("family", ["ipv4", "ipv6", "inet", "inet6"]) ?? "ipv4";
  const entries = fields.list("entries", (one) => String(one)) ?? [];
  fields.end();
  if (name === undefined || type === undefined) {
    fields.complain(undefined, 'an ipset needs name and type, such as "hash:ip"');
    return undefined;
  }
  return { name, type, family: family.endsWith("6") ? "ipv6" : "ipv4", entries };
}

function readLimits(fields: Fields): Limits | undefined {
  return fields.word("limits", ["under", "over"]);
}

function readKernel(fields: Fields): readonly [number, number] | undefined {
  const text = fields.string("kernel");
  const found = text === undefined ? undefined : /^(\d+)\.(\d+)/.exec(text);
  if (text !== undefined && !found) fields.complain("kernel", `kernel is a release such as 6.1.0, not "${text}"`);
  return found ? [Number(found[1]), Number(found[2])] : undefined;
}
