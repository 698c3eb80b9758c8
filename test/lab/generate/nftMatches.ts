import type { Place } from "./nft.js";
import { hex, pool } from "./pool.js";
import type { Random } from "./random.js";

/** A random condition that may stand at the place, in nft's words. */
export function nftMatch(random: Random, place: Place): string {
  const { six, family, protocol } = place;
  const transport = () =>
    protocol === "icmp" || protocol === "icmpv6" ? icmpMatch(random, six) : portMatch(random, protocol);
  return random.weighed<() => string>([
    [5, () => addressMatch(random, six)],
    [8, () => (protocol ? transport() : protocolMatch(random, six))],
    [2, () => (protocol ? transport() : protocolMatch(random, six))],
    [4, () => deviceMatch(random, place)],
    [3, () => markMatch(random, "meta mark")],
    [4, () => (tracked(place) ? conntrackMatch(random, place) : addressMatch(random, six))],
    [2, () => (protocol === "tcp" ? flagMatch(random) : addressMatch(random, six))],
    [2, () => headerMatch(random, six)],
    [2, () => setMatch(random, place)],
    [1, () => fibMatch(random, place)],
    [1, () => `meta length ${random.pick(["< 60", ">= 100", "28-60", "!= 40"])}`],
    [1, () => (family === "inet" ? `meta nfproto ${six ? "ipv6" : "ipv4"}` : "meta mark != 0x77")],
    [1, () => (family === "netdev" ? "meta pkttype host" : `meta pkttype ${random.pick(["host", "unicast"])}`)],
    [1, () => `limit rate ${random.pick(["", "", "over "])}1000000/second burst 100000 packets`],
    [1, () => random.pick(["quota 900 mbytes", "quota over 900 mbytes"])],
  ])();
}

function protocolMatch(random: Random, six: boolean): string {
  return `meta l4proto ${random.pick(["tcp", "udp", six ? "icmpv6" : "icmp", "{ tcp, udp }", "!= udp", "50"])}`;
}

/** Netdev chains come before connection tracking, and nft refuses `ct state` there. */
function tracked({ family }: Place): boolean {
  return family !== "netdev";
}

function addressMatch(random: Random, six: boolean): string {
  const { lan, internet, router, prefixes, ranges } = pool[six ? "ipv6" : "ipv4"];
  const field = `${six ? "ip6" : "ip"} ${random.pick(["saddr", "daddr"])}`;
  const host = () => random.pick([...lan, ...internet, ...router]);
  return random.weighed<() => string>([
    [4, () => `${field} ${host()}`],
    [2, () => `${field} != ${host()}`],
    [4, () => `${field} ${random.pick(prefixes)}`],
    [2, () => `${field} ${random.pick(ranges)}`],
    [2, () => `${field} { ${random.some([...lan, ...internet], 2, 3).join(", ")} }`],
    [1, () => `${field} & ${six ? "ffff:ffff:ffff::" : "255.255.255.0"} == ${prefixes[0].split("/")[0]}`],
  ])();
}

function portMatch(random: Random, protocol: Place["protocol"]): string {
  const field = `${protocol === "th" ? random.pick(["th", "meta l4proto { tcp, udp } th"]) : protocol} ${random.pick(["dport", "dport", "sport"])}`;
  return random.weighed<() => string>([
    [4, () => `${field} ${random.pick(pool.ports)}`],
    [2, () => `${field} ${random.pick(pool.portRanges)}`],
    [2, () => `${field} { ${random.some([...pool.ports, ...pool.clientPorts], 2, 4).join(", ")} }`],
    [1, () => `${field} != ${random.pick([String(random.pick(pool.ports)), "{ 22, 80 }", "80-443"])}`],
    [1, () => `${field} ${random.pick(["< 100", ">= 443", "> 1023"])}`],
    [
      protocol === "th" ? 3 : 0,
      () => `meta l4proto . th dport { tcp . ${random.pick(pool.ports)}, udp . ${random.pick(pool.ports)} }`,
    ],
  ])();
}

function deviceMatch(random: Random, { hook }: Place): string {
  const device = random.pick(pool.devices);
  const incoming = `${random.pick(["iifname", "iif", "meta iifname"])} ${device}`;
  const outgoing = `${random.pick(["oifname", "oif", "oifname !="])} ${device}`;
  if (hook === "output") return outgoing;
  if (hook === "postrouting") return random.chance(0.8) ? outgoing : 'iifname "lan*"';
  if (hook === "forward")
    return random.pick([incoming, outgoing, 'oifname "wan*"', "iifname . oifname { lan0 . wan1, lan0 . wan2 }"]);
  return random.pick([incoming, incoming, 'iifname "wan*"', "iifname != { lan0, lo }", 'iifname "lo"']);
}

