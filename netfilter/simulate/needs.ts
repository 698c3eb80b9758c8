import type { Table } from "../model/ruleset.js";
import type { Role, Token } from "../syntax/tree.js";
import type { Span } from "../text/span.js";
import type { Loaded } from "./router.js";

/** What of the kernel's own a table's rules bring into the hooks of a family. */
export interface Needs {
  readonly conntrack: boolean;
  readonly defragmentation: boolean;
}

/** Words whose rules make the kernel track; `notrack` alone does not, and neither does a nat chain without such a rule. */
const tracking = new Set([
  ...["ct", "masquerade", "redirect", "synproxy", "flow"],
  ...["conntrack", "state", "connmark", "connlabel", "connbytes", "connlimit", "helper", "cluster"],
  ...["CONNMARK", "CONNSECMARK", "SNAT", "DNAT", "MASQUERADE", "REDIRECT", "NETMAP", "SYNPROXY"],
]);
const defragmenting = new Set(["tproxy", "socket", "TPROXY"]);
const roles: ReadonlySet<Role> = new Set(["match", "statement", "keyword", "verdict", "family"]);

/** What the rules of a table need in a family, told by their words. */
export function needsOf(table: Table, loaded: Loaded, family: "ip" | "ip6"): Needs {
  const words = wordsOf(table, loaded);
  const conntrack = some(words, tracking) || translates(words, table, family) || tracksByTarget(words, table, loaded);
  return { conntrack, defragmentation: conntrack || some(words, defragmenting) };
}

function some(words: ReadonlySet<string>, wanted: ReadonlySet<string>): boolean {
  for (const word of words) if (wanted.has(word)) return true;
  return false;
}

/** In an inet table `snat ip to` makes IPv4 tracked only, without a family both are. */
function translates(words: ReadonlySet<string>, table: Table, family: "ip" | "ip6"): boolean {
  const other = family === "ip" ? "ip6" : "ip";
  return ["snat", "dnat"].some(
    (word) =>
      words.has(word) &&
      (table.family !== "inet" ||
        words.has(`${word} to`) ||
        !words.has(`${word} ${other}`) ||
        words.has(`${word} ${family}`)),
  );
}

/** `-j CT` needs conntrack unless all it does is `--notrack`. */
function tracksByTarget(words: ReadonlySet<string>, table: Table, loaded: Loaded): boolean {
  if (!words.has("CT")) return false;
  return table.chains.some(({ rules }) =>
    rules.some((rule) => {
      const text = textAt(loaded, rule);
      return /-j\s*CT\b/.test(text) && !/--notrack\b/.test(text);
    }),
  );
}

const known = new WeakMap<Table, ReadonlySet<string>>();

function wordsOf(table: Table, loaded: Loaded): ReadonlySet<string> {
  let words = known.get(table);
  if (!words) {
    words = readWords(table, loaded);
    known.set(table, words);
  }
  return words;
}

/** The language's words in the table's rules; nat's with the one behind, too: `snat ip6`. Of included files all words. */
function readWords(table: Table, loaded: Loaded): ReadonlySet<string> {
  const words = new Set<string>();
  for (const block of table.blocks) addWords(words, loaded, block);
  for (const { rules } of table.chains)
    for (const rule of rules)
      if (!table.blocks.some((block) => block.start <= rule.start && rule.end <= block.end))
        addWords(words, loaded, rule);
  return words;
}

function addWords(words: Set<string>, loaded: Loaded, span: Span): void {
  const { text, tokens } = loaded.tree;
  const found = span.start < text.length ? tokenWords(text, tokens, span) : (textAt(loaded, span).match(/\w+/g) ?? []);
  let last = "";
  for (const word of found) {
    words.add(word);
    if (last === "snat" || last === "dnat") words.add(`${last} ${word}`);
    last = word;
  }
}

function* tokenWords(text: string, tokens: readonly Token[], span: Span): Iterable<string> {
  for (let at = firstWithin(tokens, span); at < tokens.length; at++) {
    const { start, end, role } = tokens[at] as Token;
    if (start >= span.end) return;
    if (roles.has(role)) yield text.slice(start, end);
  }
}

function textAt({ text }: Loaded, { start, end }: Span): string {
  return text.slice(start, end);
}

function firstWithin(tokens: readonly Token[], { start }: Span): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle] as Token).start < start) low = middle + 1;
    else high = middle;
  }
  return low;
}
