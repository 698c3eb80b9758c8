import type { Cursor } from "./cursor.js";
import type { NftNode } from "./nodes.js";

/** Names for people of the items that a block may have one of. */
const singles: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  table: { comment: "comment" },
  chain: { policy: "policy", comment: "comment" },
  set: { setType: "type", setTypeof: "type", elements: "list of elements", comment: "comment" },
  map: { setType: "type", setTypeof: "type", comment: "comment" },
  object: { comment: "comment" },
};

/** Gives a function that is shown every item of one block and tells the second of those that may stand there once. */
export function once(block: keyof typeof singles): (c: Cursor, item: NftNode) => void {
  const names = singles[block] ?? {};
  const seen = new Set<string>();
  return (c, item) => {
    const name = names[item.kind];
    if (name === undefined) return;
    if (seen.has(name)) c.report("duplicateSetting", item, `This ${block} has a ${name} already. Keep one of the two.`);
    seen.add(name);
  };
}
