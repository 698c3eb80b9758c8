import { connectionKey } from "./conntrack.js";
import type { Cursor } from "./cursor.js";
import { leftExpression } from "./expressions.js";
import { extensionExists, extensionHeader, innerHeader, payload, rawPayload } from "./headers.js";
import { Kind } from "./lexer.js";
import type {
  Expression,
  Fib,
  Hash,
  Ipsec,
  Meta,
  NumberLiteral,
  Numgen,
  Osf,
  Rt,
  Selector,
  Socket,
  TunnelKey,
  Word,
} from "./nodes.js";
import {
  bareMetaKeys,
  extensionHeaders,
  fibKeys,
  ipsecKeys,
  metaKeys,
  numgenModes,
  osfKeys,
  payloadHeaders,
  rtKeys,
  socketKeys,
  tunnelKeys,
  wordList,
} from "./words.js";

type Read = (c: Cursor) => Selector;

/** Everything that reads the packet, its connection or the machine, by its first word. */
const readers = new Map<string, Read>([
  ["meta", meta],
  ["ct", connectionKey],
  ["rt", rt],
  ["socket", socket],
  ["osf", osf],
  ["fib", fib],
  ["ipsec", ipsec],
  ["numgen", numgen],
  ["jhash", hash],
  ["symhash", hash],
  ["tunnel", tunnelKey],
  ["exthdr", extensionExists],
  ...["vxlan", "geneve", "gre", "gretap"].map((word): [string, Read] => [word, innerHeader]),
]);
for (const word of payloadHeaders.keys()) if (!readers.has(word)) readers.set(word, payload);
for (const word of extensionHeaders.keys()) if (!readers.has(word)) readers.set(word, extensionHeader);
for (const word of bareMetaKeys.keys()) if (!readers.has(word)) readers.set(word, bareMeta);

/** True where a selector begins. */
export function startsSelector(c: Cursor): boolean {
  return c.word === "" ? c.kind === Kind.At : readers.has(c.word);
}

/** The words that a selector may begin with, for a misspelled one. */
export function selectorWords(): Iterable<string> {
  return readers.keys();
}

/** `startsSelector` has said yes. */
export function selector(c: Cursor): Selector {
  return c.kind === Kind.At ? rawPayload(c) : (readers.get(c.word) as Read)(c);
}

function meta(c: Cursor): Meta {
  const { start } = c;
  c.take("match");
  const key = c.expectOneOf(metaKeys, "a key of `meta` such as `mark`, `iifname` or `l4proto`", "match");
  return { kind: "meta", start, end: key.end, key };
}

function bareMeta(c: Cursor): Meta {
  const key = c.takeWord("match", bareMetaKeys.get(c.word));
  return { kind: "meta", start: key.start, end: key.end, key };
}

const addressFamilies = wordList("ip ip6");

/** `rt` is both a routing key and the routing extension header. */
function rt(c: Cursor): Selector {
  if (extensionHeaders.get("rt")?.fields.has(c.peekWord())) return extensionHeader(c);
  const { start } = c;
  c.take("match");
  const family = c.acceptOneOf(addressFamilies, "family");
  const key = c.expectOneOf(rtKeys, "`classid`, `nexthop`, `mtu` or a field of the routing header", "match");
  return { kind: "rt", start, end: key.end, family, key } satisfies Rt;
}

function socket(c: Cursor): Socket {
  const { start } = c;
  c.take("match");
  const key = c.expectOneOf(socketKeys, "`transparent`, `mark`, `wildcard` or `cgroupv2`", "match");
  const level = key.text === "cgroupv2" ? labelled(c, "level") : undefined;
  return { kind: "socket", start, end: c.last, key, level };
}

const osfTtl = wordList("loose skip");

function osf(c: Cursor): Osf {
  const { start } = c;
  c.take("match");
  const ttl = c.acceptWord("ttl", "match") && c.expectOneOf(osfTtl, "`loose` or `skip`", "match");
  const key = c.expectOneOf(osfKeys, "`name` or `version`", "match");
  return { kind: "osf", start, end: key.end, ttl, key };
}

