import type { Place } from "./nft.js";
import { hex, pool } from "./pool.js";
import type { Random } from "./random.js";

/** What a rule does when it matches, in nft's words: changes, and at the end often a verdict. */
export function nftStatement(random: Random, place: Place): string[] {
  const changes = random.weighed<() => string[]>([
    [6, () => []],
    [4, () => ["counter"]],
    [4, () => [markChange(random, place)]],
    [3, () => [connectionChange(random, place)]],
    [1, () => [headerChange(random, place)]],
    [1, () => [dynamicSet(random, place)]],
    [1, () => (isEarly(place) ? ["notrack"] : ["counter"])],
    [1, () => ["log group 7"]],
    [1, () => (isEarly(place) ? [`ct zone set ${random.pick([1, 2])}`] : [])],
  ])();
  return [...changes, ...verdict(random, place)];
}

function verdict(random: Random, place: Place): string[] {
  const { chains, sets } = place;
  return random.weighed<() => string[]>([
    [7, () => []],
    [4, () => ["accept"]],
    [2, () => ["drop"]],
    [2, () => ["return"]],
    [1, () => ["continue"]],
    [4, () => (chains.length ? [`jump ${random.pick(chains)}`] : [])],
    [2, () => (chains.length ? [`goto ${random.pick(chains)}`] : [])],
    [2, () => reject(random, place)],
    [2, () => [verdictMap(random, place)]],
    [1, () => [anonymous(random, place)]],
    [
      1,
      () =>
        sets.verdictMaps.length && hasPorts(place) ? [`${place.protocol} dport vmap @${sets.verdictMaps[0]}`] : [],
    ],
  ])();
}

/** Before conntrack's lookup, where it can be told what to do. */
function isEarly({ family, hook, priority }: Place): boolean {
  return family !== "netdev" && (hook === "prerouting" || hook === "output") && priority < -200;
}

/** A chain that has no name of its own, in one line so that the shrinking takes it as a rule. */
function anonymous(random: Random, { six }: Place): string {
  const { lan, internet } = pool[six ? "ipv6" : "ipv4"];
  const mark = `meta mark set ${hex(random.pick(pool.marks))};`;
  const first = `${six ? "ip6" : "ip"} saddr ${random.pick([...lan, ...internet])} ${random.pick(["accept", "return", "counter"])};`;
  return `${random.pick(["jump", "goto"])} { ${first} ${mark} }`;
}

function hasPorts({ protocol }: Place): boolean {
  return protocol === "tcp" || protocol === "udp" || protocol === "th";
}

function verdictMap(random: Random, place: Place): string {
  const { chains, family, protocol } = place;
  const leads = [
    ...chains.flatMap((chain) => [`jump ${chain}`, `goto ${chain}`]),
    "accept",
    "drop",
    "return",
    "continue",
  ];
  const entries = (keys: readonly (string | number)[]) =>
    keys.map((key) => `${key} : ${random.pick(leads)}`).join(", ");
  if (hasPorts(place) && random.chance(0.5))
    return `${protocol} dport vmap { ${entries(random.some(pool.ports, 1, 4))} }`;
  return random.pick([
    family === "netdev"
      ? "continue"
      : `ct state vmap { ${entries(random.some(["new", "established", "related", "invalid"], 1, 3))} }`,
    `meta l4proto vmap { ${entries(random.some(["tcp", "udp", "icmp"], 1, 3))} }`,
    `iifname vmap { ${entries(random.some(pool.devices, 1, 3))} }`,
    `meta mark vmap { ${entries(random.some(pool.marks, 1, 3).map(hex))} }`,
  ]);
}

function reject(random: Random, { family, hook, type, protocol, six }: Place): string[] {
  if (type === "nat" || family === "netdev" || !["input", "forward", "output", "prerouting"].includes(hook))
    return ["drop"];
  if (protocol === "tcp" && random.chance(0.5)) return ["meta l4proto tcp reject with tcp reset"];
  const four = [
    "reject with icmp host-prohibited",
    "reject with icmp port-unreachable",
    "reject with icmp net-unreachable",
  ];
  const codes = six ? ["reject with icmpv6 admin-prohibited", "reject with icmpv6 no-route"] : four;
  return [random.pick(["reject", ...(family === "inet" ? ["reject with icmpx admin-prohibited"] : codes)])];
}

