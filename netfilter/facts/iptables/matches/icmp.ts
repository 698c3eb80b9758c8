import type { Extension, Value } from "../extension.js";
import { match, option, u8 } from "./define.js";

/** In the order in which the tools look them up. */
const icmpTypes = {
  any: "Every ICMP packet. Kernel and tools write it as type 255, which no packet has.",
  "echo-reply": "Type 0: the answer to a ping.",
  pong: "Type 0, `echo-reply`: the answer to a ping.",
  "destination-unreachable":
    "Type 3, any code. Dropping all of them also drops `fragmentation-needed` and breaks path MTU discovery.",
  "network-unreachable": "Type 3, code 0: a router has no route to the network.",
  "host-unreachable": "Type 3, code 1: the last router finds no such neighbour.",
  "protocol-unreachable": "Type 3, code 2: the host does not speak that protocol.",
  "port-unreachable": "Type 3, code 3: nobody listens on that UDP port. It is also what REJECT sends by default.",
  "fragmentation-needed":
    "Type 3, code 4: the packet is too large for the next link and may not be split. Path MTU discovery lives on it; without it connections hang as soon as they carry data.",
  "source-route-failed": "Type 3, code 5: the source route cannot be followed.",
  "network-unknown": "Type 3, code 6: the network is not known at all.",
  "host-unknown": "Type 3, code 7: the host is not known at all.",
  "network-prohibited": "Type 3, code 9: forbidden by the administrator, for the network.",
  "host-prohibited": "Type 3, code 10: forbidden by the administrator, for the host.",
  "TOS-network-unreachable": "Type 3, code 11: no route for this type of service.",
  "TOS-host-unreachable": "Type 3, code 12: the host cannot be reached with this type of service.",
  "communication-prohibited": "Type 3, code 13: a packet filter on the way forbids it.",
  "host-precedence-violation": "Type 3, code 14: the precedence is not allowed.",
  "precedence-cutoff": "Type 3, code 15: the precedence is below what the network asks for.",
  "source-quench": "Type 4: slow down. Withdrawn, and ignored by hosts for many years.",
  redirect:
    "Type 5, any code: a router names a better gateway. An open door for tampering; the kernel heeds it only with `accept_redirects`.",
  "network-redirect": "Type 5, code 0: another gateway for the network.",
  "host-redirect": "Type 5, code 1: another gateway for the host.",
  "TOS-network-redirect": "Type 5, code 2: another gateway for the network and type of service.",
  "TOS-host-redirect": "Type 5, code 3: another gateway for the host and type of service.",
  "echo-request": "Type 8: a ping. The kernel itself answers it after INPUT.",
  ping: "Type 8, `echo-request`: a ping. The kernel itself answers it after INPUT.",
  "router-advertisement": "Type 9: a router announces itself (IPv4, hardly used).",
  "router-solicitation": "Type 10: a host looks for routers (IPv4, hardly used).",
  "time-exceeded": "Type 11, any code: traceroute lives on it.",
  "ttl-exceeded": "Type 11, any code, as `time-exceeded`: traceroute lives on it.",
  "ttl-zero-during-transit": "Type 11, code 0: the TTL ran out on the way, at a traceroute's hop or in a routing loop.",
  "ttl-zero-during-reassembly": "Type 11, code 1: some fragments never came.",
  "parameter-problem": "Type 12, any code: a header that the receiver could not make sense of.",
  "ip-header-bad": "Type 12, code 0: the pointer tells which byte of the header is wrong.",
  "required-option-missing": "Type 12, code 1: an IP option that is needed was not there.",
  "timestamp-request": "Type 13: asks for the host's clock. Often dropped, as it tells more than a stranger needs.",
  "timestamp-reply": "Type 14: the answer to a timestamp request.",
  "address-mask-request": "Type 17: asks for the netmask. Long out of use.",
  "address-mask-reply": "Type 18: the answer to an address mask request.",
};

