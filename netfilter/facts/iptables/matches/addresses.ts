import type { Extension } from "../extension.js";
import { match, option, u64, upTo } from "./define.js";

const local =
  "An address of this host, any interface, and all of 127.0.0.0/8. Docker's `DOCKER` chain hangs on it: a packet to the host's own address.";

const addressTypes4 = {
  UNSPEC: "The routing table names no type. Hardly ever true: 0.0.0.0, as a DHCP client sends, counts as BROADCAST.",
  UNICAST:
    "An address that a route leads to and that is neither local nor broadcast nor multicast. A default route makes it true for most of the world.",
  LOCAL: local,
  BROADCAST: "A broadcast address of a network that the host has, 255.255.255.255, or anything in 0.0.0.0/8.",
  ANYCAST: "An address that the routing table marks as anycast. Hardly ever met with IPv4.",
  MULTICAST: "A multicast group, 224.0.0.0/4.",
  BLACKHOLE: "The route says to drop such packets in silence.",
  UNREACHABLE: "The route says to answer that the host cannot be reached.",
  PROHIBIT: "The route says to answer that it is forbidden.",
  THROW: "The route says to go on with the next rule of policy routing.",
  NAT: "A route type that Linux once had for stateless NAT. Never matches today.",
  XRESOLVE: "A route type that the kernel knows by name only. Never matches.",
};

const addressTypes6 = {
  UNSPEC: "The address `::`, as a host sends that has none yet. Everything else in the list must hold too.",
  UNICAST: "Any unicast address, one of this host included. Everything else in the list must hold too.",
  LOCAL: local,
  ANYCAST: "An anycast address of this host, such as the subnet-router address of each network of a router.",
  MULTICAST: "A multicast group, `ff00::/8`. Everything else in the list must hold too.",
  UNREACHABLE: "No route leads to the address, or one that refuses it.",
};

function addrtype(family: "ipv4" | "ipv6"): Extension {
  const words = family === "ipv4" ? addressTypes4 : addressTypes6;
  const listed =
    family === "ipv4"
      ? "One of the listed types is enough."
      : "The kernel knows six types for IPv6 and refuses rules with others. Of LOCAL, ANYCAST and UNREACHABLE one is enough, but UNSPEC, UNICAST and MULTICAST must each hold, so two of them together never match.";
  const types = [{ type: "word", words, list: true, ignoreCase: true, abbreviated: "first" }] as const;
  return match("addrtype", {
    forms: ["-m addrtype [!] --src-type type[,type...] [!] --dst-type type[,type...]"],
    doc: `Asks the routing tables what kind of address the packet has, and so follows the host's present addresses and routes. ${listed}`,
    families: [family],
    options: [
      option("src-type", "[!] --src-type type[,type...]", types, "The kind of the source address."),
      option(
        "dst-type",
        "[!] --dst-type type[,type...]",
        types,
        "The kind of the destination address as the packet carries it now: before destination NAT in PREROUTING it is the public one.",
      ),
      option(
        "limit-iface-in",
        "--limit-iface-in",
        [],
        "Only addresses and routes of the interface that the packet came in by count. LOCAL then means an address of just that interface.",
        { hooks: ["PREROUTING", "INPUT", "FORWARD"] },
      ),
      option(
        "limit-iface-out",
        "--limit-iface-out",
        [],
        "Only addresses and routes of the interface that the packet will leave by count.",
        { hooks: ["FORWARD", "OUTPUT", "POSTROUTING"] },
      ),
    ],
    needs: [["src-type", "dst-type"]],
    excludes: [["limit-iface-in", "limit-iface-out"]],
  });
}

