import type * as nft from "../../syntax/nft/nodes.js";
import type { Evaluator } from "./evaluator.js";
import { unlessLoaded } from "./refusal.js";
import { undefinedObject } from "./undefined.js";

/** A stateful object or flowtable that is named must be there; nft leaves it to the kernel to look. */
export function noteObject(e: Evaluator, type: string, node: nft.Expression | nft.Name): void {
  const name = nameOf(node);
  if (name === undefined || !e.complete || e.table.objects.has(`${type} ${name}`)) return;
  e.notes.push(unlessLoaded(undefinedObject(type, name, node, e.table)));
}

function nameOf(node: nft.Expression | nft.Name): string | undefined {
  if (node.kind === "name") return node.text;
  if (node.kind === "string") return node.value;
  return node.kind === "symbol" ? node.name : undefined;
}
