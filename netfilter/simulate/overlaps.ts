import type { Chain, Table } from "../model/ruleset.js";
import type { Loaded } from "./router.js";

/**
 * Where several files have rules for the same chain, as sentences: each file's are followed as a chain of its own. Listings of a
 * router have none once they are joined.
 */
export function overlaps(loaded: readonly Loaded[]): string[] {
  return loaded.flatMap((one, index) => loaded.slice(0, index).flatMap((before) => overlapsOf(before, one)));
}

function overlapsOf(before: Loaded, after: Loaded): string[] {
  const tables = new Map(before.ruleset.tables.map((table) => [keyOf(table), table]));
  return after.ruleset.tables.flatMap((table) => {
    const other = tables.get(keyOf(table));
    const chain = other && chainOfBoth(other, table);
    return chain ? [sentence(before, after, chain)] : [];
  });
}

/** A chain with rules on both sides; which one stands for the whole table. */
function chainOfBoth(one: Table, other: Table): Chain | undefined {
  const filled = new Set(one.chains.filter(({ rules }) => rules.length > 0).map(({ name }) => name));
  return other.chains.find(({ name, rules }) => rules.length > 0 && filled.has(name));
}

function keyOf({ family, name }: Table): string {
  return `${family} ${name}`;
}

function sentence(before: Loaded, after: Loaded, { table, name }: Chain): string {
  const place = `${keyOf(table)} ${name} has rules in ${before.name} and in ${after.name}`;
  const areIptables = [before, after].every(({ ruleset }) => ruleset.language === "iptables");
  return areIptables
    ? `${place}, and both are followed: iptables-restore would take the rules of the first away, unless it is called with --noflush`
    : `${place}: they are followed as two chains, ${after.name}'s first; loaded one after the other, they are one chain, with the rules of ${after.name} at its end`;
}
