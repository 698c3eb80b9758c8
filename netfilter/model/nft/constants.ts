import { findConstant } from "../../facts/nft/index.js";
import type { Datatype } from "../../facts/nft/types.js";
import { allProtocols } from "../../facts/protocols.js";
import { services } from "../../facts/services.js";
import { type AddressFamily, parseAddress } from "../../packet/address.js";

/** What a word or number means as a value of some type. */
export type Constant =
  | { readonly kind: "number"; readonly value: bigint }
  | { readonly kind: "text"; readonly text: string }
  /** Hangs on the machine that loads the file: an interface, a user, a host name. */
  | { readonly kind: "machine" }
  /** No machine takes it; `problem` says why. */
  | { readonly kind: "bad"; readonly problem: Problem };

export type Problem = "name" | "number" | "range" | "address" | "otherFamily" | "time" | "date" | "hour" | "label";

/** Types whose names or values come from the machine's own tables and lists. */
const machineTypes: ReadonlySet<string> = new Set([
  "iface_index",
  "uid",
  "gid",
  "realm",
  "classid",
  "devgroup",
  "cgroupsv2",
]);

/** Reads `word` as a value of `type`, as nft does: first by name, then as a number. */
export function readConstant(word: string, type: Datatype): Constant {
  const named = type.constants.length > 0 ? findConstant(type, word) : undefined;
  if (named) return { kind: "number", value: BigInt(named.value) };
  const special = readers[type.word];
  if (special) return special(word, type);
  if (type.base === "string") return { kind: "text", text: word };
  const number = parseNumber(word);
  if (machineTypes.has(type.word))
    return number === undefined ? { kind: "machine" } : { kind: "number", value: number };
  if (number === undefined) return { kind: "bad", problem: type.constants.length > 0 ? "name" : "number" };
  return { kind: "number", value: number };
}

/** The same for a number that has been read as such. */
export function readNumber(value: bigint, type: Datatype): Constant {
  const limit = limits[type.word];
  if (limit === undefined) return readConstant(`${value}`, type);
  return value > limit ? { kind: "bad", problem: "range" } : { kind: "number", value };
}

const [highestPort, highestProtocol] = [0xffffn, 0xffn];
const limits: Readonly<Record<string, bigint>> = { inet_service: highestPort, inet_proto: highestProtocol };

const readers: Readonly<Record<string, (word: string, type: Datatype) => Constant>> = {
  ipv4_addr: (word) => readAddress(word, "ipv4"),
  ipv6_addr: (word) => readAddress(word.replace(/^\[(.*)\]$/, "$1"), "ipv6"),
  ether_addr: readLinkAddress,
  ll_addr: readLinkAddress,
  inet_service: (word) => readLimited(word, highestPort, services.get(word)),
  inet_proto: (word) => readLimited(word, highestProtocol, protocolNumbers.get(word)),
  time: readTime,
  date: readDate,
  hour: readHour,
  ct_label: (word) => readLabel(parseNumber(word)),
};

/** A word that is no address in digits may be a host's name, which the machine resolves. */
function readAddress(word: string, family: AddressFamily): Constant {
  const address = parseAddress(word, "nftables");
  if (address?.family === family) return { kind: "number", value: address.value };
  if (address) return { kind: "bad", problem: "otherFamily" };
  return /^(\d+|\d+(\.\d+){3,})$/.test(word) || word.includes(":")
    ? { kind: "bad", problem: "address" }
    : { kind: "machine" };
}

/** Bytes in hexadecimal with one character between them. */
function readLinkAddress(word: string): Constant {
  const bytes = word.split(/[^0-9a-f]/i);
  if (!bytes.every((byte) => /^[0-9a-f]+$/i.test(byte) && Number.parseInt(byte, 16) <= 0xff))
    return { kind: "bad", problem: "address" };
  return { kind: "number", value: bytes.reduce((sum, byte) => (sum << 8n) | BigInt(Number.parseInt(byte, 16)), 0n) };
}

