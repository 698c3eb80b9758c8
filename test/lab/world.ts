import { type Address, parseAddress } from "../../netfilter/packet/address.js";
import type { Packet } from "../../netfilter/packet/packet.js";
import type { Interface, InterfaceAddress, PolicyRule, Route, RouterState } from "../../netfilter/simulate/state.js";
import type { LabRouter, WirePacket } from "./kernel.js";

/** A router for a scenario: what it has beside the addresses, which are the same for all. */
export interface Plan {
  /** Beside the connected and local ones. */
  readonly routes: readonly Route[];
  /** Beside the kernel's own three. */
  readonly rules: readonly PolicyRule[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly listen?: LabRouter["listen"];
}

/** The lab's devices: a LAN and two uplinks, each with a network of both families. */
const devices = [
  { name: "lan0", mac: "02:00:00:00:01:01", addresses: ["192.168.1.1/24", "2001:db8:1::1/64"] },
  { name: "wan1", mac: "02:00:00:00:01:02", addresses: ["10.0.1.2/24", "2001:db8:a1::2/64"] },
  { name: "wan2", mac: "02:00:00:00:01:03", addresses: ["10.0.2.2/24", "2001:db8:a2::2/64"] },
] as const;

/** The link address of whoever sends to the router. */
const peer = 0x0200_0000_00fe;

const loopback = { name: "lo", mac: "00:00:00:00:00:00", addresses: ["127.0.0.1/8", "::1/128"] } as const;

/** The plan as the lab builds it. */
export function labRouter({ routes, rules, sysctls, listen }: Plan): LabRouter {
  const lines = (family: Address["family"]) => [
    ...routes.filter((route) => route.family === family).map(routeLine),
    ...rules.filter((rule) => rule.family === family).map(ruleLine),
  ];
  const fresh = [...routes.map(({ type }) => type), ...rules.map(({ action }) => action.do)].some(isRefusal);
  return { devices, fresh, ip: lines("ipv4"), ip6: lines("ipv6"), sysctls, ...(listen && { listen }) };
}

function isRefusal(kind: string): boolean {
  return kind === "unreachable" || kind === "prohibit";
}

/** The plan as the simulator takes it: with everything that the kernel adds by itself. */
export function routerState({ routes, rules, sysctls }: Plan): RouterState {
  const interfaces = [loopback, ...devices].map(interfaceOf);
  return {
    interfaces,
    routes: [...interfaces.flatMap(ownRoutes), ...routes],
    rules: [...defaultRules, ...rules],
    sysctls: { ...quietSysctls, ...sysctls },
    conntrack: [],
  };
}

/** What `kernel/router.py` sets in every namespace, as far as it decides a packet's way. */
const quietSysctls: Readonly<Record<string, string>> = {
  "net.ipv4.ip_forward": "1",
  "net.ipv6.conf.all.forwarding": "1",
  ...Object.fromEntries(
    ["all", "default", ...devices.map(({ name }) => name)].map((name) => [`net.ipv4.conf.${name}.rp_filter`, "0"]),
  ),
};

const defaultRules: readonly PolicyRule[] = [
  { family: "ipv4", priority: 0, action: { do: "lookup", table: 255 } },
  { family: "ipv4", priority: 32766, action: { do: "lookup", table: 254 } },
  { family: "ipv4", priority: 32767, action: { do: "lookup", table: 253 } },
  { family: "ipv6", priority: 0, action: { do: "lookup", table: 255 } },
  { family: "ipv6", priority: 32766, action: { do: "lookup", table: 254 } },
];

/** Reads an address that a test wrote. */
export function address(text: string): Address {
  const read = parseAddress(text, "nftables");
  if (!read) throw new Error(`${text} is no address`);
  return read;
}

/** An address as both tools and the kernel's side of the lab write it. */
export function written({ family, value }: Address): string {
  if (family === "ipv4") return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

/** A packet of the lab as the simulator takes it. */
export function simulated({ saddr, daddr, about, payload: _, ...rest }: WirePacket): Packet {
  const arrived = rest.iif === undefined ? {} : { ether: { saddr: peer, daddr: macOf(rest.iif) } };
  const inner = about && { about: simulated(about) };
  return { ...rest, saddr: address(saddr), daddr: address(daddr), ...inner, ...arrived };
}

function macOf(name: string): number {
  return macNumber(devices.find((device) => device.name === name)?.mac ?? loopback.mac);
}

function macNumber(mac: string): number {
  return Number.parseInt(mac.replaceAll(":", ""), 16);
}

type Device = (typeof devices)[number] | typeof loopback;

function interfaceOf({ name, mac, addresses }: Device, index: number): Interface {
  const type = name === "lo" ? "loopback" : "ether";
  const own = addresses.map((text) => interfaceAddress(text, name));
  return {
    name,
    index: index + 1,
    type,
    up: true,
    mtu: name === "lo" ? 65536 : 1500,
    mac: macNumber(mac),
    addresses: own,
  };
}

function interfaceAddress(text: string, device: string): InterfaceAddress {
  const [host, length] = text.split("/") as [string, string];
  const scope = device === "lo" ? "host" : "global";
  return { ...address(host), prefixLength: Number(length), scope };
}

/** The routes that come with an address, as the kernel makes them. */
function ownRoutes({ name, addresses }: Interface): Route[] {
  return addresses.flatMap((own) => (own.family === "ipv4" ? ownRoutes4(name, own) : ownRoutes6(name, own)));
}

function ownRoutes4(dev: string, { value, prefixLength }: InterfaceAddress): Route[] {
  const route = (table: number, type: Route["type"], destination: bigint, length: number): Route => ({
    family: "ipv4",
    table,
    type,
    destination,
    prefixLength: length,
    hops: [{ dev }],
    source: value,
  });
  const hosts = (1n << BigInt(32 - prefixLength)) - 1n;
  const network = value & ~hosts;
  const connected =
    dev === "lo" ? route(255, "local", network, prefixLength) : route(254, "unicast", network, prefixLength);
  return [connected, route(255, "local", value, 32), route(255, "broadcast", network | hosts, 32)];
}

function ownRoutes6(dev: string, { value, prefixLength }: InterfaceAddress): Route[] {
  const route = (table: number, type: Route["type"], destination: bigint, length: number, metric: number): Route => ({
    family: "ipv6",
    table,
    type,
    destination,
    prefixLength: length,
    hops: [{ dev }],
    metric,
  });
  const local = route(255, "local", value, 128, 0);
  if (dev === "lo") return [local, route(254, "unicast", value, 128, 256)];
  const network = value & ~((1n << BigInt(128 - prefixLength)) - 1n);
  return [
    local,
    route(254, "unicast", network, prefixLength, 256),
    route(255, "anycast", network, 128, 0),
    route(255, "multicast", 0xffn << 120n, 8, 256),
  ];
}

function prefix(family: Address["family"], value: bigint, length: number): string {
  return `${written({ family, value })}/${length}`;
}

function routeLine({ family, table, type, destination, prefixLength, hops, source, metric }: Route): string {
  const words = ["route add", ...(type === "unicast" ? [] : [type]), prefix(family, destination, prefixLength)];
  for (const { dev, via } of hops.slice(0, 1)) {
    if (via) words.push(`via ${written(via)}`);
    if (dev) words.push(`dev ${dev}`);
  }
  if (source !== undefined) words.push(`src ${written({ family, value: source })}`);
  if (metric !== undefined) words.push(`metric ${metric}`);
  return [...words, `table ${table}`].join(" ");
}

function ruleLine({
  family,
  priority,
  not,
  from,
  to,
  iif,
  oif,
  mark,
  mask,
  protocol,
  dport,
  action,
}: PolicyRule): string {
  const words = ["rule add", ...(not ? ["not"] : [])];
  words.push(from ? `from ${prefix(family, from.value, from.prefixLength)}` : "from all");
  if (to) words.push(`to ${prefix(family, to.value, to.prefixLength)}`);
  if (iif) words.push(`iif ${iif}`);
  if (oif) words.push(`oif ${oif}`);
  if (mark !== undefined) words.push(`fwmark ${mark}${mask === undefined ? "" : `/${mask}`}`);
  if (protocol !== undefined) words.push(`ipproto ${protocol}`);
  if (dport) words.push(`dport ${dport[0]}-${dport[1]}`);
  words.push(action.do === "lookup" ? `lookup ${action.table}` : action.do, `pref ${priority}`);
  if (action.do === "lookup" && action.suppressPrefixLength !== undefined)
    words.push(`suppress_prefixlength ${action.suppressPrefixLength}`);
  return words.join(" ");
}
