import type { Language } from "../../netfilter/language.js";
import { parseAddress } from "../../netfilter/packet/address.js";
import type { Packet } from "../../netfilter/packet/packet.js";
import { loadRules } from "../../netfilter/simulate/load.js";
import { type Loaded, Router } from "../../netfilter/simulate/router.js";
import type { Interface, PolicyRule, Route, RouterState } from "../../netfilter/simulate/state.js";
import type { Change, Disposition, Step, Trace } from "../../netfilter/simulate/trace.js";

/** Rules as a router would have them loaded. */
export function load(text: string, language: Language = "nftables"): Loaded {
  return loadRules("rules", text, language);
}

/** A packet in few words; addresses as text. */
export function packet(
  more: Omit<Partial<Packet>, "saddr" | "daddr"> & { readonly saddr: string; readonly daddr: string },
): Packet {
  return { protocol: 6, ttl: 64, ...more, saddr: address(more.saddr), daddr: address(more.daddr) };
}

/** An address from text. */
export function address(text: string) {
  const found = parseAddress(text, "iptables");
  if (!found) throw new Error(`no address: ${text}`);
  return found;
}

/** An interface with addresses such as `10.0.0.1/24`. */
export function device(name: string, index: number, ...addresses: string[]): Interface {
  return {
    name,
    index,
    type: name === "lo" ? "loopback" : "ether",
    up: true,
    addresses: addresses.map((text) => {
      const [value = "", length = "32"] = text.split("/");
      return { ...address(value), prefixLength: Number(length) };
    }),
  };
}

/** A route such as `default via 10.0.1.1 dev wan1 table 101`, read by its words. */
export function route(text: string): Route {
  const words = text.split(" ");
  const types = ["blackhole", "unreachable", "prohibit", "throw", "local", "broadcast", "multicast"] as const;
  const type = types.find((one) => one === words[0]) ?? "unicast";
  if (type !== "unicast") words.shift();
  const [value = "", length] = (words.shift() as string).split("/");
  const after = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
  const [via, dev, table, metric, source] = ["via", "dev", "table", "metric", "src"].map(after);
  const target = value === "default" ? address(via?.includes(":") ? "::" : "0.0.0.0") : address(value);
  const width = target.family === "ipv4" ? 32 : 128;
  return {
    family: target.family,
    table: Number(table ?? 254),
    type,
    destination: target.value,
    prefixLength: value === "default" ? 0 : Number(length ?? width),
    hops: dev === undefined ? [] : [{ dev, ...(via !== undefined && { via: address(via) }) }],
    ...(metric !== undefined && { metric: Number(metric) }),
    ...(source !== undefined && { source: address(source).value }),
  };
}

/** A rule `priority: fwmark M/MASK lookup T`. */
export function markRule(priority: number, mark: number, mask: number, table: number): PolicyRule {
  return { family: "ipv4", priority, mark, mask, action: { do: "lookup", table } };
}

/** The kernel's own three for IPv4. */
export const ownRules: readonly PolicyRule[] = [
  { family: "ipv4", priority: 0, action: { do: "lookup", table: 255 } },
  { family: "ipv4", priority: 32766, action: { do: "lookup", table: 254 } },
  { family: "ipv4", priority: 32767, action: { do: "lookup", table: 253 } },
];

/** A house's router: lan0, and two uplinks of which wan1 is the usual one. */
export const house: RouterState = {
  interfaces: [
    device("lo", 1, "127.0.0.1/8", "::1/128"),
    device("lan0", 2, "192.168.1.1/24", "2001:db8:1::1/64"),
    device("wan1", 3, "10.0.1.2/24", "2001:db8:a1::2/64"),
    device("wan2", 4, "10.0.2.2/24"),
  ],
  routes: [
    route("192.168.1.0/24 dev lan0"),
    route("10.0.1.0/24 dev wan1"),
    route("10.0.2.0/24 dev wan2"),
    route("default via 10.0.1.1 dev wan1 metric 100"),
    route("default via 10.0.2.1 dev wan2 metric 200"),
    route("default via 10.0.1.1 dev wan1 table 101"),
    route("default via 10.0.2.1 dev wan2 table 102"),
    route("192.168.1.0/24 dev lan0 table 101"),
    route("192.168.1.0/24 dev lan0 table 102"),
    route("2001:db8:1::/64 dev lan0"),
    route("2001:db8:a1::/64 dev wan1"),
    route("default via 2001:db8:a1::1 dev wan1"),
  ],
  rules: [...ownRules, markRule(1000, 0x30, 0xff, 101), markRule(1001, 0x36, 0xff, 102)],
  sysctls: {
    "net.ipv4.ip_forward": "1",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv6.conf.all.forwarding": "1",
  },
};

/** A router with these rules. */
export function routerOf(text: string, state: RouterState = house, language: Language = "nftables"): Router {
  return new Router([load(text, language)], state);
}

/** A trace with one line a step, and how it ended. */
export function lines(trace: Trace, text: string): string[] {
  return [...trace.steps.map((step) => stepText(step, text)), endText(trace.disposition)];
}

function stepText(step: Step, text: string): string {
  const changes = changesText(step.changes);
  if (step.kind === "route") return `route: ${step.says}${changes}`;
  const place = `${step.hook} ${step.priority}`;
  if (step.kind === "callback") return `${place} ${step.function}: ${step.says}${changes} => ${step.verdict}`;
  if (step.kind === "end") return `${place} ${step.chain.name} end => ${step.verdict}`;
  const said = text.slice(step.rule.start, step.rule.end);
  const met = step.matched === true ? "+" : step.matched === false ? "-" : "?";
  return `${place} ${step.chain.name} ${met} ${said}${changes}${step.verdict ? ` => ${step.verdict}` : ""}`;
}

function changesText(changes: readonly Change[]): string {
  if (changes.length === 0) return "";
  return ` [${changes.map(({ field, before, after }) => `${field} ${before ?? ""}->${after}`).join(", ")}]`;
}

/** How a packet ended, in one line. */
export function endText(disposition: Disposition): string {
  switch (disposition.end) {
    case "sent":
      return `SENT ${disposition.oif}${disposition.nexthop ? ` via ${disposition.nexthop}` : ""}`;
    case "delivered":
      return "DELIVERED";
    case "queued":
      return `QUEUED ${disposition.queue}`;
    default:
      return `${disposition.end.toUpperCase()} ${disposition.why}`;
  }
}
