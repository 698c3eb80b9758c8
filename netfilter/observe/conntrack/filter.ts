import { type Columns, flag, noTimeout } from "./columns.js";
import { hasPorts, isIcmp, protocolName } from "./entry.js";
import type { AddressRanges, Quality, Query, Ranges, Term, Test } from "./query.js";
import { allRows } from "./radix.js";

export { allRows };

/** Says of a row whether it passes. */
export type Predicate = (row: number) => boolean;

/** The rows that pass every term, in their order; with `among` only of those. A million rows take some tens of milliseconds. */
export function filterRows(columns: Columns, query: Query, among?: Uint32Array): Uint32Array {
  let rows = among ?? allRows(columns.count);
  for (const term of query.terms) rows = passing(rows, compileTerm(columns, term));
  return rows;
}

/** A query as one question about a row, for entries that come one by one. */
export function compileQuery(columns: Columns, query: Query): Predicate {
  const predicates = query.terms.map((term) => compileTerm(columns, term));
  return (row) => predicates.every((predicate) => predicate(row));
}

function passing(rows: Uint32Array, predicate: Predicate): Uint32Array {
  const passed = new Uint32Array(rows.length);
  let count = 0;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number;
    if (predicate(row)) passed[count++] = row;
  }
  return passed.slice(0, count);
}

function compileTerm(columns: Columns, { test, negated }: Term): Predicate {
  const predicate = compile(columns, test);
  return negated ? (row) => !predicate(row) : predicate;
}

function compile(columns: Columns, test: Test): Predicate {
  switch (test.kind) {
    case "address":
      return either(test.columns.map((column) => addressTest(columns, columns[column], test.ranges)));
    case "port":
      return portTest(columns, either(test.columns.map((column) => within(columns[column], test.ranges))));
    case "number":
      return test.column === "timeout" ? timeoutTest(columns, test.ranges) : within(columns[test.column], test.ranges);
    case "traffic":
      return trafficTest(columns, test.unit, test.ranges);
    case "mark":
      return markTest(columns, test.marks);
    case "protocol":
      return among(columns.protocol, test.numbers);
    case "state":
      return among(
        columns.state,
        indexesOf(columns.states, (name) => test.names.includes(name)),
      );
    case "is":
      return qualityTest(columns, test.what);
    case "icmp":
      return icmpTest(columns, test.part === "type" ? 8 : 0, test.ranges);
    case "text":
      return textTest(columns, test.text);
  }
}

function either(predicates: readonly Predicate[]): Predicate {
  const [first, second, third, fourth] = predicates;
  if (!first) return () => false;
  if (!second) return first;
  if (!third || !fourth) return (row) => first(row) || second(row);
  return (row) => first(row) || second(row) || third(row) || fourth(row);
}

function within(column: ArrayLike<number> | undefined, ranges: Ranges): Predicate {
  const [only] = ranges;
  if (!column) return ranges.some(({ from, to }) => from <= 0 && to >= 0) ? () => true : () => false;
  if (ranges.length === 1 && only) {
    const { from, to } = only;
    return (row) => (column[row] as number) >= from && (column[row] as number) <= to;
  }
  return (row) => inRanges(column[row] as number, ranges);
}

function inRanges(value: number, ranges: Ranges): boolean {
  for (const { from, to } of ranges) if (value >= from && value <= to) return true;
  return false;
}

/** IPv4 is compared as numbers; IPv6 is asked of each address of the table once. */
function addressTest({ flags, addresses }: Columns, column: Uint32Array, ranges: AddressRanges): Predicate {
  const four = ranges
    .filter(({ family }) => family === "ipv4")
    .map(({ from, to }) => ({ from: Number(from), to: Number(to) }));
  const six = ranges.filter(({ family }) => family === "ipv6");
  const inFour = within(column, four);
  const hits = six.length > 0 ? tableHits(addresses, six) : undefined;
  return (row) =>
    ((flags[row] as number) & flag.ipv6) === 0
      ? four.length > 0 && inFour(row)
      : hits !== undefined && hits[column[row] as number] === 1;
}

function tableHits(addresses: Uint32Array, ranges: AddressRanges): Uint8Array {
  const hits = new Uint8Array(addresses.length / 4);
  const bounds = ranges.map(({ from, to }) => ({ from: words(from), to: words(to) }));
  for (let index = 0; index < hits.length; index++) {
    const at = index * 4;
    if (bounds.some(({ from, to }) => order(addresses, at, from) >= 0 && order(addresses, at, to) <= 0))
      hits[index] = 1;
  }
  return hits;
}