const iprange = match("iprange", {
  forms: ["-m iprange [!] --src-range from[-to] [!] --dst-range from[-to]"],
  doc: "Compares addresses with ranges that need not be networks. One address alone is a range too. Many ranges go faster in an ipset.",
  options: [
    option(
      "src-range",
      "[!] --src-range from[-to]",
      [{ type: "address", range: true }],
      "The source address lies between both, ends included. If the first is the greater one the tools only warn, and the rule never matches.",
    ),
    option(
      "dst-range",
      "[!] --dst-range from[-to]",
      [{ type: "address", range: true }],
      "The destination address, as the packet carries it now, lies between both, ends included.",
    ),
  ],
  needs: [["src-range", "dst-range"]],
});

const mac = match("mac", {
  forms: ["-m mac [!] --mac-source XX:XX:XX:XX:XX:XX"],
  doc: "Compares the sender's hardware address in the Ethernet header. That is the last router's for anything that was routed on its way, and whoever is on the link can forge it. There is no Ethernet header yet for packets of this host, hence no OUTPUT or POSTROUTING.",
  hooks: ["PREROUTING", "INPUT", "FORWARD"],
  options: [
    option(
      "mac-source",
      "[!] --mac-source XX:XX:XX:XX:XX:XX",
      [{ type: "mac" }],
      "Six hexadecimal bytes with colons between them; no mask. Packets without an Ethernet header (PPP, tunnels) never match, not even negated.",
    ),
  ],
  needs: [["mac-source"]],
});

const set = match("set", {
  forms: ["-m set [!] --match-set name src|dst[,src|dst...] [options]"],
  doc: "Looks the packet up in an ipset. The set is a thing of its own, made by `ipset` **before** the rules are loaded, and changes to it count at once. One lookup takes about the same time for ten entries and for a million.",
  options: [
    option(
      "match-set set",
      "[!] --match-set name src|dst[,src|dst...]",
      [
        { type: "ipset" },
        {
          type: "word",
          list: true,
          words: {
            src: "Take this part from the source: its address, port, MAC, or the interface the packet came in by.",
            dst: "Take this part from the destination: its address, port, or the interface the packet leaves by.",
          },
        },
      ],
      "The set's name and, for each dimension of its type in turn, which side of the packet to take: a `hash:ip,port` set of servers is asked with `dst,dst`. At most six; with fewer words than dimensions the lookup always fails. `--set` is the name it had long ago.",
    ),
    option(
      "return-nomatch",
      "--return-nomatch",
      [],
      "Turns the meaning of entries that were added with `nomatch`: only those match.",
      { repeatable: true },
    ),
    option(
      "update-counters",
      "[!] --update-counters",
      [],
      "With `!` the counters of the entry are left as they are. They are updated where nothing is said.",
    ),
    option(
      "update-subcounters",
      "[!] --update-subcounters",
      [],
      "With `!` the counters of entries in a `list:set`'s members are left as they are.",
    ),
    option(
      "packets-eq",
      "[!] --packets-eq value",
      [upTo(u64)],
      "The entry's packet counter equals the value; for sets made with `counters`.",
    ),
    option("packets-lt", "--packets-lt value", [upTo(u64)], "The entry's packet counter is below the value."),
    option("packets-gt", "--packets-gt value", [upTo(u64)], "The entry's packet counter is above the value."),
    option(
      "bytes-eq",
      "[!] --bytes-eq value",
      [upTo(u64)],
      "The entry's byte counter equals the value; for sets made with `counters`.",
    ),
    option("bytes-lt", "--bytes-lt value", [upTo(u64)], "The entry's byte counter is below the value."),
    option("bytes-gt", "--bytes-gt value", [upTo(u64)], "The entry's byte counter is above the value."),
  ],
  needs: [["match-set"]],
  excludes: [
    ["packets-eq", "packets-lt", "packets-gt"],
    ["bytes-eq", "bytes-lt", "bytes-gt"],
  ],
});

