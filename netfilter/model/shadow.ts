import type { Rule } from "./ruleset.js";

/** How many rules are kept under one key. */
const perKey = 32;

/** In a condition, the sign of several values: a list, a range, a wildcard, a variable, a set, a negation. */
const several = /[!{,@$<>*+]|\d[-:]\d/;
/** What other conditions ask without saying so: `tcp dport 22` is about TCP. */
const implicit = /^meta (l4proto|nfproto|protocol) /;
const severalAddresses = /[!{,@$<>]|\w-\w/;

/** A condition as it is written, and the network that it names where it is one of IPv4. */
export interface Written {
  readonly text: string;
  readonly network?: Network | undefined;
}

interface Network {
  readonly side: string;
  readonly address: number;
  readonly length: number;
}

/** Reads what a rule's conditions say for the index. */
export function readWritten(text: string): Written {
  const side = sides.find((each) => text.startsWith(each));
  return side === undefined ? { text } : { text, network: readNetwork(text, side) };
}

const sides = ["-s ", "-d ", "ip saddr ", "ip daddr ", "ip6 saddr ", "ip6 daddr "];

/**
 * Finds among the rules met so far those that may cover a later one, by the words of their conditions alone: a rule that
 * covers another one mostly shares a condition with it word for word, or holds its network. What is missed is not told.
 */
export class ShadowIndex {
  private readonly byText = new Map<string, Rule[]>();
  /** By side and length of the prefix, then by its bits. */
  private readonly byNetwork = new Map<string, Map<number, Map<number, Rule[]>>>();
  /** Rules without a condition that names one value. */
  private readonly wide: Rule[] = [];

  add(rule: Rule, written: readonly Written[]): void {
    const kept = this.listFor(written);
    if (kept.length < perKey) kept.push(rule);
  }

  candidates(written: readonly Written[]): readonly Rule[] {
    let found: readonly Rule[] = this.wide;
    for (const { text, network } of written) {
      if (network) {
        for (const [length, networks] of this.byNetwork.get(network.side) ?? []) {
          const kept = length <= network.length ? networks.get(prefix(network, length)) : undefined;
          if (kept) found = [...found, ...kept];
        }
      } else if (this.byText.size > 0) {
        const kept = this.byText.get(text);
        if (kept) found = [...found, ...kept];
      }
    }
    return found;
  }

  /** Where a rule belongs: to the condition that tells it best from others, an address, then a port, then any that names one value. */
  private listFor(written: readonly Written[]): Rule[] {
    let best: string | undefined;
    for (const { text, network } of written) {
      if (network) return this.listForNetwork(network);
      if (sides.some((side) => text.startsWith(side))) {
        if (!severalAddresses.test(text)) return listAt(this.byText, text);
      } else if (!implicit.test(text) && !several.test(text) && (best === undefined || text.includes("port ")))
        best = text;
    }
    return best === undefined ? this.wide : listAt(this.byText, best);
  }

  private listForNetwork(network: Network): Rule[] {
    const lengths = at(this.byNetwork, network.side, () => new Map<number, Map<number, Rule[]>>());
    return listAt(
      at(lengths, network.length, () => new Map<number, Rule[]>()),
      prefix(network, network.length),
    );
  }
}

function listAt<Key>(map: Map<Key, Rule[]>, key: Key): Rule[] {
  return at(map, key, () => []);
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

/** `192.0.2.0/24` or without a length, and nothing else behind it. */
function readNetwork(text: string, side: string): Network | undefined {
  const numbers = [0];
  for (let index = side.length; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 48 && code <= 57) numbers[numbers.length - 1] = (numbers.at(-1) as number) * 10 + code - 48;
    else if (code === (numbers.length === 4 ? 47 : 46)) numbers.push(0);
    else return undefined;
  }
  const [a, b, c, d, length = 32] = numbers as [number, number, number, number, number?];
  if (d === undefined || length > 32) return undefined;
  return { side, address: ((a * 256 + b) * 256 + c) * 256 + d, length };
}
