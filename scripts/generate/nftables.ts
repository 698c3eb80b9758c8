import { datatypes, headers, keys, keywords, statements } from "../../netfilter/facts/nft/index.js";
import type { KeywordGroup } from "../../netfilter/facts/nft/types.js";
import { type Grammar, groups, oneOf, type Pattern, scopes, whole } from "./grammar.js";

const name = "[A-Za-z_][\\w./\\\\-]*";
const start = "(?<![\\w$@./\\\\-])";
/** After `-` a number may follow a number, as in `80-90`, while in `eth-0` it is part of a name. */
const numberStart = "(?<![\\w$@./\\\\]|[A-Za-z_]-)";
const end = "(?![\\w./\\\\-])";
const ipv4 = "\\d{1,3}(?:\\.\\d{1,3}){3}";
const ipv6 = "[\\da-fA-F]{0,4}:[\\da-fA-F:]*:[\\da-fA-F:.]*";
const address = `(?:${ipv4}|${ipv6})(?:/\\d+)?`;

/** The grammar of nft files; its words are those of the catalogue. */
export function nftablesGrammar(): Grammar {
  return {
    name: "nftables",
    scopeName: "source.nftables",
    patterns: [
      whole("comment", "#.*$"),
      { begin: '"', end: '"', name: scopes.string },
      ...declarations(),
      ...names(),
      ...values(),
      ...words(),
    ],
  };
}

/** What a table, chain, set ... is called where it is declared or a command names it. */
function declarations(): Pattern[] {
  const family = oneOf(wordsOf("family"));
  return [
    groups(`^\\s*(${oneOf(wordsOf("command"))})(?=\\s+(?:${oneOf(wordsOf("structure", "object"))})${end})`, "keyword"),
    groups(`${start}(table)\\s+(?:(${family})\\s+)?(${name})`, "keyword", "family", "tableName"),
    groups(
      `${start}(chain|rule)\\s+(${family})\\s+(${name})\\s+(${name})`,
      ...(["keyword", "family", "tableName", "chainName"] as const),
    ),
    groups(
      `${start}(set|map|element)\\s+(${family})\\s+(${name})\\s+(${name})`,
      ...(["keyword", "family", "tableName", "setName"] as const),
    ),
    groups(`${start}(chain)\\s+(${name})(?=\\s*\\{)`, "keyword", "chainName"),
    groups(`${start}(set|map|meter)\\s+(${name})(?=\\s*\\{)`, "keyword", "setName"),
    groups(
      `${start}(flowtable|counter|quota|limit|secmark|synproxy|ct\\s+(?:helper|timeout|expectation))\\s+(${name})(?=\\s*\\{)`,
      ...(["keyword", "objectName"] as const),
    ),
    groups(`${start}((?:re|un)?define)\\s+(${name})`, "keyword", "variable"),
    groups(`${start}(type)\\s+(${oneOf(wordsOf("chainType"))})${end}`, "keyword", "constant"),
    // The same words name header fields (`icmp type`, `tcp flags`) anywhere but at the start.
    whole("keyword", `(?:^\\s*|(?<=[{;])\\s*)(?:type|flags)${end}`),
    groups(`${start}(hook)\\s+(${oneOf(wordsOf("hook"))})${end}`, "keyword", "hook"),
    groups(`${start}(priority)\\s+(${oneOf(wordsOf("priority"))})${end}`, "keyword", "priority"),
    groups(`${start}(priority)\\s+(-?\\d+)`, "keyword", "number"),
  ];
}

function names(): Pattern[] {
  return [
    groups(`${start}(jump|goto)\\s+(${name})`, "verdict", "chainName"),
    groups(
      `${start}(iifname|oifname|iif|oif)\\s+(?:([!=]=)\\s*)?(?!v?map\\b|eq\\b|ne\\b)(${name})`,
      "match",
      "operator",
      "interface",
    ),
    groups(`${start}(devices?)\\s+(?:(=)\\s*)?(${name})`, "keyword", "operator", "interface"),
    whole("match", "@(?:ll|nh|th|ih),\\d+,\\d+"),
    whole("setName", `@\\s*${name}`),
    whole("variable", `\\$\\s*${name}`),
  ];
}

function values(): Pattern[] {
  return [
    whole("address", `${start}${address}${end}`),
    groups(
      `${start}(\\d+)\\s*(/)\\s*(${oneOf(wordsOf("timeUnit", "rateUnit"))})${end}`,
      "number",
      "operator",
      "keyword",
    ),
    whole("number", `${numberStart}(?:0x[\\da-fA-F]+|(?:\\d+[a-z]+)+|\\d+)(?![\\w.])`),
  ];
}

/** Words by their meaning. One that has several keeps the first, so that the order here decides. */
function words(): Pattern[] {
  const taken = new Set<string>();
  const group = (role: keyof typeof scopes, list: readonly string[]) => {
    const free = list.filter((word) => /^[a-z]/i.test(word) && !taken.has(word));
    for (const word of free) taken.add(word);
    return whole(role, `${start}${oneOf(free)}${end}`);
  };
  const decides = statements.filter(({ effect }) => effect === "verdict" || effect === "jump");
  return [
    group(
      "verdict",
      decides.map(({ word }) => word),
    ),
    group(
      "statement",
      statements.map(({ word }) => word),
    ),
    group("match", [
      ...headers.flatMap(({ word, fields }) => [word, ...fields.map((field) => field.word)]),
      ...keys.flatMap(({ family, word }) => [family, word]),
    ]),
    group("operator", wordsOf("operator")),
    group("family", wordsOf("family")),
    group("keyword", wordsOf("command", "structure", "object", "option", "timeUnit", "rateUnit", "sizeUnit")),
    group(
      "keyword",
      datatypes.map(({ word }) => word),
    ),
    group(
      "keyword",
      statements.flatMap(({ options = [] }) => options.map(({ word }) => word)),
    ),
    group("constant", [
      ...keywords.map(({ word }) => word),
      ...datatypes.flatMap(({ constants }) => constants.map(({ word }) => word)),
    ]),
    whole("operator", "[!=<>]=?|<<|>>|[&|^]"),
  ];
}

function wordsOf(...wanted: KeywordGroup[]): string[] {
  return keywords.filter(({ group }) => wanted.includes(group)).map(({ word }) => word);
}
