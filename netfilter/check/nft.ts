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
  return [
    ...checkVariables(variables, complete),
    ...offerDeclarations(easeExcerpts(session.findings, ruleset), tree.text, ruleset),
    ...checkGraph(ruleset, graph),
    ...checkPlaces(ruleset, graph),
  ];
}
