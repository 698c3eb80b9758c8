import { hex, pool } from "./pool.js";
import type { Random } from "./random.js";

/** Named sets and maps of a table, by what they hold. */
export interface Sets {
  readonly declarations: readonly string[];
  /** Names by the key's type, such as `ipv4_addr` or `ipv4_addr . inet_service`. */
  readonly sets: Readonly<Record<string, readonly string[]>>;
  /** Sets whose elements packets add. */
  readonly dynamic: Readonly<Record<string, readonly string[]>>;
  /** Names of maps from `inet_service` to a mark. */
  readonly markMaps: readonly string[];
  /** Names of maps from `inet_service` to a verdict that any chain may use. */
  readonly verdictMaps: readonly string[];
}

/** A few sets and maps that suit the family. */
export function pieceOfSets(random: Random, family: string): Sets {
  const declarations: string[] = [];
  const sets: Record<string, string[]> = {};
  const dynamic: Record<string, string[]> = {};
  const addresses = family === "ip6" ? ["ipv6_addr"] : family === "ip" ? ["ipv4_addr"] : ["ipv4_addr", "ipv6_addr"];
  const kinds = [...addresses, ...addresses.map((type) => `${type} . inet_service`), "inet_service", "mark"];
  for (const [index, type] of random.some(kinds, 0, 3).entries()) {
    const name = `s${index}`;
    const [flags, elements] = contents(random, type);
    declarations.push(declaration("set", name, type, flags, elements));
    sets[type] = [...(sets[type] ?? []), name];
  }
  if (random.chance(0.3)) {
    const type = random.pick(addresses);
    declarations.push(`set d0 {\ntype ${type}\nflags dynamic,timeout\ntimeout 1h\nsize 1000\n}\n`);
    dynamic[type] = ["d0"];
  }
  const markMaps = random.chance(0.3) ? ["m0"] : [];
  if (markMaps.length) {
    const pairs = random.some(pool.ports, 1, 4).map((port) => `${port} : ${hex(random.pick(pool.marks))}`);
    declarations.push(declaration("map", "m0", "inet_service : mark", "", pairs));
  }
  const verdictMaps = random.chance(0.3) ? ["v0"] : [];
  if (verdictMaps.length) {
    const pairs = random
      .some(pool.ports, 1, 4)
      .map((port) => `${port} : ${random.pick(["accept", "drop", "return", "continue"])}`);
    declarations.push(declaration("map", "v0", "inet_service : verdict", "", pairs));
  }
  return { declarations, sets, dynamic, markMaps, verdictMaps };
}

function declaration(kind: string, name: string, type: string, flags: string, elements: readonly string[]): string {
  const flagLine = flags ? `flags ${flags}\n` : "";
  return `${kind} ${name} {\ntype ${type}\n${flagLine}elements = { ${elements.join(", ")} }\n}\n`;
}

function contents(random: Random, type: string): readonly [string, string[]] {
  const family = type.startsWith("ipv6") ? "ipv6" : "ipv4";
  const { lan, internet, prefixes } = pool[family];
  const hosts = random.some([...lan, ...internet], 1, 4);
  if (type.includes(" . ")) {
    const interval = random.chance(0.4);
    const keys = interval ? distinct(random, prefixes) : hosts;
    const ports = () => (interval ? random.pick([...pool.portRanges, "443"]) : String(random.pick(pool.ports)));
    return [interval ? "interval" : "", keys.map((key) => `${key} . ${ports()}`)];
  }
  if (type === "mark") return ["", random.some(pool.marks, 1, 3).map(hex)];
  if (type === "inet_service") {
    return random.chance(0.5)
      ? ["interval", ["22", "50-80", "443-500"]]
      : ["", random.some(pool.ports, 1, 4).map(String)];
  }
  return random.chance(0.5) ? ["interval", distinct(random, prefixes)] : ["", hosts];
}

/** Prefixes of one set must not lie in each other. */
function distinct(random: Random, prefixes: readonly string[]): string[] {
  return random.chance(0.5) ? [prefixes[0] as string, prefixes[1] as string] : [random.pick(prefixes)];
}
