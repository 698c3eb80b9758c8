/** Whose rules decide what a short or odd number means: `-s 10` is 10.0.0.0, `ip saddr 10` is 0.0.0.10. */
export type Notation = "iptables" | "nftables";
export type AddressFamily = "ipv4" | "ipv6";

/** An IP address as one number in network byte order. */
export interface Address {
  readonly family: AddressFamily;
  readonly value: bigint;
}

/** An address with a mask. The bits of the address outside of the mask are kept as they were written. */
export interface Network extends Address {
  readonly mask: bigint;
}

/** The addresses that a mask of leading ones leaves together. */
export interface NetworkRange {
  readonly length: number;
  readonly first: bigint;
  readonly last: bigint;
  readonly count: bigint;
  /** The addresses that machines may have: IPv4 keeps the first and last for the network unless it has at most two. */
  readonly firstHost: bigint;
  readonly lastHost: bigint;
}

/** How many bits an address of the family has. */
export const widths: Readonly<Record<AddressFamily, number>> = { ipv4: 32, ipv6: 128 };

const allOnes: Readonly<Record<AddressFamily, bigint>> = { ipv4: (1n << 32n) - 1n, ipv6: (1n << 128n) - 1n };

/** Reads an address as the tool of the notation does; undefined for host names and all else. */
export function parseAddress(text: string, notation: Notation): Address | undefined {
  const value = text.includes(":") ? parseIpv6(text) : parseIpv4(text, notation);
  return value === undefined ? undefined : { family: text.includes(":") ? "ipv6" : "ipv4", value };
}

/** Reads `ADDRESS[/LENGTH]`, for iptables `ADDRESS/MASK` too; without a mask the address alone. */
export function parseNetwork(text: string, notation: Notation): Network | undefined {
  const slash = text.indexOf("/");
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash), notation);
  if (!address) return undefined;
  const mask = slash === -1 ? allOnes[address.family] : parseMask(text.slice(slash + 1), address.family, notation);
  return mask === undefined ? undefined : { ...address, mask };
}

function parseIpv4(text: string, notation: Notation): bigint | undefined {
  const plain = plainIpv4(text);
  if (plain !== undefined) return BigInt(plain);
  const parts = text.split(".").map(parseNumber);
  if (parts.length > 4 || parts.some((part) => part === undefined)) return undefined;
  const numbers = parts as number[];
  if (numbers.length === 1 && (notation === "nftables" || (numbers[0] as number) > 255)) return wholeNumber(numbers[0]);
  if (numbers.some((part) => part > 255)) return undefined;
  if (notation === "nftables" && (numbers.length !== 4 || /x/i.test(text))) return undefined;
  return numbers.reduce((value, part, index) => value | (BigInt(part) << BigInt(24 - 8 * index)), 0n);
}

/** The most common form, which every notation reads alike: four decimal parts. */
function plainIpv4(text: string): number | undefined {
  let address = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === dot) {
      if (digits === 0 || ++dots > 3) return undefined;
      address = address * 256 + part;
      part = 0;
      digits = 0;
    } else {
      if (code < zero || code > nine || (digits > 0 && part === 0)) return undefined;
      part = part * 10 + code - zero;
      digits++;
      if (part > 255) return undefined;
    }
  }
  return dots === 3 && digits > 0 ? address * 256 + part : undefined;
}

const [dot, zero, nine] = [46, 48, 57];

function wholeNumber(value: number | undefined): bigint | undefined {
  return value !== undefined && value <= 0xffff_ffff ? BigInt(value) : undefined;
}

/** A number as C reads it: `0x` before hexadecimal, `0` before octal. */
function parseNumber(text: string): number | undefined {
  if (/^0x[\da-f]+$/i.test(text)) return Number.parseInt(text.slice(2), 16);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split("::");
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1));
  if (!head || halves.length > 2 || (halves.length === 2 && !tail)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])];
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

/** The 16-bit groups of half an IPv6 address; the last may be a dotted IPv4 address, which makes two. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    const dotted = last && index === parts.length - 1 ? parseDotted(part) : undefined;
    if (dotted !== undefined) groups.push(Number(dotted >> 16n), Number(dotted & 0xffffn));
    else if (/^[\da-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** Four decimal parts without leading zeros. */
function parseDotted(text: string): bigint | undefined {
  return /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text) ? parseIpv4(text, "iptables") : undefined;
}

/** A mask after a slash: a length, or for iptables an address whose ones may stand anywhere. */
function parseMask(text: string, family: AddressFamily, notation: Notation): bigint | undefined {
  const length = parseNumber(text);
  if (length !== undefined) return length <= widths[family] ? maskOf(length, family) : undefined;
  if (notation === "nftables") return undefined;
  if (family === "ipv6") return text.includes(":") ? parseIpv6(text) : undefined;
  return text.split(".").length === 4 ? parseIpv4(text, notation) : undefined;
}

function maskOf(length: number, family: AddressFamily): bigint {
  const rest = BigInt(widths[family] - length);
  return (allOnes[family] >> rest) << rest;
}

/** The length of a mask; undefined when its ones do not all stand in front. */
export function maskLength({ mask, family }: Network): number | undefined {
  const inverse = allOnes[family] ^ mask;
  if ((inverse & (inverse + 1n)) !== 0n) return undefined;
  return widths[family] - (inverse === 0n ? 0 : inverse.toString(2).length);
}

/** First and last address of a network and how many it has; undefined when the mask is no plain length. */
export function networkRange(network: Network): NetworkRange | undefined {
  const length = maskLength(network);
  if (length === undefined) return undefined;
  const { family, value, mask } = network;
  const first = value & mask;
  const last = first | (allOnes[family] ^ mask);
  const count = last - first + 1n;
  const reserved = family === "ipv4" && count > 2n ? 1n : 0n;
  return { length, first, last, count, firstHost: first + reserved, lastHost: last - reserved };
}

/** The usual spelling: dotted, or groups with the longest run of zeros left out. */
export function formatAddress({ family, value }: Address): string {
  return family === "ipv4" ? formatIpv4(value) : formatIpv6(value);
}

/** `10.0.0.0/8`; a mask that is no plain length is written out. */
export function formatNetwork(network: Network): string {
  const length = maskLength(network);
  const first = formatAddress({ family: network.family, value: network.value & network.mask });
  return `${first}/${length ?? formatAddress({ family: network.family, value: network.mask })}`;
}

function formatIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
}

function formatIpv6(value: bigint): string {
  if (value >> 32n === 0xffffn) return `::ffff:${formatIpv4(value & 0xffff_ffffn)}`;
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - 16 * index)) & 0xffffn);
  const { start, length } = longestZeros(groups);
  const text = (part: readonly bigint[]) => part.map((group) => group.toString(16)).join(":");
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

function longestZeros(groups: readonly bigint[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0n ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}