function markChange(random: Random, place: Place): string {
  const { sets, family, protocol } = place;
  const mark = hex(random.pick(pool.marks));
  return random.pick([
    `meta mark set ${mark}`,
    `meta mark set ${mark}`,
    `meta mark set meta mark | ${mark}`,
    `meta mark set meta mark & ${hex(random.pick(pool.masks))}`,
    `meta mark set meta mark ^ ${mark}`,
    `meta mark set meta mark & 0xffff00ff | ${mark}`,
    family === "netdev" ? "meta mark set 0" : "meta mark set ct mark",
    family === "netdev" ? "meta mark set 1" : `meta mark set ct mark & ${hex(random.pick(pool.masks))}`,
    !hasPorts(place)
      ? `meta mark set ${mark}`
      : `meta mark set ${protocol} dport map { ${random
          .some(pool.ports, 1, 3)
          .map((port) => `${port} : ${hex(random.pick(pool.marks))}`)
          .join(", ")} }`,
    sets.markMaps.length && hasPorts(place)
      ? `meta mark set ${protocol} dport map @${sets.markMaps[0]}`
      : "meta mark set 0",
  ]);
}

function connectionChange(random: Random, { family }: Place): string {
  if (family === "netdev") return "counter";
  const mark = hex(random.pick(pool.marks));
  return random.pick([
    `ct mark set ${mark}`,
    "ct mark set meta mark",
    "ct mark set meta mark",
    `ct mark set ct mark | ${mark}`,
    `ct mark set meta mark & ${hex(random.pick(pool.masks))}`,
    `ct mark set ct mark & 0xffffff00 | ${mark}`,
  ]);
}

function headerChange(random: Random, { six, protocol }: Place): string {
  const network = six ? ["ip6 dscp set cs1", "ip6 hoplimit set 10"] : ["ip dscp set ef", "ip ttl set 10"];
  const transport = protocol === "tcp" ? ["tcp option maxseg size set 1200", "tcp dport set 8081"] : [];
  return random.pick([...network, ...transport, "meta priority set 1:20"]);
}

function dynamicSet(random: Random, { sets, six }: Place): string {
  const [name] = sets.dynamic[six ? "ipv6_addr" : "ipv4_addr"] ?? [];
  return name ? `${random.pick(["add", "update"])} @${name} { ${six ? "ip6" : "ip"} saddr }` : "counter";
}

/** A translation that suits the hook, mostly. */
export function natStatement(random: Random, { family, hook, six, protocol }: Place): string[] {
  const source = hook === "postrouting" || hook === "input";
  const hosts = pool[six ? "ipv6" : "ipv4"];
  const prefix = family === "inet" ? (six ? " ip6" : " ip") : "";
  const host = random.pick(
    source ? [...hosts.router, hosts.unowned[0]] : [...hosts.lan, ...hosts.internet, hosts.router[0]],
  );
  const port = random.pick(pool.ports);
  const target = six ? `[${host}]:${port}` : `${host}:${port}`;
  if (protocol === "icmp" || protocol === "icmpv6")
    return source ? [`snat${prefix} to ${host}`] : [`dnat${prefix} to ${host}`];
  const withPorts = protocol === "tcp" || protocol === "udp" ? `meta l4proto ${protocol}` : "meta l4proto { tcp, udp }";
  if (source && hook === "postrouting" && random.chance(0.6))
    return random.pick([
      ["masquerade"],
      ["masquerade"],
      [withPorts, "masquerade to :40000"],
      ["masquerade persistent"],
    ]);
  if (!source && random.chance(0.3)) return [withPorts, `redirect to :${port}`];
  if (!source && random.chance(0.1)) return ["redirect"];
  const verb = source ? "snat" : "dnat";
  const others = source ? hosts.router : [...hosts.lan, ...hosts.internet];
  const leads = random.some(pool.ports, 1, 3).map((one) => `${one} : ${random.pick(others)}`);
  return random.weighed<string[]>([
    [5, [`${verb}${prefix} to ${host}`]],
    [4, [withPorts, `${verb}${prefix} to ${target}`]],
    [protocol === "tcp" ? 1 : 0, [`tcp dport ${port} ${verb}${prefix} to ${target}`]],
    [protocol === "tcp" ? 2 : 0, [`${verb}${prefix} to tcp dport map { ${leads.join(", ")} }`]],
    [1, [withPorts, `${verb}${prefix} to ${six ? `[${host}]` : host}:${random.pick(["8080-8080", "2000-2100"])}`]],
    [1, [`${verb}${prefix} to ${random.pick(others)} persistent`]],
  ]);
}
