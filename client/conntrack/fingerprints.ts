import type { Columns } from "../../netfilter/observe/conntrack/columns.js";

/**
 * A number for each entry that stays the same as long as it lives: of its original tuple and zone, 53 bits wide. Two of a
 * million entries share one by chance once in ten thousand listings.
 */
export function fingerprints(columns: Columns): Float64Array {
  const { count, protocol, source, destination, sourcePort, destinationPort, zone, addresses, flags } = columns;
  const words = flags.some((bits) => bits & 1) ? addressHashes(addresses) : undefined;
  const numbers = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    const wide = words !== undefined && ((flags[row] as number) & 1) === 1;
    const from = wide ? (words[source[row] as number] as number) : (source[row] as number);
    const to = wide ? (words[destination[row] as number] as number) : (destination[row] as number);
    const ports = ((sourcePort[row] as number) << 16) | (destinationPort[row] as number);
    const rest = ((zone?.[row] ?? 0) << 8) | (protocol[row] as number);
    const low = mix(mix(mix(from, to), ports), rest);
    const high = mix(mix(mix(ports, rest), to), from) & 0x1f_ffff;
    numbers[row] = high * 2 ** 32 + low;
  }
  return numbers;
}

/** Which of the entries `before` (in order of number) did not hold, and how many it held that are gone. */
export function freshRows(before: Float64Array, now: Float64Array): { fresh: Uint8Array; came: number; went: number } {
  const fresh = new Uint8Array(now.length);
  let came = 0;
  for (let row = 0; row < now.length; row++) {
    if (holds(before, now[row] as number)) continue;
    fresh[row] = 1;
    came++;
  }
  return { fresh, came, went: before.length - (now.length - came) };
}

function holds(sorted: Float64Array, number: number): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < number) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === number;
}

/** IPv6 addresses stand in a table of their own, whose order differs from listing to listing. */
function addressHashes(addresses: Uint32Array): Uint32Array {
  const hashes = new Uint32Array(addresses.length / 4);
  for (let index = 0; index < hashes.length; index++) {
    const at = index * 4;
    const first = mix(addresses[at] as number, addresses[at + 1] as number);
    hashes[index] = mix(first, mix(addresses[at + 2] as number, addresses[at + 3] as number));
  }
  return hashes;
}

function mix(hash: number, word: number): number {
  let mixed = Math.imul(hash ^ word, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca77);
  return (mixed ^ (mixed >>> 13) ^ Math.imul(word, 0xc2b2ae3d)) >>> 0;
}
