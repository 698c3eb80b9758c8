import type { Value } from "../facts/iptables/extension.js";
import type { IptablesTree, OptionNode, RuleLine, Word } from "../syntax/iptables/nodes.js";
import type { NftTree } from "../syntax/nft/nodes.js";
import { type Token, tokenAt } from "../syntax/tree.js";
import type { Span } from "../text/span.js";
import type { LintContext } from "./rule.js";

/*
 * Lints about how a value is written look for its letters in the text first, which is quick, and ask the tree only what it is
 * that they found.
 */

/** The file as an iptables one, where it is one. */
export function iptablesTreeOf({ tree }: LintContext): IptablesTree | undefined {
  return "family" in tree ? tree : undefined;
}

/** The file as an nftables one, where it is one. */
export function nftTreeOf({ tree }: LintContext): NftTree | undefined {
  return "family" in tree ? undefined : tree;
}

/** Where a pattern with the flag `g` is found within a token that fits. */
export function* foundIn(context: LintContext, pattern: RegExp, fits: (token: Token) => boolean): Iterable<Token> {
  let last: Token | undefined;
  for (const { index } of context.text.matchAll(pattern)) {
    const token = tokenAt(context.tree.tokens, index);
    if (!token || token === last || token.end <= index || !fits(token)) continue;
    last = token;
    yield token;
  }
}

/** An argument of an option with what the catalogue says of it. */
export interface Argument {
  readonly option: OptionNode;
  readonly value: Word;
  readonly type: Value;
}

/** The arguments of iptables options in which a pattern with the flag `g` ends. */
export function* foundInArguments(context: LintContext, pattern: RegExp): Iterable<Argument> {
  const tree = iptablesTreeOf(context);
  if (!tree) return;
  let last: Word | undefined;
  for (const { index, 0: match } of context.text.matchAll(pattern)) {
    const found = argumentAt(tree, index + match.length - 1);
    if (!found || found.value === last) continue;
    last = found.value;
    yield found;
  }
}

/** The argument that holds `offset`; none of a line that has an error. */
export function argumentAt(tree: IptablesTree, offset: number): Argument | undefined {
  const section = around(tree.root.items, offset);
  const line = section?.kind === "table" ? around(section.lines, offset) : undefined;
  return line?.kind === "rule" && !line.skipped && !line.broken ? argumentIn(line, offset) : undefined;
}

function argumentIn({ options }: RuleLine, offset: number): Argument | undefined {
  for (const option of options) {
    const place = option.values.findIndex(({ start, end }) => start <= offset && offset < end);
    const value = option.values[place];
    const type = option.option?.values[place];
    if (value && type) return { option, value, type };
  }
  return undefined;
}

/** The one of these spans, which stand in order, that holds `offset`. */
function around<T extends Span>(spans: readonly T[], offset: number): T | undefined {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle] as T).start <= offset) low = middle + 1;
    else high = middle;
  }
  const found = spans[low - 1];
  return found && offset < found.end ? found : undefined;
}
