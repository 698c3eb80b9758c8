import type { Family, Hook } from "./hooks.js";

/** A function of the kernel's own that is called at a hook, beside the chains of a ruleset. */
export interface BuiltinCallback {
  readonly families: readonly ("ip" | "ip6" | "arp" | "bridge" | "netdev")[];
  readonly hook: Hook;
  readonly priority: number;
  /** For people. */
  readonly label: string;
  /** Names of the kernel's functions as `nft list hooks` prints them, newest first. */
  readonly functions: readonly string[];
  readonly doc: string;
  /** Present where a usual router does not have it, with what brings it. */
  readonly condition?: string;
}

const highest = 2147483647;
const lowest = -2147483648;
const ip = ["ip", "ip6"] as const;

/** What the kernel itself does at each hook, in order of priority. Conntrack's part is there once a rule or NAT needs it. */
export const builtinCallbacks: readonly BuiltinCallback[] = [
  {
    families: ip,
    hook: "prerouting",
    priority: lowest,
    label: "bridge's guard against a second pass",
    functions: ["ip_sabotage_in"],
    doc: "Skips IP's chains for packets that `br_netfilter` has already taken through them.",
    condition: "the module `br_netfilter`",
  },
  ...both(
    ["prerouting", "output"],
    -400,
    "defragmentation",
    ["ipv4_conntrack_defrag", "ipv6_defrag"],
    "Collects fragments and goes on with the whole packet, so that ports are there for every chain behind.",
  ),
  ...both(
    ["prerouting"],
    -200,
    "conntrack's lookup",
    ["ipv4_conntrack_in", "ipv6_conntrack_in"],
    "Finds or makes the packet's entry: from here on `ct state`, `ct mark` and NAT work.",
  ),
  ...both(
    ["output"],
    -200,
    "conntrack's lookup",
    ["ipv4_conntrack_local", "ipv6_conntrack_local"],
    "Finds or makes the entry of a packet made here.",
  ),
  ...both(
    ["prerouting"],
    -100,
    "destination NAT",
    ["nf_nat_ipv4_pre_routing", "nf_nat_ipv6_in", "nf_nat_ipv4_in"],
    "Calls all nat chains of this hook for a connection's first packet and translates every later one by its entry.",
  ),
  ...both(
    ["output"],
    -100,
    "destination NAT",
    ["nf_nat_ipv4_local_fn", "nf_nat_ipv6_local_fn"],
    "Calls all nat chains of this hook for a connection's first packet, translates, and routes anew when the destination changed.",
  ),
  ...both(
    ["input"],
    100,
    "source NAT",
    ["nf_nat_ipv4_local_in", "nf_nat_ipv6_local_in", "nf_nat_ipv6_fn", "nf_nat_ipv4_fn"],
    "Calls the nat chains at input, and translates replies to connections that were made here.",
  ),
  ...both(
    ["postrouting"],
    100,
    "source NAT",
    ["nf_nat_ipv4_out", "nf_nat_ipv6_out"],
    "Calls all nat chains of this hook for a connection's first packet and translates the rest. A masqueraded connection whose interface changed is deleted here and its packet dropped.",
  ),
  ...both(
    ["input", "postrouting"],
    300,
    "conntrack's helpers",
    ["ipv4_helper", "ipv6_helper"],
    "Helpers read the connection and announce others. Linux 6.1 and newer do it together with the confirmation.",
    "a kernel older than 6.1",
  ),
  {
    families: ["ip"],
    hook: "input",
    priority: highest,
    label: "conntrack's confirmation",
    functions: ["nf_confirm", "ipv4_confirm"],
    doc: "Puts a new entry into the table. A packet dropped before leaves no entry.",
  },
  {
    families: ["ip6"],
    hook: "input",
    priority: highest - 1,
    label: "conntrack's confirmation",
    functions: ["nf_confirm", "ipv6_confirm"],
    doc: "Puts a new entry into the table. A packet dropped before leaves no entry.",
  },
  ...both(
    ["postrouting"],
    highest,
    "conntrack's confirmation",
    ["nf_confirm", "ipv4_confirm", "ipv6_confirm"],
    "Puts a new entry into the table. A packet dropped before leaves no entry.",
  ),
  ...both(
    ["postrouting"],
    -225,
    "AppArmor",
    ["apparmor_ip_postroute"],
    "Checks labels of packets that leave.",
    "AppArmor",
  ),
  bridge(
    "prerouting",
    0,
    "IP's prerouting for bridged packets",
    ["br_nf_pre_routing"],
    "Takes bridged IP packets through the chains of IP's prerouting.",
  ),
  bridge("input", highest, "end of IP's pass", ["br_nf_local_in"], "Ends what prerouting began."),
  bridge(
    "forward",
    0,
    "IP's forward for bridged packets",
    ["br_nf_forward", "br_nf_forward_ip", "br_nf_forward_arp"],
    "Takes switched IP packets through IP's forward chains, so that a firewall for routed traffic blocks bridged one.",
  ),
  bridge(
    "postrouting",
    highest,
    "IP's postrouting for bridged packets",
    ["br_nf_post_routing"],
    "Takes bridged IP packets through the chains of IP's postrouting.",
  ),
  {
    families: ["bridge"],
    hook: "prerouting",
    priority: -200,
    label: "conntrack's lookup",
    functions: ["nf_ct_bridge_pre"],
    doc: "Finds or makes the entry of a bridged IP packet, so that bridge chains can ask `ct state`.",
    condition: "a `ct` expression in a bridge table",
  },
  {
    families: ["netdev"],
    hook: "ingress",
    priority: 0,
    label: "flowtables",
    functions: ["nf_flow_offload_inet_hook", "nf_flow_offload_ip_hook", "nf_flow_offload_ipv6_hook"],
    doc: "Forwards packets of connections in a flowtable at once, past every other hook. It stands at the flowtable's own priority.",
    condition: "a flowtable on the device",
  },
];