const fibFlags = wordList("saddr daddr mark iif oif");
const fibResults = wordList("oif oifname type check");

/** `fib saddr . iif oif`: what is looked up, then what is asked of the route. */
function fib(c: Cursor): Fib {
  const { start } = c;
  c.take("match");
  const flags = [fibWord(c, fibFlags, "what is looked up: `saddr`, `daddr`, `mark`, `iif` or `oif`")];
  while (c.accept(Kind.Dot, "operator")) flags.push(fibWord(c, fibFlags, "`saddr`, `daddr`, `mark`, `iif` or `oif`"));
  const result = fibWord(c, fibResults, "what is asked: `oif`, `oifname`, `type` or `check`");
  checkFib(c, flags);
  return { kind: "fib", start, end: result.end, flags, result };
}

function fibWord(c: Cursor, words: ReturnType<typeof wordList>, what: string): Word {
  if (!words.has(c.word)) return c.failWord(what, words.keys());
  return c.takeWord("match", fibKeys.get(c.word) ?? words.get(c.word));
}

/** One address is looked up, at one interface at most. */
function checkFib(c: Cursor, flags: readonly Word[]): void {
  const has = (word: string) => flags.some(({ text }) => text === word);
  const span = { start: (flags[0] as Word).start, end: (flags.at(-1) as Word).end };
  if (has("saddr") === has("daddr")) {
    c.report("badFib", span, "`fib` looks up one address: name either `saddr` or `daddr` before what is asked.");
  } else if (has("iif") && has("oif")) {
    c.report("badFib", span, "`fib` looks up at one interface: name either `iif` or `oif`, not both.");
  }
}

const directions = wordList("in out");

/** Alone it asks whether the packet was in a tunnel at all. */
function ipsec(c: Cursor): Ipsec | Meta {
  const { start } = c;
  if (!directions.has(c.peekWord())) return bareMeta(c);
  c.take("match");
  const direction = c.takeWord("match", directions.get(c.word));
  const spnum = c.word === "spnum" ? labelled(c, "spnum") : undefined;
  if (spnum && spnum.value > 255n)
    c.report("valueTooLarge", spnum, "The number of a policy in the bundle is at most 255.");
  const family = c.acceptOneOf(addressFamilies, "family");
  const key = c.expectOneOf(
    family ? ipsecAddresses : ipsecNumbers,
    family ? "`saddr` or `daddr`" : "`reqid` or `spi`",
    "match",
  );
  return { kind: "ipsec", start, end: key.end, direction, spnum, family, key };
}

const ipsecAddresses = new Map([...ipsecKeys].filter(([word]) => word.endsWith("addr")));
const ipsecNumbers = new Map([...ipsecKeys].filter(([word]) => !word.endsWith("addr")));

function numgen(c: Cursor): Numgen {
  const { start } = c;
  c.take("match");
  const mode = c.expectOneOf(numgenModes, "`inc` or `random`", "match");
  const modulus = labelled(c, "mod");
  const offset = c.word === "offset" ? labelled(c, "offset") : undefined;
  return { kind: "numgen", start, end: c.last, mode, modulus, offset };
}

function hash(c: Cursor): Hash {
  const { start } = c;
  const type = c.word as Hash["type"];
  c.take("match");
  const expression: Expression | undefined = type === "jhash" ? c.nested(() => leftExpression(c)) : undefined;
  const modulus = labelled(c, "mod");
  const seed = type === "jhash" && c.word === "seed" ? labelled(c, "seed") : undefined;
  const offset = c.word === "offset" ? labelled(c, "offset") : undefined;
  return { kind: "hash", start, end: c.last, type, expression, modulus, seed, offset };
}

function tunnelKey(c: Cursor): TunnelKey {
  const { start } = c;
  c.take("match");
  const key = c.expectOneOf(tunnelKeys, "`path` or `id`", "match");
  return { kind: "tunnelKey", start, end: key.end, key };
}

/** A word and its number: `mod 4`. */
function labelled(c: Cursor, word: string): NumberLiteral {
  c.expectWord(word, "match");
  return c.expectNumber(`a number after \`${word}\``);
}
