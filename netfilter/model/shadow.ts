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
    return { text: written, tells: tellingOf(written, isAddressAt(start, text)) };
  });
}

function isAddressAt(start: number, text: string): boolean {
  sidePattern.lastIndex = start;
  return sidePattern.test(text);
}

function networkAt({ start, end }: Span, text: string): Network | undefined {
  if (!isAddressAt(start, text)) return undefined;
  return readNetwork(text, start, end, text.slice(start, sidePattern.lastIndex));
}

const sidePattern = /-[sd] |ip6? [sd]addr /y;

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

  add(place: number, asked: Asked): void {
    const kept = this.listFor(asked);
    if (kept.length < perKey) kept.push(place);
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

  /** Where a rule belongs: to the condition that tells it best from others. */
  private listFor(asked: Asked): number[] {
    const [network] = asked.networks;
    if (network) return this.listForNetwork(network);
    let best: Words | undefined;
    for (const one of asked.words(this.text)) {
      if (one.tells === "address") return at(this.byText, one.text, newList);
      if (one.tells === "port" || (one.tells === "value" && !best)) best = one;
    }
    return best ? at(this.byText, best.text, newList) : this.wide;
  }

  private listForNetwork(network: Network): number[] {
    const { side, length } = network;
    let alike = this.byNetwork.find((known) => known.side === side && known.length === length);
    if (!alike) {
      alike = { side, length, places: new Map() };
      this.byNetwork.push(alike);
    }
    return at(alike.places, prefix(network, length), newList);
  }
}

function tellingOf(written: string, isAddress: boolean): Words["tells"] {
  if (isAddress) return severalAddresses.test(written) ? "nothing" : "address";
  if (implicit.test(written) || several.test(written)) return "nothing";
  return written.includes("port ") ? "port" : "value";
}

function newList(): number[] {
  return [];
}

function at<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function prefix({ address }: Network, length: number): number {
  return Math.floor(address / 2 ** (32 - length));
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