function words(value: bigint): readonly number[] {
  return [96n, 64n, 32n, 0n].map((shift) => Number((value >> shift) & 0xffff_ffffn));
}

function order(addresses: Uint32Array, at: number, other: readonly number[]): number {
  for (let word = 0; word < 4; word++) {
    const difference = (addresses[at + word] as number) - (other[word] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function portTest({ protocol }: Columns, predicate: Predicate): Predicate {
  const withPorts = Uint8Array.from({ length: 256 }, (_, number) => (hasPorts(number) ? 1 : 0));
  return (row) => withPorts[protocol[row] as number] === 1 && predicate(row);
}

function timeoutTest({ timeout }: Columns, ranges: Ranges): Predicate {
  const inside = within(timeout, ranges);
  return (row) => timeout[row] !== noTimeout && inside(row);
}

function trafficTest(columns: Columns, unit: "packets" | "bytes", ranges: Ranges): Predicate {
  const sent = columns[unit];
  const received = unit === "packets" ? columns.replyPackets : columns.replyBytes;
  if (!sent || !received) return () => false;
  return (row) => inRanges((sent[row] as number) + (received[row] as number), ranges);
}

function markTest({ mark }: Columns, marks: readonly { readonly value: number; readonly mask: number }[]): Predicate {
  const signed = marks.map(({ value, mask }) => ({ value: value | 0, mask: mask | 0 }));
  return (row) => signed.some(({ value, mask }) => ((mark[row] as number) & mask) === value);
}

function among(column: Uint8Array, numbers: readonly number[]): Predicate {
  const wanted = new Uint8Array(256);
  for (const number of numbers) wanted[number] = 1;
  return (row) => wanted[column[row] as number] === 1;
}

function indexesOf(names: readonly string[], wanted: (name: string) => boolean): number[] {
  return names.flatMap((name, index) => (name !== "" && wanted(name) ? [index] : []));
}

function qualityTest(columns: Columns, what: Quality): Predicate {
  const { flags } = columns;
  const bits = { assured: flag.assured, unreplied: flag.unreplied, ipv6: flag.ipv6 };
  if (what === "ipv4") return (row) => ((flags[row] as number) & flag.ipv6) === 0;
  if (what === "offload") return (row) => ((flags[row] as number) & (flag.offload | flag.hardwareOffload)) !== 0;
  if (what === "snat") return sourceTranslated(columns);
  if (what === "dnat") return destinationTranslated(columns);
  if (what === "nat") return either([sourceTranslated(columns), destinationTranslated(columns)]);
  const bit = bits[what];
  return (row) => ((flags[row] as number) & bit) !== 0;
}

/** Answers go to another address or port than the first packet came from. */
export function sourceTranslated(columns: Columns): Predicate {
  const { source, replyDestination, sourcePort, replyDestinationPort, destinationPort, protocol } = columns;
  return (row) =>
    source[row] !== replyDestination[row] ||
    (isIcmp(protocol[row] as number)
      ? destinationPort[row] !== replyDestinationPort[row]
      : sourcePort[row] !== replyDestinationPort[row]);
}

/** Answers come from another address or port than the first packet was sent to. */
export function destinationTranslated(columns: Columns): Predicate {
  const { destination, replySource, destinationPort, replySourcePort, protocol } = columns;
  return (row) =>
    destination[row] !== replySource[row] ||
    (!isIcmp(protocol[row] as number) && destinationPort[row] !== replySourcePort[row]);
}

function icmpTest({ protocol, sourcePort }: Columns, shift: number, ranges: Ranges): Predicate {
  return (row) => isIcmp(protocol[row] as number) && inRanges(((sourcePort[row] as number) >> shift) & 255, ranges);
}

function textTest(columns: Columns, text: string): Predicate {
  const has = (name: string) => name.toLowerCase().includes(text);
  const inState = among(columns.state, indexesOf(columns.states, has));
  const byProtocol = Array.from({ length: 256 }, (_, number) => number).filter((number) => has(protocolName(number)));
  const inProtocol = among(columns.protocol, byProtocol);
  const { extra } = columns;
  const extras = Uint8Array.from(columns.extras, (each) => (each !== "" && has(each) ? 1 : 0));
  if (!extra) return (row) => inState(row) || inProtocol(row);
  return (row) => inState(row) || inProtocol(row) || extras[extra[row] as number] === 1;
}
