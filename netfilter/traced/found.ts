/** A rule of a chain, by its place in it; or why it is not known which one it is. `missing`: it is surely none of them. */
export type FoundRule = { readonly index: number } | { readonly problem: string; readonly missing?: true };

/** A rule that was there when the packet came, and is not in the listing. */
export function gone(problem: string): FoundRule {
  return { problem: `${problem}: the rules were changed since they were listed`, missing: true };
}
