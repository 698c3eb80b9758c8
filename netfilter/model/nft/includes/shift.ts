import { Rule } from "../../../syntax/nft/ruleNode.js";

/** Moves a tree that nobody else holds yet by so many characters: every offset in it grows. */
export function shift(tree: object, by: number): void {
  if (by !== 0) shiftObject(tree, by, new Set());
}

const offsets = ["start", "end", "open", "close"] as const;

/** Some nodes stand in two properties of their parent: each is moved once. */
function shiftObject(object: object, by: number, moved: Set<object>): void {
  if (moved.has(object)) return;
  moved.add(object);
  if (object instanceof Rule) shiftObject(object.settle(), by, moved);
  const fields = object as Record<string, unknown>;
  for (const name of offsets) if (typeof fields[name] === "number") fields[name] += by;
  for (const name in fields) {
    const value = fields[name];
    if (typeof value === "object" && value !== null) shiftObject(value, by, moved);
  }
}
