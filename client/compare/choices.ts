import { detectLanguage, type Language } from "../../netfilter/language.js";

/** Orders the workspace's files for a comparison: the one used last, then what is named like the router or as usual. */
export function rankedFiles(
  paths: readonly string[],
  {
    language,
    router,
    last,
  }: { readonly language: Language; readonly router: string; readonly last?: string | undefined },
): string[] {
  const fitting = paths.filter((path) => detectLanguage(path, "") === language);
  return fitting
    .map((path) => ({ path, rank: rankOf(path, router, last) }))
    .sort((a, b) => a.rank - b.rank || a.path.length - b.path.length || (a.path < b.path ? -1 : 1))
    .map(({ path }) => path);
}

function rankOf(path: string, router: string, last: string | undefined): number {
  if (path === last) return 0;
  const words = path.toLowerCase().split(/[^\p{L}\p{N}-]+/u);
  if (words.includes(router.toLowerCase())) return 1;
  return /(^|\/)(nftables\.conf|rules\.v[46]|ip6?tables)$/.test(path) ? 2 : 3;
}
