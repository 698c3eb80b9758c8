import { visitParts } from "../../model/nft/parts.js";
import { resolved, type Variables } from "../../model/nft/variables.js";
import type * as nft from "../../syntax/nft/nodes.js";
import type { SyntaxNode } from "../../syntax/tree.js";
import type { TableInfo } from "./environment.js";
import { refuse, refuseWith } from "./refusal.js";
import { undefinedChain } from "./undefined.js";
import { byteLength } from "./words.js";

const longestName = 255;

/** Every chain that is jumped to must be there already; where the file is not complete, it may be in another one. */
export function checkJumps(node: SyntaxNode, table: TableInfo, variables: Variables, complete: boolean): void {
  const jumps: nft.Jump[] = [];
  collectJumps(node, jumps);
  for (const { target } of jumps) {
    const name = nameOf(target, variables);
    if (name === undefined) continue;
    checkLength(name, target);
    if (complete && !table.chains.has(name)) refuseWith(undefinedChain(name, target, table));
  }
}

function nameOf(target: nft.Jump["target"], variables: Variables): string | undefined {
  if (target.kind === "name") return target.text;
  const value = target.kind === "variable" ? resolved(target, variables) : undefined;
  return value?.kind === "symbol" ? value.name : value?.kind === "string" ? value.value : undefined;
}

function checkLength(name: string, place: nft.NftNode): void {
  const length = byteLength(name);
  if (length <= longestName) return;
  refuse("badValue", place, `A chain's name has at most ${longestName} characters, and this one has ${length}.`);
}

function collectJumps(node: SyntaxNode, found: nft.Jump[]): void {
  if (node.kind === "jump") found.push(node as nft.Jump);
  else if (!withoutVerdicts.has(node.kind)) visitParts(node, (part) => collectJumps(part, found));
}

/** Most of a rule, in which no verdict can stand. */
const withoutVerdicts: ReadonlySet<string> = new Set([
  "match",
  "assignment",
  "counter",
  "log",
  "limit",
  "payload",
  "meta",
  "ct",
]);
