import type { Network } from "../../../syntax/iptables/address.js";
import { textOf } from "../../ipNumber.js";
import { type Options, readNetwork } from "../options.js";
import type { Deed, Targets } from "./define.js";

/** Targets that exchange IPv6 prefixes without a connection's entry, so that no checksum changes (RFC 6296). */
export const prefixTargets: Targets = {
  SNPT: (options) => mapDeed(options, "saddr"),
  DNPT: (options) => mapDeed(options, "daddr"),
};

function mapDeed(options: Options, side: "saddr" | "daddr"): Deed {
  const from = readNetwork(options.text("src-pfx"), "ipv6");
  const to = readNetwork(options.text("dst-pfx"), "ipv6");
  return (passage) => {
    if (!from || !to)
      return passage.guess("Which prefix that is, only the router knows.", options.span) ? "continue" : "drop";
    const before = passage.headers[side] as bigint;
    const after = mapPrefix(before, from, to);
    if (after === undefined) return "drop";
    if (after !== before) {
      passage.headers[side] = after;
      passage.changed({ field: `ip6 ${side}`, before: textOf("ipv6", before), after: textOf("ipv6", after) });
    }
    return "continue";
  };
}

/** The address under the other prefix; undefined where no 16 bits of it can make up for the difference. */
export function mapPrefix(address: bigint, from: Network, to: Network): bigint | undefined {
  const mask = from.mask | to.mask;
  const mapped = (address & ~mask) | (to.address & mask);
  const index = (mask & (0xffffn << 64n)) === 0n ? 3 : firstUsable(mapped);
  if (index === undefined) return undefined;
  const shift = BigInt(16 * (7 - index));
  const sum = addOnes(wordAt(mapped, index), addOnes(wordSum(from.address), 0xffff - wordSum(to.address)));
  const whole = sum === 0xffff ? 0 : sum;
  return (mapped & ~(0xffffn << shift)) | (BigInt(whole) << shift);
}

/** The first 16 bits behind the prefix that are not all ones. */
function firstUsable(address: bigint): number | undefined {
  return [4, 5, 6, 7].find((index) => wordAt(address, index) !== 0xffff);
}

function wordAt(address: bigint, index: number): number {
  return Number((address >> BigInt(16 * (7 - index))) & 0xffffn);
}

function wordSum(address: bigint): number {
  return [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, index) => addOnes(sum, wordAt(address, index)), 0);
}

/** A sum in ones' complement of 16 bits. */
function addOnes(a: number, b: number): number {
  const sum = a + b;
  return sum > 0xffff ? sum - 0xffff : sum;
}
