/** Words as a POSIX shell (dash, bash, busybox ash) reads them back, whatever they hold. */
export function quoted(words: readonly string[]): string {
  return words.map(quotedWord).join(" ");
}

function quotedWord(word: string): string {
  return /^[\w@%+:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The words that `quoted` made this text of. */
export function unquoted(text: string): readonly string[] {
  return (text.match(/(?:'[^']*'|\\'|[^\s'\\])+/g) ?? []).map((word) =>
    word.replace(/'([^']*)'|\\'/g, (_whole, inside: string | undefined) => inside ?? "'"),
  );
}
