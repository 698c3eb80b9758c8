import { icmpTypes, icmpv6Types } from "../../facts/icmp.js";
import type { IpFamily } from "../../facts/iptables/extension.js";
import { protocols } from "../../facts/protocols.js";
import { services } from "../../facts/services.js";
import { type Network, parseAddress, parseNetwork } from "../../syntax/iptables/address.js";
import { parseNumber } from "../../syntax/iptables/numbers.js";
import type { Values } from "../ruleset.js";

/** What a match compares with: its values, and the bits of the field that count. */
export interface Compared {
  readonly values: Values;
  readonly mask?: bigint;
}

export const opaque: Compared = { values: { kind: "opaque" } };

type Range = Extract<Values, { kind: "ranges" }>["ranges"][number];

/** These ranges; opaque when one of them could not be read. */
export function ranges(all: readonly (Range | undefined)[]): Compared {
  const read = all.filter((range) => range !== undefined);
  return read.length === all.length ? { values: { kind: "ranges", ranges: read } } : opaque;
}

/** One number. */
export function only(value: number | bigint): Range {
  return { from: BigInt(value), to: BigInt(value) };
}

/** `10`, or `10:20` with this sign between; an end left out is the lowest or `highest`. */
export function numberRange(text: string, sign: string, highest: bigint, read = readNumber): Range | undefined {
  const at = text.indexOf(sign);
  const from = at === 0 ? 0n : read(at === -1 ? text : text.slice(0, at));
  const to = at === -1 ? from : at === text.length - 1 ? highest : read(text.slice(at + 1));
  return from === undefined || to === undefined ? undefined : { from, to };
}

function readNumber(text: string): bigint | undefined {
  const value = parseNumber(text);
  return value === undefined ? undefined : BigInt(value);
}

function readPort(text: string): bigint | undefined {
  const named = services.get(text);
  return named === undefined ? readNumber(text) : BigInt(named);
}

/** `22`, `ssh`, `1024:`, and several of them between commas. */
export function ports(text: string): Compared {
  return ranges(text.split(",").map((part) => numberRange(part, ":", 0xffffn, readPort)));
}

/** A protocol's name or number; undefined for any protocol. */
export function protocol(text: string): Compared | undefined {
  const number = protocols.get(text.toLowerCase()) ?? readNumber(text);
  if (number === undefined) return opaque;
  return Number(number) === 0 ? undefined : ranges([only(number)]);
}

/** `VALUE[/MASK]`; without a mask all bits count. */
export function masked(text: string): Compared {
  const [value, mask] = text.split("/").map(readNumber);
  if (value === undefined) return opaque;
  return mask === undefined ? ranges([only(value)]) : { ...ranges([only(value)]), mask };
}

/** Addresses with masks, as `-s` takes them. Names that only a resolver knows are opaque. */
export function networks(text: string, family: IpFamily): Compared {
  const all = text.split(",").map((part) => parseNetwork(part, family));
  const [first] = all;
  if (all.length === 1 && typeof first === "object" && !isContiguous(first.mask, family)) {
    return { ...ranges([only(first.address)]), mask: first.mask };
  }
  return ranges(all.map((network) => (typeof network === "object" ? networkRange(network, family) : undefined)));
}

function networkRange({ address, mask }: Network, family: IpFamily): Range | undefined {
  return isContiguous(mask, family) ? { from: address, to: address | (allBits[family] ^ mask) } : undefined;
}

const allBits = { ipv4: 0xffff_ffffn, ipv6: (1n << 128n) - 1n };

function isContiguous(mask: bigint, family: IpFamily): boolean {
  const hostBits = allBits[family] ^ mask;
  return (hostBits & (hostBits + 1n)) === 0n;
}

/** `ADDRESS[-ADDRESS]`. */
export function addressRange(text: string, family: IpFamily): Compared {
  const [from, to = from] = text.split("-").map((end) => parseAddress(end, family));
  return ranges([typeof from === "bigint" && typeof to === "bigint" ? { from, to } : undefined]);
}

/** An interface's name, its trailing `+` as `*`; undefined where every name fits, opaque where a real `*` is in it. */
export function interfaceName(text: string): Compared | undefined {
  if (text === "+") return undefined;
  if (text.includes("*")) return opaque;
  return { values: { kind: "names", names: [text.replace(/\+$/, "*")] } };
}

/** Words between commas by the bits they stand for, those of one field; opaque when one is not among them. */
export function bits(text: string, known: Readonly<Record<string, number>>): Compared {
  const names = Object.keys(known);
  const found = text
    .toUpperCase()
    .split(",")
    .map((word) => known[names.find((name) => word !== "" && name.startsWith(word)) ?? ""]);
  return ranges(found.map((bit) => (bit === undefined ? undefined : only(bit))));
}

/** The type of an ICMP message by number, `type/code` or name; undefined for any, opaque where a code is meant too. */
export function icmpType(text: string, family: IpFamily): Compared | undefined {
  if (text === "any") return undefined;
  const number = parseNumber(text);
  if (number !== undefined) return Number(number) === 255 && family === "ipv4" ? undefined : ranges([only(number)]);
  const type = (family === "ipv4" ? icmpTypes : icmpv6Types).find(({ name }) => name === text.toLowerCase());
  return type ? ranges([only(type.number)]) : opaque;
}
