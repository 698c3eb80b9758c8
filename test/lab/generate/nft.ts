import type { LabRuleset } from "../kernel.js";
import { nftMatch } from "./nftMatches.js";
import { pieceOfSets, type Sets } from "./nftSets.js";
import { natStatement, nftStatement } from "./nftStatements.js";
import { pool } from "./pool.js";
import type { Random } from "./random.js";

/** Where a rule stands and what it is about: what it may ask and do hangs on it. */
export interface Place extends Hooked {
  /** Chains that may be jumped to. */
  readonly chains: readonly string[];
  readonly sets: Sets;
  /** About IPv6; a rule of an inet or netdev chain is about one of both. */
  readonly six: boolean;
  /** The transport protocol that the rule is about; `th` for both that have ports. */
  readonly protocol: "tcp" | "udp" | "th" | "icmp" | "icmpv6" | undefined;
}

interface Hooked {
  readonly family: "ip" | "ip6" | "inet" | "netdev";
  readonly hook: "ingress" | "prerouting" | "input" | "forward" | "output" | "postrouting";
  readonly type: "filter" | "nat" | "route";
  readonly priority: number;
}

/** A random nftables ruleset: each rule on a line of its own, for the shrinking. */
export function randomNft(random: Random): LabRuleset {
  const families = random.times(1, 3, () => random.pick(["ip", "ip6", "inet", "inet", "ip"] as const));
  const tables = families.map((family, index) => table(random, family, `t${index}`));
  if (random.chance(0.2)) tables.push(table(random, "netdev", "early"));
  return { language: "nftables", text: tables.join("") };
}

function table(random: Random, family: Hooked["family"], name: string): string {
  const sets = pieceOfSets(random, family);
  const bases = random.times(1, 4, () => baseOf(random, family));
  const helpers = random.times(0, 3, (index) => ({ ...random.pick(bases), name: `u${index}` }));
  // A chain jumps only to earlier ones, so that nothing goes round in a circle, and to those made for the same hook.
  const callable = (from: Hooked, until: number) =>
    helpers.slice(0, until).flatMap(({ type, hook, name }) => (type === from.type && hook === from.hook ? [name] : []));
  const regular = helpers.map((helper, index) =>
    block(`chain ${helper.name}`, rules(random, helper, callable(helper, index), sets)),
  );
  const hooked = bases.map((base, index) => {
    const device = family === "netdev" ? ` device ${random.pick(pool.devices)}` : "";
    const policy = base.type !== "nat" && random.chance(0.12) ? "drop" : "accept";
    const head = `type ${base.type} hook ${base.hook}${device} priority ${base.priority}; policy ${policy};`;
    return block(`chain b${index}`, [head, ...rules(random, base, callable(base, helpers.length), sets)]);
  });
  return block(`table ${family} ${name}`, [...sets.declarations, ...regular, ...hooked]);
}

function block(head: string, lines: readonly string[]): string {
  return `${head} {\n${lines.map((line) => (line.endsWith("\n") ? line : `${line}\n`)).join("")}}\n`;
}

const natPriorities = { prerouting: -100, output: -100, input: 100, postrouting: 100 } as const;

function baseOf(random: Random, family: Hooked["family"]): Hooked {
  if (family === "netdev") return { family, type: "filter", hook: "ingress", priority: random.pick([-500, 0, 10]) };
  const type = random.weighed<Hooked["type"]>([
    [6, "filter"],
    [4, "nat"],
    [1, "route"],
  ]);
  if (type === "nat") {
    const hook = random.pick(["prerouting", "prerouting", "postrouting", "postrouting", "output", "input"] as const);
    return { family, type, hook, priority: natPriorities[hook] + random.pick([0, 0, 0, -10, 10]) };
  }
  const hook = type === "route" ? "output" : random.pick(filterHooks);
  return { family, type, hook, priority: random.pick(type === "route" ? [-150] : filterPriorities) };
}

const filterHooks = ["prerouting", "prerouting", "forward", "forward", "input", "output", "postrouting"] as const;
const filterPriorities = [-300, -300, -250, -150, -150, -50, 0, 0, 0, 50, 110, 300];

function rules(random: Random, hooked: Hooked, chains: readonly string[], sets: Sets): string[] {
  return random.times(1, 5, () => {
    const six = hooked.family === "ip6" || (hooked.family !== "ip" && random.chance(0.4));
    const protocol = random.pick(["tcp", "tcp", "udp", "th", six ? "icmpv6" : "icmp", undefined] as const);
    return rule(random, { ...hooked, chains, sets, six, protocol });
  });
}

function rule(random: Random, place: Place): string {
  // Without it `th` would read ports where other protocols have other things.
  const guard = place.protocol === "th" ? ["meta l4proto { tcp, udp }"] : [];
  const matches = [...guard, ...random.times(0, 2, () => nftMatch(random, place))];
  const nat = place.type === "nat" && random.chance(0.6);
  const does = nat ? natStatement(random, place) : nftStatement(random, place);
  return [...matches, ...does].join(" ") || "counter";
}
