import { protocols } from "../../facts/protocols.js";
import { services } from "../../facts/services.js";
import { type AddressFamily, maskLength, networkRange, parseNetwork } from "../../packet/address.js";
import { nearest } from "../../text/nearest.js";
import type { Span } from "../../text/span.js";

/** Columns with addresses, with ports, and with plain numbers. */
export type AddressColumn = "source" | "destination" | "replySource" | "replyDestination";
export type PortColumn = "sourcePort" | "destinationPort" | "replySourcePort" | "replyDestinationPort";
export type NumberColumn = "timeout" | "zone" | "id" | "use" | "age";

/** Closed ranges of numbers. */
export type Ranges = readonly { readonly from: number; readonly to: number }[];

/** Closed ranges of addresses. */
export type AddressRanges = readonly {
  readonly family: AddressFamily;
  readonly from: bigint;
  readonly to: bigint;
}[];

/** What one term of a query asks of an entry. */
export type Test =
  | { readonly kind: "address"; readonly columns: readonly AddressColumn[]; readonly ranges: AddressRanges }
  | { readonly kind: "port"; readonly columns: readonly PortColumn[]; readonly ranges: Ranges }
  | { readonly kind: "number"; readonly column: NumberColumn; readonly ranges: Ranges }
  /** Packets or bytes of both directions together. */
  | { readonly kind: "traffic"; readonly unit: "packets" | "bytes"; readonly ranges: Ranges }
  | { readonly kind: "mark"; readonly marks: readonly { readonly value: number; readonly mask: number }[] }
  | { readonly kind: "protocol"; readonly numbers: readonly number[] }
  /** Names in capitals. */
  | { readonly kind: "state"; readonly names: readonly string[] }
  | { readonly kind: "is"; readonly what: Quality }
  | { readonly kind: "icmp"; readonly part: "type" | "code"; readonly ranges: Ranges }
  /** Lower case; looked for in state, protocol and what else the line said. */
  | { readonly kind: "text"; readonly text: string };

/** What an entry can be. */
export type Quality = (typeof qualities)[number];

const qualities = ["assured", "unreplied", "offload", "ipv4", "ipv6", "nat", "snat", "dnat"] as const;

/** One term: entries must pass it, or with `negated` must not. */
export interface Term {
  readonly span: Span;
  readonly negated: boolean;
  readonly test: Test;
}

/** A query; terms that could not be read are left out and named in `errors`. */
export interface Query {
  readonly terms: readonly Term[];
  readonly errors: readonly { readonly span: Span; readonly message: string }[];
}

interface Key {
  readonly key: string;
  /** For completion and help: what may follow. */
  readonly values: string;
  readonly doc: string;
  readonly read: (value: string) => Test | string;
}

const bothAddresses = ["source", "destination", "replySource", "replyDestination"] as const;
const bothPorts = ["sourcePort", "destinationPort", "replySourcePort", "replyDestinationPort"] as const;
const addressForm = "an address, a network such as `10.0.0.0/8`, or a range `FIRST-LAST`";
const numberForm = "a number, `FIRST-LAST`, `>N` or `<N`";
const portForm = "a port, a service's name, or a range `1-1023`";

/** Every key of the query language, for completion, help and the parser. */
export const queryKeys: readonly Key[] = [
  addressKey("src", ["source"], "Who sent the first packet."),
  addressKey("dst", ["destination"], "To whom the first packet was sent, before any translation."),
  addressKey("rsrc", ["replySource"], "Who answers: the destination after translation."),
  addressKey("rdst", ["replyDestination"], "To whom answers are sent: the source after translation."),
  portKey("sport", ["sourcePort"], "The first packet's source port."),
  portKey("dport", ["destinationPort"], "The first packet's destination port, before any translation."),
  portKey("rsport", ["replySourcePort"], "The port that answers."),
  portKey("rdport", ["replyDestinationPort"], "The port to which answers are sent."),
  {
    key: "any",
    values: `${addressForm}; ${portForm}`,
    doc: "An address or port on either side of either direction.",
    read: (value) => readAny(value) ?? `\`${value}\` is neither an address nor a port.`,
  },
  { key: "proto", values: "tcp, udp, icmp ... or a number", doc: "The IP protocol.", read: readProtocols },
  { key: "state", values: "ESTABLISHED, TIME_WAIT ...", doc: "The tracker's state.", read: readStates },
  { key: "mark", values: "VALUE or VALUE/MASK", doc: "The connection mark.", read: readMarks },
  { key: "is", values: qualities.join(", "), doc: "What the entry is.", read: readQuality },
  numberKey("timeout", "timeout", "Seconds until the entry goes: `>1h`, `<30`.", time),
  numberKey("age", "age", "Seconds since the entry was made, where the kernel stamps entries.", time),
  numberKey("zone", "zone", "The conntrack zone.", plain),
  numberKey("id", "id", "The id by which events name the entry.", plain),
  numberKey("use", "use", "References that hold the entry.", plain),
  trafficKey("packets", "Packets of both directions: `>1000`."),
  trafficKey("bytes", "Bytes of both directions: `>10M`."),
  icmpKey("type"),
  icmpKey("code"),
];