/** The names of `/etc/protocols` that a header's byte can hold, and two that nft's own grammar knows. */
const protocolNumbers: ReadonlyMap<string, number> = new Map([
  ["comp", 108],
  ["icmpv6", 58],
  ...allProtocols.flatMap(({ number, name, aliases }) =>
    number > 255 ? [] : [name, ...aliases].map((each): [string, number] => [each, number]),
  ),
]);

function readLimited(word: string, limit: bigint, named: number | undefined): Constant {
  const value = named === undefined ? parseNumber(word) : BigInt(named);
  if (value === undefined) return { kind: "bad", problem: "name" };
  return value > limit ? { kind: "bad", problem: "range" } : { kind: "number", value };
}

/** Labels are numbered by their bits; their names are in a file of the machine's. */
function readLabel(bit: bigint | undefined): Constant {
  if (bit === undefined) return { kind: "machine" };
  return bit > 127n ? { kind: "bad", problem: "label" } : { kind: "number", value: 1n << bit };
}

const units: Readonly<Record<string, bigint>> = { d: 86_400_000n, h: 3_600_000n, m: 60_000n, s: 1000n, ms: 1n };

/**
 * `1d2h3m4s5ms`, each unit once in any order, its number perhaps left out; or seconds without a unit. In milliseconds;
 * undefined where it is no time.
 */
export function parseTime(word: string): bigint | undefined {
  if (/^\d{1,8}$/.test(word)) return BigInt(word) * 1000n;
  const parts = word.match(/\d*(?:ms$|[dhms])/g) ?? [];
  const read = parts.join("");
  // Behind a unit that has no number nft does not mind digits: `h1`.
  if (read !== (/^[dhms]/.test(word) ? word.replace(/\d+$/, "") : word)) return undefined;
  let time = 0n;
  const seen = new Set<string>();
  for (const part of parts) {
    const unit = part.replace(/^\d+/, "");
    const number = part.slice(0, part.length - unit.length);
    if (seen.has(unit) || number.length > 8) return undefined;
    seen.add(unit);
    time += BigInt(number || "0") * (units[unit] as bigint);
  }
  return time;
}

function readTime(word: string): Constant {
  const value = parseTime(word);
  return value === undefined ? { kind: "bad", problem: "time" } : { kind: "number", value };
}

/** `2024-12-24 18:00` in nanoseconds, as if it were UTC; what follows the day may be anything. */
function readDate(word: string): Constant {
  const number = parseNumber(word);
  if (number !== undefined) return { kind: "number", value: number * 1_000_000_000n };
  const [, year, month, day, hour, minute, second] = datePattern.exec(word) ?? [];
  if (!year || Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > 31)
    return { kind: "bad", problem: "date" };
  const clock = [hour, minute, second].map((part) => Number(part ?? 0));
  const moment = Date.UTC(Number(year), Number(month) - 1, Number(day), ...clock);
  return { kind: "number", value: BigInt(moment) * 1_000_000n };
}

const datePattern = /^\s*(\d{1,4})-(\d{1,2})-(\d{1,2})(?:\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?/;

/** `18:00`, `06:30:15` or a number of seconds. nft takes off the machine's distance from UTC, so the number is not known. */
function readHour(word: string): Constant {
  if (word === "" || parseNumber(word) !== undefined) return { kind: "machine" };
  const [, hour, minute, second] = /^\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?$/.exec(word) ?? [];
  const fits = hour !== undefined && Number(hour) < 24 && Number(minute) < 60 && Number(second ?? 0) < 62;
  return fits ? { kind: "machine" } : { kind: "bad", problem: "hour" };
}

/** A whole number as nft reads it: decimal, hexadecimal, or octal after a leading 0. */
export function parseNumber(word: string): bigint | undefined {
  if (/^0[0-7]+$/.test(word)) return BigInt(`0o${word.slice(1)}`);
  return /^(\d+|0x[0-9a-f]+)$/i.test(word) && !/^0\d/.test(word) ? BigInt(word) : undefined;
}
