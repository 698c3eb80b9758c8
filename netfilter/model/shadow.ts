import type { Span } from "../text/span.js";
import type { Rule } from "./ruleset.js";
import { addressNodes, conditionNodes } from "./written.js";

/** How many rules are kept under one key. */
const perKey = 32;

/** In a condition, the sign of several values: a list, a range, a wildcard, a variable, a set, a negation. */
const several = /[!{,@$<>*+]|\d[-:]\d/;
/** What other conditions ask without saying so: `tcp dport 22` is about TCP. */
const implicit = /^meta (l4proto|nfproto|protocol) /;
const severalAddresses = /[!{,@$<>]|\w-\w/;

interface Network {
  readonly side: string;
  readonly address: number;
  readonly length: number;
}

/** The networks of one side and length that rules ask for, by their leading bits. */
interface NetworksOfLength {
  readonly side: string;
  readonly length: number;
  readonly places: Map<number, number[]>;
}

interface Words {
  readonly text: string;
  /** How well they tell a rule from others: an address does best, then a port, then anything that names one value. */
  readonly tells: "address" | "port" | "value" | "nothing";
}

/** A rule's conditions as they are written. */
export class Asked {
  readonly networks: readonly Network[];
  private others: readonly Words[] | undefined;

  constructor(
    private readonly rule: Rule,
    text: string,
  ) {
    this.networks = networksOf(rule, text);
  }

  /** Those that name no network, which are often not needed. */
  words(text: string): readonly Words[] {
    this.others ??= wordsOf(this.rule, text);
    return this.others;
  }
}

/** Reads a rule's conditions. */
export function askedBy(rule: Rule, text: string): Asked {
  if (!rule.isOld) return new Asked(rule, text);
  rule.memo.asked ??= new Asked(rule, text);
  return rule.memo.asked;
}

function networksOf(rule: Rule, text: string): readonly Network[] {
  let found = none;
  for (const node of addressNodes(rule)) {
    const network = networkAt(node, text);
    if (network) found = found.length === 0 ? [network] : [...found, network];
  }
  return found;
}

const none: readonly Network[] = [];

function wordsOf(rule: Rule, text: string): Words[] {
  const others = conditionNodes(rule).filter((node) => !networkAt(node, text));
  return others.map(({ start, end }) => {
    const written = text.slice(start, end);
    return { text: written, tells: tellingOf(written, sideAt(start, text) !== undefined) };
  });
}

function networkAt({ start, end }: Span, text: string): Network | undefined {
  const side = sideAt(start, text);
  return side === undefined ? undefined : readNetwork(text, start, end, side);
}

/** How a condition on an address begins that stands here. */
function sideAt(start: number, text: string): string | undefined {
  const first = text[start];
  if (first !== "-" && first !== "i") return undefined;
  return sides.find((side) => text.startsWith(side, start));
}

const sides = ["-s ", "-d ", "ip saddr ", "ip daddr ", "ip6 saddr ", "ip6 daddr "];

/**
 * Finds among the rules met so far, each known by its place in the chain, those that may cover a later one, by the words of
 * their conditions alone: a rule that covers another one mostly shares a condition with it word for word, or holds its
 * network. What is missed is not told.
 */
export class ShadowIndex {
  private readonly byText = new Map<string, number[]>();
  private readonly byNetwork: NetworksOfLength[] = [];
  /** Rules without a condition that names one value. */
  private readonly wide: number[] = [];

  constructor(private readonly text: string) {}

  /** Puts a rule where it belongs: to the condition that tells it best from others. */
  add(place: number, asked: Asked): void {
    const [network] = asked.networks;
    const words = network ? undefined : this.tellingWords(asked);
    if (network) addTo(this.placesOf(network), prefix(network, network.length), place);
    else if (words !== undefined) addTo(this.byText, words, place);
    else if (this.wide.length < perKey) this.wide.push(place);
  }

  candidates(asked: Asked): readonly number[] {
    let found: readonly number[] = this.wide;
    for (const { text } of this.byText.size > 0 ? asked.words(this.text) : []) {
      const kept = this.byText.get(text);
      if (kept) found = [...found, ...kept];
    }
    for (const network of asked.networks) found = this.withNetworks(found, network);
    return found;
  }

  private withNetworks(found: readonly number[], network: Network): readonly number[] {
    let all = found;
    for (const { side, length, places } of this.byNetwork) {
      if (length > network.length || side !== network.side) continue;
      const kept = places.get(prefix(network, length));
      if (kept) all = [...all, ...kept];
    }
    return all;
  }

  private tellingWords(asked: Asked): string | undefined {
    let best: Words | undefined;
    for (const one of asked.words(this.text)) {
      if (one.tells === "address") return one.text;
      if (one.tells === "port" || (one.tells === "value" && !best)) best = one;
    }
    return best?.text;
  }

  private placesOf({ side, length }: Network): Map<number, number[]> {
    for (const known of this.byNetwork) if (known.side === side && known.length === length) return known.places;
    const places = new Map<number, number[]>();
    this.byNetwork.push({ side, length, places });
    return places;
  }
}

function tellingOf(written: string, isAddress: boolean): Words["tells"] {
  if (isAddress) return severalAddresses.test(written) ? "nothing" : "address";
  if (implicit.test(written) || several.test(written)) return "nothing";
  return written.includes("port ") ? "port" : "value";
}

/** Most keys have one place, whose list is made to measure. */
function addTo<Key>(map: Map<Key, number[]>, key: Key, place: number): void {
  const kept = map.get(key);
  if (!kept) map.set(key, [place]);
  else if (kept.length < perKey) kept.push(place);
}

/** The leading bits of an address, as a number that takes no memory of its own. */
function prefix({ address }: Network, length: number): number {
  return (address / 2 ** (32 - length)) | 0;
}

const [dot, slash, zero, nine] = [46, 47, 48, 57];

/** `192.0.2.0/24` or without a length, and nothing else between the side and the end. */
function readNetwork(text: string, start: number, end: number, side: string): Network | undefined {
  let [address, number, signs] = [0, 0, 0];
  for (let index = start + side.length; index < end; index++) {
    const code = text.charCodeAt(index);
    if (code >= zero && code <= nine) number = number * 10 + code - zero;
    else if (code === (signs === 3 ? slash : dot) && signs < 4) {
      address = address * 256 + number;
      number = 0;
      signs++;
    } else return undefined;
  }
  if (signs < 3) return undefined;
  if (signs === 3) return { side, address: address * 256 + number, length: 32 };
  return number > 32 ? undefined : { side, address, length: number };
}
