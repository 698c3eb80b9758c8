import type { Chain, Ruleset } from "../model/ruleset.js";
import type { IptablesTree, TableSection } from "../syntax/iptables/nodes.js";
import type { Finding } from "../text/finding.js";
import { ChainUses } from "./iptables/chainUses.js";
import { placed, RulePlaces } from "./iptables/places.js";
import { jumpLoops, Reach } from "./iptables/reach.js";

/** What the real tools refuse when they load the file, beyond its syntax; lines with errors of syntax are left alone. */
export function checkIptables(tree: IptablesTree, ruleset: Ruleset): Finding[] {
  const sections = tree.root.items.filter((item) => item.kind === "table");
  const findings = [...chainFindings(sections, tree), ...placeFindings(sections, ruleset), ...jumpLoops(ruleset)];
  return findings.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
}

function chainFindings(sections: readonly TableSection[], { family }: IptablesTree): Finding[] {
  const tables = new Map<string, ChainUses>();
  for (const section of sections) {
    const name = section.name?.text ?? "";
    if (!section.table) continue;
    const uses = tables.get(name) ?? new ChainUses(name, family);
    tables.set(name, uses);
    uses.readSection(section);
  }
  return [...tables.values()].flatMap(({ findings }) => findings);
}

function placeFindings(sections: readonly TableSection[], ruleset: Ruleset): Finding[] {
  const findings: Finding[] = [];
  const reach = new Reach(ruleset);
  for (const { name, table, lines } of sections) {
    const places = new RulePlaces(table, reach);
    const chains = chainsByName(ruleset, name?.text);
    for (const line of lines) {
      if (line.kind !== "rule" || (line.traits & placed) === 0 || line.broken || line.skipped) continue;
      const chain = chains.get(line.chain);
      const found = chain && places.misplaced(line, chain);
      if (found) findings.push(found);
    }
  }
  return findings;
}

function chainsByName({ tables }: Ruleset, name: string | undefined): ReadonlyMap<string, Chain> {
  const chains = tables.find((table) => table.name === name)?.chains ?? [];
  return new Map(chains.map((chain) => [chain.name, chain]));
}
