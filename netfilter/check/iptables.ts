import type { Ruleset } from "../model/ruleset.js";
import type { IptablesTree, TableSection } from "../syntax/iptables/nodes.js";
import type { Finding } from "../text/finding.js";
import { ChainUses } from "./iptables/chainUses.js";
import { misplaced, placeIn, type RulePlace } from "./iptables/places.js";
import { jumpLoops, jumpsOf, type Reach, reachOf } from "./iptables/reach.js";

/** What the real tools refuse when they load the file, beyond its syntax; lines with errors of syntax are left alone. */
export function checkIptables(tree: IptablesTree, ruleset: Ruleset): Finding[] {
  const sections = tree.root.items.filter((item) => item.kind === "table");
  const jumps = jumpsOf(ruleset);
  const loops = jumpLoops(ruleset, jumps);
  const findings = [
    ...chainFindings(sections, tree),
    ...placeFindings(sections, ruleset, reachOf(ruleset, jumps)),
    ...loops,
  ];
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

function placeFindings(sections: readonly TableSection[], ruleset: Ruleset, reach: Reach): Finding[] {
  const findings: Finding[] = [];
  for (const section of sections) {
    const places = placesByChain(ruleset, section, reach);
    for (const line of section.lines) {
      if (line.kind !== "rule" || line.broken || line.skipped) continue;
      const place = places.get(line.chain);
      const found = place && misplaced(line, place);
      if (found) findings.push(found);
    }
  }
  return findings;
}

function placesByChain({ tables }: Ruleset, { name, table }: TableSection, reach: Reach): Map<string, RulePlace> {
  const chains = tables.find((each) => each.name === name?.text)?.chains ?? [];
  return new Map(chains.map((chain) => [chain.name, placeIn(table, chain, reach.get(chain))]));
}