function markMatch(random: Random, field: string): string {
  const mark = random.pick(pool.marks);
  return random.pick([
    `${field} ${hex(mark)}`,
    `${field} != ${random.pick(["0", hex(mark)])}`,
    `${field} & ${hex(random.pick(pool.masks))} == ${hex(mark & 0xff)}`,
    `${field} & ${hex(mark)} != 0`,
    `${field} { ${random.some(pool.marks, 2, 3).map(hex).join(", ")} }`,
    `${field} ${hex(1)}-${hex(0x40)}`,
    `${field} 0`,
  ]);
}

function conntrackMatch(random: Random, { six, family: table, protocol }: Place): string {
  const family = six ? "ip6" : "ip";
  const { lan, internet, router } = pool[six ? "ipv6" : "ipv4"];
  return random.weighed<() => string>([
    [
      6,
      () =>
        `ct state ${random.pick(["new", "established", "established,related", "invalid", "related", "untracked", "!= new", "{ new, established }"])}`,
    ],
    [2, () => `ct direction ${random.pick(["original", "reply"])}`],
    [3, () => `ct status ${random.pick(["dnat", "snat", "seen-reply", "assured", "confirmed", "snat,dnat"])}`],
    [3, () => markMatch(random, "ct mark")],
    [
      1,
      () => `ct original ${family} ${random.pick(["saddr", "daddr"])} ${random.pick([...lan, ...internet, ...router])}`,
    ],
    [1, () => `ct reply ${family} saddr ${random.pick(internet)}`],
    [1, () => `${protocol ? "" : "meta l4proto tcp "}ct original proto-dst ${random.pick(pool.ports)}`],
    [table === "inet" ? 1 : 0, () => `ct l3proto ${six ? "ipv6" : "ipv4"}`],
    [1, () => "ct zone 0"],
  ])();
}

function flagMatch(random: Random): string {
  return random.pick([
    "tcp flags syn",
    "tcp flags & (syn | ack) == syn",
    "tcp flags & (fin | syn | rst | ack) == syn",
    "tcp flags & (syn | rst) != 0",
    "tcp flags { syn, syn | ack }",
    "tcp flags != syn",
    "tcp flags ! syn",
    "tcp flags ack / syn,ack",
    "tcp option maxseg size 1460",
    "tcp option maxseg exists",
  ]);
}

function icmpMatch(random: Random, six: boolean): string {
  if (six)
    return `icmpv6 type ${random.pick(["echo-request", "echo-reply", "destination-unreachable", "{ echo-request, echo-reply }", "!= echo-request"])}`;
  return random.pick([
    "icmp type echo-request",
    "icmp type { echo-reply, destination-unreachable }",
    "icmp code 3",
    "icmp type != echo-reply",
    "icmp id 2",
  ]);
}

function headerMatch(random: Random, six: boolean): string {
  const both = [`dscp ${random.pick(["0", "8", "ef", "!= 0"])}`, `ecn ${random.pick(["not-ect", "ce"])}`];
  const four = [
    `ttl ${random.pick(["64", "63", "< 64", "> 1"])}`,
    "protocol { tcp, icmp }",
    "length > 50",
    "version 4",
    "frag-off & 0x1fff == 0",
  ];
  const own = six
    ? [`hoplimit ${random.pick(["64", "< 64"])}`, "nexthdr { tcp, udp }", "length > 10", "version 6"]
    : four;
  return `${six ? "ip6" : "ip"} ${random.pick([...both, ...own])}`;
}

function setMatch(random: Random, { sets, six, protocol }: Place): string {
  const fits = ([type]: readonly [string, unknown]) => !type.startsWith(six ? "ipv4" : "ipv6");
  const names = Object.entries({ ...sets.dynamic, ...sets.sets }).filter(fits);
  if (names.length === 0) return addressMatch(random, six);
  const [type, [name]] = random.pick(names) as [string, string[]];
  const not = random.chance(0.2) ? "!= " : "";
  const field = `${six ? "ip6" : "ip"} ${random.pick(["saddr", "daddr"])}`;
  if (type === "mark") return `meta mark ${not}@${name}`;
  const ports = protocol === "tcp" || protocol === "udp" || protocol === "th";
  if (type.startsWith("ip") && !type.includes(" . ")) return `${field} ${not}@${name}`;
  if (!ports) return addressMatch(random, six);
  return `${type === "inet_service" ? "" : `${field} . `}${protocol} dport ${not}@${name}`;
}

function fibMatch(random: Random, { hook, family, six }: Place): string {
  if (family === "netdev") return `ether type ${six ? "ip6" : "ip"}`;
  if (hook === "prerouting" && random.chance(0.5))
    return `fib saddr . iif oif ${random.pick(["0", "!= 0", "exists", "missing"])}`;
  return `fib ${random.pick(["daddr", "saddr"])} type ${random.pick(["local", "unicast", "{ local, broadcast }", "!= local"])}`;
}
