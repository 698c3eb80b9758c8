import { lineKeys } from "../compare/iptables/lines.js";
import { RuleKeys } from "../compare/nft/rules.js";
import { iptablesRuleset } from "../model/iptables.js";
import { variablesOf } from "../model/nft/variables.js";
import { nftRuleset } from "../model/nft.js";
import type { Chain, Rule, Ruleset } from "../model/ruleset.js";
import type { Loaded } from "../simulate/router.js";
import { parseIptables } from "../syntax/iptables/parse.js";
import type { NftTree } from "../syntax/nft/nodes.js";
import { parseNft } from "../syntax/nft/parse.js";

/** A rule's text without what counts, numbers or only looks: the same in a trace and in the listing of the same tool. */
export function plainText(text: string): string {
  return text
    .replace(/\s*# handle \d+\s*$/, "")
    .replace(/^\[\d+:\d+\] /, "")
    .replaceAll(/ -c \d+ \d+(?= )/g, "")
    .replaceAll(/\bcounter packets \d+ bytes \d+/g, "counter")
    .replaceAll(/\bused \d+ \w+/g, "")
    .replaceAll(/\blast used \S+/g, "last")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** Whether a tool's text of a rule is a line of iptables. */
export function isLine(text: string): boolean {
  return /^-[AI] /.test(text);
}

/** Whether a rule may answer differently to the same packet: two of them that are alike are not one and the same. */
export function isStateful(text: string): boolean {
  return /\b(?:limit|quota|numgen|random|statistic|recent|hashlimit|connlimit|connbytes|update|add|delete|meter|count|last|time)\b/.test(
    text,
  );
}

/** What a rule of the rules does, the same for all spellings; several for an iptables line that loads as several rules. */
export function keysOfRule(rule: Rule, loaded: Loaded): readonly string[] {
  const own = known.get(rule) ?? readKeys(rule, loaded);
  known.set(rule, own);
  return own;
}

const known = new WeakMap<Rule, readonly string[]>();
const keysByTree = new WeakMap<object, RuleKeys>();

function readKeys(rule: Rule, { tree, ruleset }: Loaded): readonly string[] {
  if (ruleset.language === "iptables") return keysOfLine(rule);
  const keys = keysByTree.get(tree) ?? new RuleKeys(variablesOf(tree as NftTree), anonymousOf(ruleset));
  keysByTree.set(tree, keys);
  return [keys.rule(rule).key];
}

/**
 * What a key asks, and what sort of thing is done then, in words that both languages share: nft shows rules of iptables-nft in its
 * own. Which rule matches hangs on the questions alone.
 */
export function commonKey(key: string): string {
  const parts = key.split(" ; ").filter((part) => part !== "counter");
  return parts.map((part) => (/ [!=]= | bit \d/.test(part) ? part : deedOf(part))).join(" ; ");
}

function deedOf(part: string): string {
  const [word = ""] = part.toLowerCase().split(" ");
  if (word === "set" || word === "jump" || word === "goto") return part;
  return sameDeeds[word] ?? word;
}

const sameDeeds: Readonly<Record<string, string>> = { meta: "trace", notrack: "ct", tcp: "tcpmss", count: "" };

/** The same of a text that a tool prints of a rule in such a chain; none where the text is not understood. */
export function keysOfText(text: string, { name, table }: Chain): readonly string[] {
  if (isLine(text)) return keysOfLines(`*${table.name}\n${text}\nCOMMIT\n`, table.family === "ip6");
  const tree = parseNft(`table ${table.family} ${table.name} {\nchain ${name} {\n${text}\n}\n}\n`);
  const ruleset = nftRuleset(tree);
  const rule = ruleset.tables[0]?.chains.find((chain) => chain.name === name)?.rules[0];
  return rule && tree.errors.length === 0 ? [new RuleKeys(variablesOf(tree), anonymousOf(ruleset)).rule(rule).key] : [];
}

function keysOfLines(text: string, isIp6: boolean): readonly string[] {
  const tree = parseIptables(text, { family: isIp6 ? "ipv6" : "ipv4" });
  const rules = iptablesRuleset(tree).tables[0]?.chains.flatMap((chain) => chain.rules) ?? [];
  return tree.errors.length === 0 ? rules.flatMap(keysOfLine) : [];
}

function keysOfLine(rule: Rule): readonly string[] {
  return lineKeys(rule, rule.chain.table.family === "ip6" ? "ipv6" : "ipv4").map(({ key }) => key);
}

function anonymousOf({ tables }: Ruleset): ConstructorParameters<typeof RuleKeys>[1] {
  const anonymous = new Map<number, Chain>();
  for (const { chains } of tables)
    for (const chain of chains) if (chain.name === "") anonymous.set(chain.span.start, chain);
  return ({ start }) => anonymous.get(start);
}
