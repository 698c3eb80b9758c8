/** True when one of the patterns (`*`, `?`) takes the name and none that starts with `!` does, as ssh reads its lists. */
export function matchesPatterns(patterns: readonly string[], name: string): boolean {
  const lowered = name.toLowerCase();
  const refused = patterns.some((pattern) => pattern.startsWith("!") && matchesPattern(pattern.slice(1), lowered));
  return !refused && patterns.some((pattern) => !pattern.startsWith("!") && matchesPattern(pattern, lowered));
}

/** True when `*` for any run of characters and `?` for one make the pattern into the name. */
export function matchesPattern(pattern: string, name: string): boolean {
  const source = pattern
    .toLowerCase()
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(name);
}
