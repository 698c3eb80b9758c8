import type { Reference, Ruleset, Table } from "../../model/ruleset.js";
import type { Finding } from "../../text/finding.js";
import { contains } from "../../text/span.js";
import { unlessLoaded } from "./refusal.js";

/**
 * A table without any hook, none of whose jumps leads to a chain of the file, is a piece of a ruleset: what `nft list chain`
 * prints, or what is loaded on top of a table that is there. Its chains may be in the kernel, so missing ones are warned of.
 */
export function easeExcerpts(findings: readonly Finding[], ruleset: Ruleset): readonly Finding[] {
  if (!findings.some(({ code }) => code === "undefinedChain")) return findings;
  const excerpts = ruleset.tables.map((table) => jumpsIn(table, ruleset)).filter(leadNowhere);
  const starts = new Set(excerpts.flat().map(({ start }) => start));
  return findings.map((finding) => {
    const within = finding.code === "undefinedChain" && starts.has(finding.span.start);
    return within ? unlessLoaded({ ...finding, message: `${finding.message} ${remark}` }) : finding;
  });
}

const remark = "As it stands, this loads only on top of a ruleset whose table has the chain already.";

/** The jumps of a table without hooks; a rule of it may stand in an included file, outside of its blocks. */
function jumpsIn(table: Table, { jumps }: Ruleset): Reference[] {
  if (table.chains.some((chain) => chain.base)) return [];
  return jumps.filter((reference) => {
    if (reference.rule) return reference.rule.chain.table === table;
    return table.blocks.some((block) => contains(block, reference));
  });
}

function leadNowhere(jumps: readonly Reference[]): boolean {
  return jumps.length > 0 && jumps.every(({ definition }) => definition === undefined);
}
