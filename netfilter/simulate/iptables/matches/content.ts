import type { Headers } from "../../context.js";
import { type Options, readNumber, spanOf } from "../options.js";
import { invert, isWanted, type Test, unsure } from "../test.js";
import type { Matches } from "./define.js";

/** Matches on lengths, hops and content. */
export const contentMatches: Matches = {
  length: (options) => fieldTest(options, "length", "length", "length", 0xffff),
  ttl: (options) => hopsTest(options, "ttl"),
  hl: (options) => hopsTest(options, "hl"),
  tcpmss: segmentSizeTest,
  string: stringTest,
  u32: (options) => unsure("What `-m u32` finds in the packet's bytes is not worked out.", options.span),
  bpf: (options) => unsure("What a BPF program says of the packet is not worked out.", options.span),
  osf: (options) => unsure("Which operating system sent the packet is not known.", options.span),
};

function fieldTest(
  options: Options,
  name: string,
  field: "length" | "ttl",
  what: string,
  most: number,
): Test | undefined {
  const wanted = options.range(name, what, most);
  return wanted && ((passage) => isWanted(passage.headers[field], wanted, passage));
}

function hopsTest(options: Options, name: "ttl" | "hl"): Test | undefined {
  const what = name === "ttl" ? "TTL" : "hop limit";
  const node = options.nodes.find(({ option }) => option?.names[0]?.startsWith(`${name}-`));
  const limit = readNumber(node?.values[0]?.text) ?? 0;
  const span = spanOf(node ?? options.span);
  const negated = node?.negation !== undefined;
  if (options.has(`${name}-lt`)) return ttlWithin({ from: 0, to: limit - 1, negated, what, span });
  if (options.has(`${name}-gt`)) return ttlWithin({ from: limit + 1, to: 255, negated, what, span });
  return fieldTest(options, `${name}-eq`, "ttl", what, 255);
}

function ttlWithin(wanted: Parameters<typeof isWanted>[1]): Test {
  return (passage) => isWanted(passage.headers.ttl, wanted, passage);
}

/** A segment without the option matches only where the question is negated. */
function segmentSizeTest(options: Options): Test | undefined {
  const wanted = options.range("mss", "segment size", 0xffff);
  if (!wanted) return undefined;
  const { from, to, negated } = wanted;
  return ({ headers: { tcpMss } }) => (tcpMss !== undefined && tcpMss >= from && tcpMss <= to) !== negated;
}

/** Looks through what is known of the packet's content. Headers are not searched. */
function stringTest(options: Options): Test {
  const hex = options.text("hex-string");
  const pattern = hex === undefined ? toBytes(options.text("string") ?? "") : readHex(hex);
  const negated = options.negated("string") || options.negated("hex-string");
  const ignoreCase = options.has("icase");
  const from = options.number("from") ?? 0;
  const to = options.number("to") ?? 0xffff;
  const test: Test = (passage) => {
    const found = find(passage.headers, pattern, ignoreCase, { from, to });
    return found ?? passage.guess("The packet's content is not known.", options.span);
  };
  return invert(test, negated);
}

function find(
  { payload, length }: Headers,
  pattern: Uint8Array,
  ignoreCase: boolean,
  { from, to }: { readonly from: number; readonly to: number },
): boolean | undefined {
  if (!payload) return undefined;
  const limited = from > 0 || to < 0xffff;
  if (limited && length === undefined) return undefined;
  const offset = limited ? (length as number) - payload.length : 0;
  const same = ignoreCase
    ? (a: number | undefined, b: number | undefined) => lower(a) === lower(b)
    : (a: number | undefined, b: number | undefined) => a === b;
  for (let at = 0; at + pattern.length <= payload.length; at++) {
    if (offset + at < from || (limited && offset + at + pattern.length > to)) continue;
    if (pattern.every((byte, index) => same(byte, payload[at + index]))) return true;
  }
  return false;
}

function lower(byte: number | undefined): number | undefined {
  return byte !== undefined && byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

function toBytes(text: string): Uint8Array {
  return Uint8Array.from([...text].flatMap((letter) => utf8(letter.codePointAt(0) ?? 0)));
}

function utf8(point: number): number[] {
  if (point < 0x80) return [point];
  const rest = (shift: number) => 0x80 | ((point >> shift) & 0x3f);
  if (point < 0x800) return [0xc0 | (point >> 6), rest(0)];
  if (point < 0x1_0000) return [0xe0 | (point >> 12), rest(6), rest(0)];
  return [0xf0 | (point >> 18), rest(12), rest(6), rest(0)];
}

/** `|0d 0a|Host`: bytes in hexadecimal between bars, letters outside. */
function readHex(text: string): Uint8Array {
  const parts = text.split("|");
  return Uint8Array.from(
    parts.flatMap((part, index) =>
      index % 2 === 0
        ? [...toBytes(part)]
        : (part.match(/[\da-f]{2}/gi) ?? []).map((byte) => Number.parseInt(byte, 16)),
    ),
  );
}
