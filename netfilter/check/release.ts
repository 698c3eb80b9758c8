import type { SyntaxNode, Token, Tree } from "../syntax/tree.js";
import type { Finding } from "../text/finding.js";

/** Warns of every word that `tool` knows only since a later release than the one for which the file is made. */
export function checkRelease({ text, tokens }: Tree<SyntaxNode>, tool: string, target: string): Finding[] {
  const found: Finding[] = [];
  let last: Token | undefined;
  for (const token of tokens) {
    const since = token.entry?.since;
    // `meta broute` is one thing in two words.
    if (since && token.entry !== last?.entry && isNewer(since, target)) found.push(finding(token, text, since));
    last = token;
  }
  return found;

  function finding({ start, end }: Token, text: string, since: string): Finding {
    const word = text.slice(start, end);
    const message = `${tool} knows this \`${word}\` since ${since}, and the target has ${target}, which refuses the file. Write it another way, or change the release in the settings.`;
    return { code: "newerThanTarget", severity: "warning", span: { start, end }, message };
  }
}

function isNewer(a: string, b: string): boolean {
  const [first, second] = [a, b].map((version) => version.split(".").map(Number)) as [number[], number[]];
  for (let part = 0; part < 3; part++) {
    const difference = (first[part] ?? 0) - (second[part] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
