/**
 * Where a word stands in some lines, counted from 0, by how many of the same stand before it: what is shown of a rule leaves out
 * counters and line ends.
 */
export function placeOfWord(
  lines: readonly string[],
  word: string,
  nth: number,
): { readonly line: number; readonly character: number } | undefined {
  let before = 0;
  for (const [line, text] of lines.entries())
    for (const { 0: found, index } of text.matchAll(/[^\s;]+/g))
      if (found === word && before++ === nth) return { line, character: index };
  return undefined;
}