/**
 * Reads a query: terms between blanks, all of which must hold: `src:10.0.0.0/8 dport:443 state:ESTABLISHED mark:0x30/0xff`. `-` or
 * `!` before a term turns it round, a comma separates values of which one must hold. A word without a key is a protocol, a
 * state, a quality, an address or port on any side, or else a text to look for. Never throws.
 */
export function parseQuery(text: string): Query {
  const terms: Term[] = [];
  const errors: { span: Span; message: string }[] = [];
  for (const { 0: word, index } of text.matchAll(/\S+/g)) {
    const span = { start: index, end: index + word.length };
    const negated = /^[-!]./.test(word);
    const test = readTerm(negated ? word.slice(1) : word);
    if (typeof test === "string") errors.push({ span, message: test });
    else terms.push({ span, negated, test });
  }
  return { terms, errors };
}

function readTerm(word: string): Test | string {
  const colon = word.indexOf(":");
  if (colon <= 0) return readBare(word);
  const name = word.slice(0, colon).toLowerCase();
  const key = queryKeys.find((each) => each.key === name);
  if (!key) return readAny(word) ?? unknownKey(name);
  const value = word.slice(colon + 1);
  return value === "" ? `\`${name}:\` needs a value: ${key.values}.` : key.read(value);
}

function unknownKey(name: string): string {
  const keys = queryKeys.map(({ key }) => key);
  const near = nearest(name, keys);
  return `There is no \`${name}:\`. ${near ? `Did you mean \`${near}:\`?` : `Known are ${keys.join(", ")}.`}`;
}

function readBare(word: string): Test {
  const lower = word.toLowerCase();
  const quality = qualities.find((each) => each === lower);
  if (quality) return { kind: "is", what: quality };
  const protocol = protocolNumber(lower);
  if (protocol !== undefined && !/^\d/.test(word)) return { kind: "protocol", numbers: [protocol] };
  if (/^\d|^[\da-f:]*:[\da-f:./]*$/i.test(word)) {
    const any = readAny(word);
    if (any) return any;
  }
  return { kind: "text", text: lower };
}

function readAny(value: string): Test | undefined {
  const ports = /^[\d,-]+$/.test(value) || services.has(value) ? readRanges(value, port) : undefined;
  if (ports) return { kind: "port", columns: bothPorts, ranges: ports };
  const ranges = readAddresses(value);
  return ranges && { kind: "address", columns: bothAddresses, ranges };
}

function addressKey(key: string, columns: readonly AddressColumn[], doc: string): Key {
  const read = (value: string): Test | string => {
    const ranges = readAddresses(value);
    return ranges ? { kind: "address", columns, ranges } : `\`${value}\` is not ${addressForm}.`;
  };
  return { key, values: addressForm, doc, read };
}

function portKey(key: string, columns: readonly PortColumn[], doc: string): Key {
  const read = (value: string): Test | string => {
    const ranges = readRanges(value, port);
    return ranges ? { kind: "port", columns, ranges } : `\`${value}\` is not ${portForm}.`;
  };
  return { key, values: portForm, doc, read };
}

function numberKey(key: string, column: NumberColumn, doc: string, unit: Unit): Key {
  const read = (value: string): Test | string => {
    const ranges = readRanges(value, unit);
    return ranges ? { kind: "number", column, ranges } : `\`${value}\` is not ${numberForm}.`;
  };
  return { key, values: numberForm, doc, read };
}

function trafficKey(key: "packets" | "bytes", doc: string): Key {
  const read = (value: string): Test | string => {
    const ranges = readRanges(value, amount);
    return ranges ? { kind: "traffic", unit: key, ranges } : `\`${value}\` is not ${numberForm}.`;
  };
  return { key, values: `${numberForm}, with k, M or G`, doc, read };
}

function icmpKey(key: "type" | "code"): Key {
  const read = (value: string): Test | string => {
    const ranges = readRanges(value, plain);
    return ranges ? { kind: "icmp", part: key, ranges } : `\`${value}\` is not ${numberForm}.`;
  };
  return { key, values: numberForm, doc: `ICMP's ${key} in the first packet.`, read };
}

function readProtocols(value: string): Test | string {
  const numbers = value.split(",").map((word) => protocolNumber(word.toLowerCase()));
  const known = numbers.filter((number) => number !== undefined);
  if (known.length === numbers.length) return { kind: "protocol", numbers: known };
  return `\`${value}\` names no IP protocol: tcp, udp, icmp, icmpv6, sctp, gre, or a number up to 255.`;
}

function protocolNumber(word: string): number | undefined {
  if (/^\d{1,3}$/.test(word)) return Number(word) < 256 ? Number(word) : undefined;
  return word === "all" ? undefined : protocols.get(word);
}