const pkttype = match("pkttype", {
  forms: ["-m pkttype [!] --pkt-type unicast|broadcast|multicast|otherhost"],
  doc: "Compares how the frame was addressed on the **link**, as the network driver noted it. Packets that this host makes count as unicast, whoever they are for; a multicast that is looped back counts by its address.",
  options: [
    option(
      "pkt-type",
      "[!] --pkt-type type",
      [
        {
          type: "word",
          ignoreCase: true,
          words: {
            unicast: "To this host's own hardware address.",
            host: "Another word for `unicast`: to this host's own hardware address.",
            broadcast: "To everybody on the link.",
            bcast: "Another word for `broadcast`: to everybody on the link.",
            multicast: "To a group.",
            mcast: "Another word for `multicast`: to a group.",
            otherhost:
              "To some other host. IP drops such frames before any hook of iptables, so it only shows on bridges.",
          },
        },
      ],
      "The frame's kind. A broadcast that reaches FORWARD is rare, as routers do not pass them on.",
    ),
  ],
  needs: [["pkt-type"]],
});

const physdev = match("physdev", {
  forms: [
    "-m physdev [!] --physdev-in name [!] --physdev-out name [!] --physdev-is-in [!] --physdev-is-out [!] --physdev-is-bridged",
  ],
  doc: "Looks at the **ports** of a bridge, where `-i` and `-o` see only the bridge itself. It works only if bridged packets go through iptables at all: `br_netfilter` loaded and `net.bridge.bridge-nf-call-iptables` set.",
  options: [
    option(
      "physdev-in",
      "[!] --physdev-in name",
      [{ type: "interface" }],
      "The bridge port that the packet came in by; `+` at the end matches any rest. A packet that did not come over a bridge does not match.",
    ),
    option(
      "physdev-out",
      "[!] --physdev-out name",
      [{ type: "interface" }],
      "The bridge port that the packet leaves by. Known for packets that are bridged and not routed: the kernel refuses it in OUTPUT unless `--physdev-is-bridged` stands beside it.",
    ),
    option("physdev-is-in", "[!] --physdev-is-in", [], "The packet came in by a bridge port."),
    option("physdev-is-out", "[!] --physdev-is-out", [], "The packet leaves by a bridge port."),
    option(
      "physdev-is-bridged",
      "[!] --physdev-is-bridged",
      [],
      "The packet is passed from port to port and not routed. Typical use: `-m physdev --physdev-is-bridged -j ACCEPT` in FORWARD, so that the rules below see routed packets only.",
    ),
  ],
  needs: [["physdev-in", "physdev-out", "physdev-is-in", "physdev-is-out", "physdev-is-bridged"]],
  narrows: ["physdev-out", "physdev-is-out"].map((option) => ({
    option,
    hooks: ["PREROUTING", "INPUT", "FORWARD", "POSTROUTING"],
    unless: "physdev-is-bridged",
  })),
});

const rpfilter = match("rpfilter", {
  forms: ["-m rpfilter [--loose] [--validmark] [--accept-local] [--invert]"],
  doc: "Asks whether an answer to the packet would leave by the interface that the packet came in by; if not, the source address is probably forged. Only before routing: PREROUTING of `raw` or `mangle`. Packets from the loopback device match. Unlike the sysctl `rp_filter` it works for IPv6 too.",
  tables: ["raw", "mangle"],
  hooks: ["PREROUTING"],
  options: [
    option(
      "loose",
      "--loose",
      [],
      "Any interface will do, as long as there is a route to the source: for hosts with asymmetric routing.",
    ),
    option(
      "validmark",
      "--validmark",
      [],
      "Takes the packet's mark into the route lookup, so that policy routing by `fwmark` gives the same answer both ways. The mark must be set before this rule.",
    ),
    option(
      "accept-local",
      "--accept-local",
      [],
      "Does not object to one of this host's own addresses as the source of a packet from outside.",
    ),
    option(
      "invert",
      "--invert",
      [],
      "Matches the packets that **fail** the test: the form for `-j DROP`. The match itself knows no `!`.",
    ),
  ],
});

/** Matches on where a packet comes from and where it goes. */
export const addressMatches: readonly Extension[] = [
  addrtype("ipv4"),
  addrtype("ipv6"),
  iprange,
  mac,
  set,
  pkttype,
  physdev,
  rpfilter,
];
