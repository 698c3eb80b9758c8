import { type AddressFamily, formatAddress, formatNetwork, widths } from "../../packet/address.js";
import type { Types } from "./expressions.js";

const families: Readonly<Record<string, AddressFamily>> = { ipv4_addr: "ipv4", ipv6_addr: "ipv6" };

/** An element's key for people: addresses and networks as such, other ranges with their ends. */
export function showElement(key: string, types: Types): string {
  const family = types.length === 1 ? families[types[0]?.datatype?.word ?? ""] : undefined;
  if (!family || !/^\d+(-\d+)?$/.test(key)) return key;
  const [from = 0n, to = from] = key.split("-").map(BigInt);
  const host = to - from;
  const mask = ((1n << BigInt(widths[family])) - 1n) ^ host;
  if (host > 0n && (host & (host + 1n)) === 0n && (from & host) === 0n)
    return formatNetwork({ family, value: from, mask });
  return [...new Set([from, to])].map((value) => formatAddress({ family, value })).join("-");
}
