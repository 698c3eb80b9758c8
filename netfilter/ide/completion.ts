import type { Analysis } from "../analyze.js";
import { tokenAt } from "../syntax/tree.js";
import { iptablesCompletions } from "./completion/iptables.js";
import type { Completion } from "./completion/item.js";
import { nftCompletions } from "./completion/nft.js";

export type { Completion } from "./completion/item.js";

/** Proposals, and whether there are more that come up when more is typed. */
export interface Completions {
  readonly items: readonly Completion[];
  readonly incomplete: boolean;
}

/** More than anybody reads; some generated files have ten thousand chains. */
const most = 1000;

/** The proposals at `offset`; where there are too many, those that begin with what is typed already. */
export function completionsAt(analysis: Analysis, offset: number): Completions {
  const all = proposals(analysis, offset);
  if (all.length <= most) return { items: all, incomplete: false };
  const { text } = analysis.tree;
  const begun = all.filter(({ label, span }) => label.startsWith(text.slice(span.start, offset)));
  return { items: begun.slice(0, most), incomplete: true };
}

/** What may be written at `offset`; nothing within comments and strings. */
function proposals(analysis: Analysis, offset: number): Completion[] {
  const token = tokenAt(analysis.tree.tokens, offset);
  if (token && token.start < offset && isProse(analysis, token.role, token.end, offset)) return [];
  return analysis.language === "nftables" ? nftCompletions(analysis, offset) : iptablesCompletions(analysis, offset);
}

function isProse({ tree }: Analysis, role: string, end: number, offset: number): boolean {
  if (role === "comment") return true;
  return role === "string" && offset < end && tree.text[end - 1] === '"';
}
