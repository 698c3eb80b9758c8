import type { LabRuleset } from "../kernel.js";
import { iptablesMatches } from "./iptablesMatches.js";
import { iptablesTarget } from "./iptablesTargets.js";
import type { Random } from "./random.js";

/** Where a rule stands. */
export interface IptablesPlace {
  readonly six: boolean;
  readonly table: keyof typeof builtin;
  /** The built-in chain, or the one from which the user's chain is reached. */
  readonly hook: string;
  /** User's chains that may be called. */
  readonly chains: readonly string[];
}

const builtin = {
  raw: ["PREROUTING", "OUTPUT"],
  mangle: ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
  filter: ["INPUT", "FORWARD", "OUTPUT"],
} as const;

/** A random file for iptables-restore or ip6tables-restore, a rule on each line. */
export function randomIptables(random: Random, language: "iptables" | "ip6tables"): LabRuleset {
  const six = language === "ip6tables";
  const tables = random.some(["raw", "mangle", "nat", "filter"] as const, 1, 4);
  return { language, text: tables.map((table) => section(random, six, table)).join("") };
}

function section(random: Random, six: boolean, table: IptablesPlace["table"]): string {
  const own = random.times(0, 2, (index) => `U${index}`);
  const lines = [`*${table}`];
  for (const chain of builtin[table]) {
    const policy = table !== "nat" && random.chance(0.06) ? "DROP" : "ACCEPT";
    lines.push(`:${chain} ${policy} [0:0]`);
  }
  lines.push(...own.map((chain) => `:${chain} - [0:0]`));
  // A user's chain is made for one of the hooks and called from there alone: some targets work nowhere else.
  const made = own.map((chain) => ({ chain, hook: random.pick(builtin[table]) }));
  const callable = (hook: string, until = own.length) =>
    made.slice(0, until).flatMap((one) => (one.hook === hook ? [one.chain] : []));
  for (const [index, { chain, hook }] of made.entries()) {
    const place = { six, table, hook, chains: callable(hook, index) };
    lines.push(...random.times(1, 4, () => `-A ${chain} ${rule(random, place)}`));
  }
  for (const hook of builtin[table]) {
    const place = { six, table, hook, chains: callable(hook) };
    lines.push(...random.times(0, 4, () => `-A ${hook} ${rule(random, place)}`));
  }
  return `${lines.map((line) => line.trimEnd()).join("\n")}\nCOMMIT\n`;
}

function rule(random: Random, place: IptablesPlace): string {
  const protocol = random.weighed<string | undefined>([
    [4, "tcp"],
    [3, "udp"],
    [1, place.six ? "ipv6-icmp" : "icmp"],
    [4, undefined],
  ]);
  const matches = iptablesMatches(random, place, protocol);
  return [protocol ? `-p ${protocol}` : "", ...matches, iptablesTarget(random, place, protocol)]
    .filter(Boolean)
    .join(" ");
}
