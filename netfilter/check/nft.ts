import { variablesOf } from "../model/nft/variables.js";
import type { Ruleset } from "../model/ruleset.js";
import type { NftTree } from "../syntax/nft/nodes.js";
import type { Finding } from "../text/finding.js";
import { chainGraph, checkGraph } from "./nft/chainGraph.js";
import { offerDeclarations } from "./nft/declare.js";
import { easeExcerpts } from "./nft/excerpts.js";
import { checkVariables } from "./nft/names.js";
import { checkPlaces } from "./nft/places.js";
import { Session } from "./nft/session.js";

/** What a real load of the file would refuse though its syntax is right. */
export function checkNft(tree: NftTree, ruleset: Ruleset): Finding[] {
  const variables = variablesOf(tree);
  const complete = !ruleset.incomplete;
  const session = new Session(tree.root, variables, complete);
  session.run();
  const graph = chainGraph(ruleset);
  const findings = session.findings.filter((finding) => !isSplit(finding, tree));
  return [
    ...checkVariables(variables, complete),
    ...offerDeclarations(easeExcerpts(findings, ruleset), tree.text, ruleset),
    ...checkGraph(ruleset, graph),
    ...checkPlaces(ruleset, graph),
  ];
}

/** A set without a type whose body cannot be read, because a brace is amiss: that has been said already. */
function isSplit({ code, span }: Finding, { text, errors }: NftTree): boolean {
  if (code !== "missingType") return false;
  return errors.some((error) => error.span.start >= span.end && !/\w/.test(text.slice(span.end, error.span.start)));
}
