import type { IpFamily } from "../../facts/iptables/extension.js";
import { parseAddress as parseAnyAddress, parseNetwork as parseAnyNetwork } from "../../packet/address.js";

/** An address and the bits of it that count, both as one number in network byte order. */
export interface Network {
  readonly address: bigint;
  readonly mask: bigint;
}

/**
 * One address as the tools read `-s` in a file of this family, an IPv4 address written as an IPv6 one included. `hostName`
 * when only a resolver can tell, undefined when nothing can.
 */
export function parseAddress(text: string, family: IpFamily): bigint | "hostName" | undefined {
  const plain = family === "ipv4" ? plainIpv4(text) : undefined;
  if (plain !== undefined) return BigInt(plain);
  const found = parseAnyAddress(text, "iptables");
  if (found?.family === family) return found.value;
  if (found?.family === "ipv6" && found.value >> 32n === 0xffffn) return found.value & 0xffff_ffffn;
  return isHostName(text) ? "hostName" : undefined;
}

/** `ADDRESS[/MASK]`; the tools ignore the address under a mask of no bits, so `any/0` is fine. */
export function parseNetwork(text: string, family: IpFamily): Network | "hostName" | undefined {
  const slash = text.lastIndexOf("/");
  const mask = parseMask(slash === -1 ? longest[family] : text.slice(slash + 1), family);
  if (mask === undefined) return undefined;
  if (mask === 0n) return { address: 0n, mask };
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash), family);
  return typeof address === "bigint" ? { address: address & mask, mask } : address;
}

const longest = { ipv4: "32", ipv6: "128" };

/** `10.0.0.1`, nearly all that stands in a file, seen at a glance; undefined for every other spelling. */
function plainIpv4(text: string): number | undefined {
  let address = 0;
  let part = -1;
  let dots = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - zero;
    if (digit >= 0 && digit <= 9) {
      if (part === 0) return undefined;
      part = part === -1 ? digit : part * 10 + digit;
      if (part > 255) return undefined;
    } else if (digit === dot && part !== -1) {
      address = address * 256 + part;
      part = -1;
      dots++;
    } else return undefined;
  }
  return dots === 3 && part !== -1 ? address * 256 + part : undefined;
}

const zero = 48;
/** The dot's place before the digits. */
const dot = -2;

const lengths = { ipv4: masksByLength(32), ipv6: masksByLength(128) };

function masksByLength(bits: number): ReadonlyMap<string, bigint> {
  const all = (1n << BigInt(bits)) - 1n;
  return new Map(
    Array.from({ length: bits + 1 }, (_, length) => [`${length}`, all ^ ((1n << BigInt(bits - length)) - 1n)]),
  );
}

/** The mask after a slash: a length or, its bits in any order, an address. */
export function parseMask(text: string, family: IpFamily): bigint | undefined {
  const mask = lengths[family].get(text);
  if (mask !== undefined) return mask;
  return parseAnyNetwork(`${family === "ipv4" ? "0.0.0.0" : "::"}/${text}`, "iptables")?.mask;
}

/** IPv4 with exactly four decimal parts, as the address of a NAT target must be. */
export function parseStrictIpv4(text: string): bigint | undefined {
  const strict = /^(\d|[1-9]\d{1,2})(\.(\d|[1-9]\d{1,2})){3}$/.test(text);
  return strict ? parseAnyAddress(text, "iptables")?.value : undefined;
}

/** IPv6, an IPv4 tail included. */
export function parseIpv6(text: string): bigint | undefined {
  const found = parseAnyAddress(text, "iptables");
  return found?.family === "ipv6" ? found.value : undefined;
}

/** A name that a resolver may know; digits and dots alone are a mistyped address. */
function isHostName(text: string): boolean {
  return /^[\w-]+(\.[\w-]+)*\.?$/.test(text) && /[a-z_]/i.test(text);
}