const icmpv6Types = {
  "destination-unreachable": "Type 1, any code: the packet could not be delivered.",
  "no-route": "Type 1, code 0: a router has no route to the destination.",
  "communication-prohibited": "Type 1, code 1: forbidden by the administrator.",
  "beyond-scope": "Type 1, code 2: the source address is not valid beyond this link or site.",
  "address-unreachable": "Type 1, code 3: the last router finds no such neighbour.",
  "port-unreachable": "Type 1, code 4: nobody listens on that UDP port. It is also what REJECT sends by default.",
  "failed-policy": "Type 1, code 5: the source address breaks the network's policy.",
  "reject-route": "Type 1, code 6: the route to the destination says reject.",
  "packet-too-big":
    "Type 2: the packet does not fit the next link. IPv6 routers never split packets, so dropping this breaks every larger transfer through a tunnel.",
  "time-exceeded": "Type 3, any code: traceroute lives on it.",
  "ttl-exceeded": "Type 3, any code, as `time-exceeded`: traceroute lives on it.",
  "ttl-zero-during-transit": "Type 3, code 0: the hop limit ran out on the way.",
  "ttl-zero-during-reassembly": "Type 3, code 1: some fragments never came.",
  "parameter-problem": "Type 4, any code: a header that the receiver could not make sense of.",
  "bad-header": "Type 4, code 0: a header field is wrong.",
  "unknown-header-type": "Type 4, code 1: an extension header or protocol that the host does not know.",
  "unknown-option": "Type 4, code 2: an option that the host does not know.",
  "echo-request": "Type 128: a ping. The kernel itself answers it after INPUT.",
  ping: "Type 128, `echo-request`: a ping. The kernel itself answers it after INPUT.",
  "echo-reply": "Type 129: the answer to a ping.",
  pong: "Type 129, `echo-reply`: the answer to a ping.",
  "mld-listener-query":
    "Type 130: the router asks who listens to multicast groups. Its name is newer than iptables 1.8.9; the number always works.",
  "mld-listener-report":
    "Type 131: a host joins a multicast group. Without it a snooping switch may keep neighbour discovery from the host. Its name is newer than iptables 1.8.9.",
  "mld-listener-done": "Type 132: a host leaves a multicast group. Its name is newer than iptables 1.8.9.",
  "mld-listener-reduction":
    "Type 132, `mld-listener-done`: a host leaves a multicast group. Its name is newer than iptables 1.8.9.",
  "router-solicitation": "Type 133: a host asks for routers as it comes up.",
  "router-advertisement":
    "Type 134: a router announces itself, prefixes and default route. A host that drops it has no route once the last one expires.",
  "neighbour-solicitation":
    "Type 135: who has this address? IPv6's ARP, so dropping it cuts the host off. Conntrack never tracks it: it is UNTRACKED, not NEW.",
  "neighbor-solicitation":
    "Type 135, `neighbour-solicitation`: who has this address? Dropping it cuts the host off; for conntrack it is UNTRACKED.",
  "neighbour-advertisement":
    "Type 136: the answer to a solicitation. Dropping it cuts the host off. Conntrack never tracks it, so ESTABLISHED does not let it in.",
  "neighbor-advertisement":
    "Type 136, `neighbour-advertisement`: the answer to a solicitation; for conntrack it is UNTRACKED, not ESTABLISHED.",
  redirect: "Type 137: a router names a better next hop.",
};

/** `8`, `3/4`, `3/0:5`; the lookup of names ignores capitals and takes any beginning that fits one name only. */
function typeOf(words: Readonly<Record<string, string>>): Value {
  const code: Value = { type: "integer", min: 0, max: u8, range: ":", closed: true };
  return { type: "word", words, ignoreCase: true, abbreviated: "unique", orInteger: u8, slash: code };
}

const icmp = match("icmp", {
  forms: ["-p icmp [-m icmp] [!] --icmp-type type[/code[:code]]"],
  doc: "Looks at type and code of an ICMP packet (IPv4). `-p icmp` brings it in by itself. ICMP errors for known connections are RELATED to conntrack, so a rule that accepts those covers path MTU discovery already. Fragments after the first never match.",
  families: ["ipv4"],
  protocols: ["icmp"],
  options: [
    option(
      "icmp-type",
      "[!] --icmp-type type[/code[:code]]",
      [typeOf(icmpTypes)],
      "A name, a number, or numbers for type and code. A type without a code stands for all of its codes. 255 means any type.",
    ),
  ],
  needs: [["icmp-type"]],
});

const icmp6 = match("icmp6", {
  forms: ["-p ipv6-icmp [-m icmp6] [!] --icmpv6-type type[/code[:code]]"],
  doc: "Looks at type and code of an ICMPv6 packet. `-p ipv6-icmp` (or `icmpv6`) brings it in by itself. IPv6 does not work without ICMPv6: neighbour discovery and packet-too-big must pass, and neighbour discovery is UNTRACKED, so ESTABLISHED,RELATED does not let it in.",
  families: ["ipv6"],
  protocols: ["ipv6-icmp"],
  loadedBy: ["ipv6-icmp", "icmpv6"],
  aliases: ["icmpv6"],
  options: [
    option(
      "icmpv6-type",
      "[!] --icmpv6-type type[/code[:code]]",
      [typeOf(icmpv6Types)],
      "A name, a number, or numbers for type and code. A type without a code stands for all of its codes.",
    ),
  ],
  needs: [["icmpv6-type"]],
});

/** ICMP of both families. */
export const icmpMatches: readonly Extension[] = [icmp, icmp6];
