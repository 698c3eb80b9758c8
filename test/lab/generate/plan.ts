import type { AddressFamily } from "../../../netfilter/packet/address.js";
import type { PolicyRule, Route } from "../../../netfilter/simulate/state.js";
import { address, type Plan } from "../world.js";
import { pool } from "./pool.js";
import type { Random } from "./random.js";

/** A router with two uplinks, routed by a few random rules and tables. */
export function randomPlan(random: Random): Plan {
  const policy = random.chance(0.7);
  return {
    routes: [...routesOf("ipv4", random, policy), ...routesOf("ipv6", random, policy)],
    rules: policy ? [...rulesOf("ipv4", random), ...rulesOf("ipv6", random)] : [],
    sysctls: sysctlsOf(random),
  };
}

function routesOf(family: AddressFamily, random: Random, policy: boolean): Route[] {
  const tables = policy ? [101, 102] : [];
  const route = (table: number, uplink: number, metric?: number): Route => ({
    family,
    table,
    type: "unicast",
    destination: 0n,
    prefixLength: 0,
    hops: [{ dev: `wan${uplink + 1}`, via: address(pool[family].gateways[uplink] as string) }],
    ...(metric === undefined ? {} : { metric }),
  });
  const uplink = random.int(0, 1);
  const main = random.chance(0.95) ? [route(254, uplink, 100), route(254, 1 - uplink, 200)] : [];
  return [
    ...main,
    ...tables.map((table, index) => route(table, index, 100)),
    ...tables.filter(() => random.chance(0.8)).map((table) => toLan(family, table)),
    ...(random.chance(0.3) ? [special(family, random)] : []),
  ];
}

function toLan(family: AddressFamily, table: number): Route {
  const [network, length] = pool[family].prefixes[0].split("/") as [string, string];
  const destination = address(network).value;
  return {
    family,
    table,
    type: "unicast",
    destination,
    prefixLength: Number(length),
    hops: [{ dev: "lan0" }],
    metric: 50,
  };
}

/** A destination that is refused, one way or another, or that goes another way. */
function special(family: AddressFamily, random: Random): Route {
  const prefixLength = random.pick(family === "ipv4" ? [32, 24] : [128, 64]);
  const bits = BigInt((family === "ipv4" ? 32 : 128) - prefixLength);
  const destination = (address(random.pick(pool[family].internet)).value >> bits) << bits;
  const type = random.pick(["blackhole", "unreachable", "prohibit", "unicast", "throw", "local"] as const);
  const uplink = random.int(0, 1);
  const hop = { dev: `wan${uplink + 1}`, via: address(pool[family].gateways[uplink] as string) };
  const table = random.pick([254, 101]);
  const hopsOf: Partial<Record<Route["type"], Route["hops"]>> = { unicast: [hop], local: [{ dev: "lo" }] };
  return { family, table, type, destination, prefixLength, hops: hopsOf[type] ?? [], metric: 10 };
}

function rulesOf(family: AddressFamily, random: Random): PolicyRule[] {
  return random.times(1, 4, (index) => ({
    family,
    priority: 1000 + index * 10,
    ...selector(family, random),
    action: random.weighed<PolicyRule["action"]>([
      [6, { do: "lookup", table: 101 }],
      [6, { do: "lookup", table: 102 }],
      [1, { do: "lookup", table: 254, suppressPrefixLength: 0 }],
      [1, { do: random.pick(["blackhole", "unreachable", "prohibit"] as const) }],
    ]),
  }));
}

function selector(family: AddressFamily, random: Random): Partial<PolicyRule> {
  const network = () => {
    const [host, length] = random.pick(pool[family].prefixes).split("/") as [string, string];
    return { value: address(host).value, prefixLength: Number(length) };
  };
  return random.weighed<() => Partial<PolicyRule>>([
    [6, () => markSelector(random)],
    [2, () => ({ from: network() })],
    [1, () => ({ to: network() })],
    [1, () => ({ iif: random.pick(["lan0", "lo"]) })],
    [1, () => ({ from: network(), ...markSelector(random) })],
    [1, () => ({ not: true, ...markSelector(random) })],
    [1, () => ({ iif: "lan0", protocol: 6, dport: [80, 443] })],
  ])();
}

function markSelector(random: Random): Partial<PolicyRule> {
  const mask = random.pick([0xff, 0xff, 0xffffffff]);
  return { mark: random.pick(pool.marks) & mask, mask };
}

function sysctlsOf(random: Random): Plan["sysctls"] {
  const loose = random.chance(0.8) ? "1" : "0";
  const chosen: Record<string, string> = {
    "net.netfilter.nf_conntrack_tcp_loose": loose,
    // The simulator takes sequence numbers for granted, and says so.
    "net.netfilter.nf_conntrack_tcp_be_liberal": "1",
  };
  if (random.chance(0.1)) chosen["net.ipv4.ip_forward"] = "0";
  if (random.chance(0.1)) chosen["net.ipv4.conf.all.src_valid_mark"] = "1";
  if (random.chance(0.1)) chosen["net.ipv4.fwmark_reflect"] = "1";
  if (random.chance(0.1)) chosen["net.ipv6.fwmark_reflect"] = "1";
  if (random.chance(0.1)) chosen["net.ipv6.conf.all.forwarding"] = "0";
  for (const device of ["all", ...pool.devices])
    if (random.chance(0.15)) chosen[`net.ipv4.conf.${device}.rp_filter`] = random.pick(["1", "2"]);
  return chosen;
}
