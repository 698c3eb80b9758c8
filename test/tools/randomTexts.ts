import { findDatatype, headers, keys } from "../../netfilter/facts/nft/index.js";
import type { Datatype, Field, Key } from "../../netfilter/facts/nft/types.js";
import { randomIptables } from "../lab/generate/iptables.js";
import { randomNft } from "../lab/generate/nft.js";
import type { Random } from "../lab/generate/random.js";

/** A rules file that nobody has written. */
export interface RandomText {
  readonly language: "nftables" | "iptables" | "ip6tables";
  readonly text: string;
}

/** A rule that compares something of the catalogue with values of its type, or with ones that are not; most load. */
export function randomComparison(random: Random): RandomText {
  const family = random.pick(["ip", "ip6", "inet", "inet", "bridge", "netdev"] as const);
  const { words, datatype, bits } = random.pick(subjects);
  const value = () => randomValue(random, datatype, bits);
  const values = () => random.times(1, 3, value).join(", ");
  const rule = random.weighed([
    [4, () => `${words} ${value()}`],
    [2, () => `${words} ${random.pick(["!=", "==", "<", ">=", "!", "gt"])} ${value()}`],
    [3, () => `${words} { ${values()} }`],
    [1, () => `${words} != { ${values()} }`],
    [1, () => `${words} ${value()}-${value()}`],
    [1, () => `${words} ${random.pick(["&", "|", "^"])} ${random.int(0, 9)} == ${value()}`],
    [2, () => `${words} vmap { ${value()} : accept, ${value()} : drop }`],
    [1, () => `meta mark set ${words} map { ${value()} : ${random.int(0, 9)} }`],
    [1, () => `${words} set ${value()}`],
    [1, () => `${words} . meta mark { ${value()} . 1 }`],
  ])();
  return { language: "nftables", text: `table ${family} t {\n\tchain c {\n\t\t${rule} counter\n\t}\n}\n` };
}

/** A ruleset that loads but for one mistake of the kind that hands make. */
export function randomMistake(random: Random): RandomText {
  const language = random.pick(["nftables", "iptables", "ip6tables"] as const);
  const { text } = language === "nftables" ? randomNft(random) : randomIptables(random, language);
  return { language, text: random.pick(mistakes)(random, text) };
}

interface Subject {
  readonly words: string;
  readonly datatype: Datatype;
  readonly bits: number;
}

/** Types whose values hang on the machine, or on more than the word before them. */
const unsteady: ReadonlySet<string> = new Set(
  "iface_index uid gid realm classid devgroup cgroupsv2 date day hour ct_label string ifname time".split(" "),
);

const subjects: readonly Subject[] = [
  ...headers.flatMap((header) => {
    const before = { payload: "", exthdr: "", "tcp option": "tcp option ", "ip option": "ip option " };
    const group = header.group in before ? before[header.group as keyof typeof before] : undefined;
    if (group === undefined || header.since) return [];
    // nft 1.0.6 knows the addresses in IPv4's options as numbers only.
    const fields = header.fields.filter(({ word }) => group !== "ip option " || word !== "addr");
    return fields.flatMap((field) => subjectOf(`${group}${header.word} ${field.word}`, field));
  }),
  ...keys
    .filter(({ family, writeOnly }) => (family === "meta" || family === "ct") && !writeOnly)
    .filter(({ direction, addressFamily }) => direction !== "must" && addressFamily === undefined)
    .flatMap((key) => subjectOf(`${key.family} ${key.word}`, key)),
];

function subjectOf(words: string, { datatype, bits, since }: Field | Key): Subject[] {
  const type = findDatatype(datatype);
  if (!type || since || unsteady.has(type.word)) return [];
  return [{ words, datatype: type, bits: bits || type.bits }];
}

/** Mostly one that the type has: a name, a number that fits or an address. */
function randomValue(random: Random, { base, constants, word }: Datatype, bits: number): string {
  if (random.chance(0.1)) return random.pick(["4294967296", "nosuch", "10.0.0.1", "2001:db8::1", "0x", '"a b"']);
  const named = constants.filter(({ since }) => !since);
  if (named.length > 0 && random.chance(0.6)) return random.pick(named).word;
  if (word === "ipv4_addr") return random.pick(["10.0.0.1", "192.0.2.0/24", "0.0.0.0", "10.0.0.300"]);
  if (word === "ipv6_addr") return random.pick(["2001:db8::1", "fe80::/10", "::", "2001:db8::g"]);
  if (base === "address") return random.pick(["00:11:22:33:44:55", "00:11:22:33:44"]);
  const highest = 2 ** Math.min(bits || 8, 32) - 1;
  return `${random.pick([random.int(0, 9), random.int(0, highest), highest, random.chance(0.2) ? highest + 1 : 1])}`;
}

type Mistake = (random: Random, text: string) => string;

const mistakes: readonly Mistake[] = [
  (random, text) => atWord(random, text, () => ""),
  (random, text) => atWord(random, text, (word) => `${word} ${word}`),
  (random, text) => atWord(random, text, (word) => misspelled(random, word)),
  (random, text) =>
    atWord(random, text, (word) => `${word} ${random.pick(["'", "!", ",", "foo", "=", "5", "-j", "}"])}`),
  (random, text) => atWord(random, text, (word) => random.pick(["10.0.0.1/33", "99999", "nosuch", "::1", word])),
  (random, text) => atLine(random, text, () => ""),
  (random, text) => atLine(random, text, (line) => (mindedSince11.test(line) ? "" : `${line}${line}`)),
  (random, text) => text.slice(0, random.int(0, text.length)),
];

/** What stands twice in a set or a chain is refused only since nft 1.1. */
const mindedSince11 = /^\s*(type|elements|flags|size|timeout) /;

function misspelled(random: Random, word: string): string {
  const at = random.int(0, word.length - 1);
  const swapped = word.slice(0, at) + (word[at + 1] ?? "x") + (word[at] ?? "") + word.slice(at + 2);
  return random.pick([swapped, word.slice(0, at) + word.slice(at + 1), `${word.slice(0, at)}q${word.slice(at)}`]);
}

function atWord(random: Random, text: string, change: (word: string) => string): string {
  return at(random, [...text.matchAll(/[^\s;]+/g)], text, change);
}

function atLine(random: Random, text: string, change: (line: string) => string): string {
  return at(random, [...text.matchAll(/.*\n/g)], text, change);
}

function at(random: Random, places: readonly RegExpExecArray[], text: string, change: (old: string) => string): string {
  const place = random.pick(places);
  return text.slice(0, place.index) + change(place[0]) + text.slice(place.index + place[0].length);
}