function readStates(value: string): Test | string {
  const names = value.split(",").map((name) => name.toUpperCase());
  if (names.every((name) => /^[A-Z\d_]+$/.test(name))) return { kind: "state", names };
  return `\`${value}\` is not the name of a state such as ESTABLISHED or SYN_SENT.`;
}

function readMarks(value: string): Test | string {
  const marks = value.split(",").map(readMark);
  const known = marks.filter((mark) => mark !== undefined);
  return known.length === marks.length
    ? { kind: "mark", marks: known }
    : `\`${value}\` is not a mark: a number up to 0xffffffff, or \`VALUE/MASK\`.`;
}

function readMark(text: string): { value: number; mask: number } | undefined {
  const [, value = "", mask = "0xffffffff"] = /^(0x[\da-f]+|\d+)(?:\/(0x[\da-f]+|\d+))?$/i.exec(text) ?? [];
  if (value === "" || Number(value) > 0xffffffff || Number(mask) > 0xffffffff) return undefined;
  return { value: Number(value) >>> 0, mask: Number(mask) >>> 0 };
}

function readQuality(value: string): Test | string {
  const what = qualities.find((each) => each === value.toLowerCase());
  return what ? { kind: "is", what } : `An entry can be ${qualities.join(", ")}, not \`${value}\`.`;
}

function readAddresses(value: string): AddressRanges | undefined {
  const ranges = value.split(",").map(readAddressRange);
  return ranges.every((range) => range !== undefined) ? ranges : undefined;
}

function readAddressRange(text: string): AddressRanges[number] | undefined {
  const dash = text.indexOf("-");
  if (dash > 0) {
    const [first, last] = [readAddressRange(text.slice(0, dash)), readAddressRange(text.slice(dash + 1))];
    if (first?.family !== last?.family || !first || !last || first.from > last.to) return undefined;
    return { family: first.family, from: first.from, to: last.to };
  }
  const network = parseNetwork(completed(text), "iptables");
  const range = network && maskLength(network) !== undefined ? networkRange(network) : undefined;
  return network && range && { family: network.family, from: range.first, to: range.last };
}

/** `10.1.` and `10.1` are the networks that begin so, as is `fd07:`. */
function completed(text: string): string {
  if (/^[\da-f]{1,4}(:[\da-f]{1,4}){0,6}:$/i.test(text)) return `${text}:/${16 * (text.split(":").length - 1)}`;
  const octets = text.replace(/\.$/, "").split(".");
  if (!/^[\d.]+$/.test(text) || octets.length > 3 || octets.includes("")) return text;
  return `${[...octets, "0", "0", "0"].slice(0, 4).join(".")}/${8 * octets.length}`;
}

/** Reads a number with its unit; undefined for all else. */
type Unit = (text: string) => number | undefined;

function plain(text: string): number | undefined {
  return /^\d+$|^0x[\da-f]+$/i.test(text) ? Number(text) : undefined;
}

function port(text: string): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : services.get(text.toLowerCase());
  return number !== undefined && number <= 0xffff ? number : undefined;
}

function time(text: string): number | undefined {
  return scaled(text, { s: 1, m: 60, h: 3600, d: 86_400 });
}

function amount(text: string): number | undefined {
  return scaled(text, { k: 1e3, K: 1e3, m: 1e6, M: 1e6, g: 1e9, G: 1e9, T: 1e12 });
}

function scaled(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)([a-zA-Z]?)$/.exec(text) ?? [];
  const factor = unit === "" ? 1 : units[unit];
  return number === "" || factor === undefined ? undefined : Number(number) * factor;
}

function readRanges(value: string, unit: Unit): Ranges | undefined {
  const ranges = value.split(",").map((text) => readRange(text, unit));
  return ranges.every((range) => range !== undefined) ? ranges : undefined;
}

function readRange(text: string, unit: Unit): Ranges[number] | undefined {
  const [, sign = "", rest = ""] = /^(>=|<=|>|<|=?)(.*)$/.exec(text) ?? [];
  const number = unit(rest);
  if (number !== undefined) return compared(sign, number);
  const dash = rest.indexOf("-", 1);
  if (sign !== "" || dash === -1) return undefined;
  const [from, to] = [unit(rest.slice(0, dash)), unit(rest.slice(dash + 1))];
  return from !== undefined && to !== undefined && from <= to ? { from, to } : undefined;
}

/** All of these columns hold whole numbers, so that "more than n" begins at the next one. */
function compared(sign: string, number: number): Ranges[number] {
  if (sign === ">") return { from: Math.floor(number) + 1, to: Number.POSITIVE_INFINITY };
  if (sign === ">=") return { from: number, to: Number.POSITIVE_INFINITY };
  if (sign === "<") return { from: 0, to: Math.ceil(number) - 1 };
  return sign === "<=" ? { from: 0, to: number } : { from: number, to: number };
}
