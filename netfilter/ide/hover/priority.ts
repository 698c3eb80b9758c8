import type { Analysis } from "../../analyze.js";
import { describePriority } from "../../facts/priorities.js";
import type { Token } from "../../syntax/tree.js";
import { chainAround, lastStartingBefore } from "../place.js";

/** What runs before and after a base chain of this priority; undefined where the token is no part of one. */
export function describePriorityAt(analysis: Analysis, token: Token): string | undefined {
  if (!isPriority(analysis, token)) return undefined;
  const chain = chainAround(analysis, token.start);
  if (chain?.base?.priority === undefined) return undefined;
  return describePriority(chain.table.family, chain.base.hook, chain.base.priority);
}

/** `filter`, `-` and `5` of `priority filter - 5`, and the word itself. */
function isPriority({ tree: { tokens, text } }: Analysis, token: Token): boolean {
  const index = lastStartingBefore(tokens, token.start + 1);
  for (let at = index; at >= 0 && at >= index - 3; at--) {
    const { start, end, role } = tokens[at] as Token;
    if (text.slice(start, end) === "priority") return role === "keyword";
    if (role === "punctuation" || text.slice(end, token.start).includes("\n")) return false;
  }
  return false;
}