/** The callbacks that share a hook with chains of a family, the lowest priority first. An inet chain meets both IPs'. */
export function builtinCallbacksAt(family: Family, hook: Hook): readonly BuiltinCallback[] {
  const found = builtinCallbacks.filter(
    (callback) =>
      callback.hook === hook && callback.families.some((own) => own === family || (family === "inet" && own === "ip")),
  );
  return found.sort((a, b) => a.priority - b.priority);
}

/** The functions by which the kernel walks through chains of a ruleset, by their names, and what they do. */
const chainCallers: readonly (readonly [name: RegExp, doc: string])[] = [
  [
    /^nft_do_chain/,
    "Runs one base chain of nftables, those of iptables-nft among them. Each base chain has an entry of its own in this list.",
  ],
  [
    /^nf_route_table/,
    "Runs a base chain of type route, and asks routing again when the chain has changed the packet's mark, addresses or TOS.",
  ],
  [
    /^(?:ip6?t|arpt)_do_table$/,
    "Runs the chain that one table of old iptables (x_tables) has for this hook. The priority tells which table it is.",
  ],
  [
    /^(?:ip6?table|arptable)_\w+_hook$/,
    "Runs the chain that this table of old iptables (x_tables) has for this hook. The mangle table's asks routing again in output when the mark, an address or the TOS has changed.",
  ],
  [
    /^ebt_(?:do_table|in_hook|out_hook|filter|nat|broute)/,
    "Runs the chain that one table of old ebtables has for this hook.",
  ],
];

/** What a function does that runs a ruleset's chains; undefined for any other. */
export function chainCallerDoc(name: string): string | undefined {
  return chainCallers.find(([pattern]) => pattern.test(name))?.[1];
}

function both(
  hooks: readonly Hook[],
  priority: number,
  label: string,
  functions: readonly string[],
  doc: string,
  condition?: string,
): BuiltinCallback[] {
  return hooks.map((hook) => ({
    families: ip,
    hook,
    priority,
    label,
    functions,
    doc,
    ...(condition && { condition }),
  }));
}

function bridge(
  hook: Hook,
  priority: number,
  label: string,
  functions: readonly string[],
  doc: string,
): BuiltinCallback {
  return { families: ["bridge"], hook, priority, label, functions, doc, condition: "the module `br_netfilter`" };
}
