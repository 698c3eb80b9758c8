import type { Entry } from "../../facts/catalogue.js";
import type { Cursor } from "./cursor.js";
import { Kind } from "./lexer.js";
import type { ExtensionHeader, Inner, NumberLiteral, Payload, RawPayload, Selector, TcpOption, Word } from "./nodes.js";
import {
  extensionHeaders,
  type HeaderWords,
  ipOptions,
  payloadHeaders,
  sctpChunks,
  tcpOptions,
  type Words,
  wordList,
} from "./words.js";

/** `tcp dport`, `ip option lsrr ptr`, `tcp option maxseg size` ...; the header's word is at hand. */
export function payload(c: Cursor): Selector {
  const header = c.takeWord("match", payloadHeaders.get(c.word)?.entry);
  const more = c.word === "option" || c.word === "chunk" ? within.get(`${header.text} ${c.word}`) : undefined;
  return more ? more(c, header.start) : headerField(c, header);
}

const within = new Map<string, (c: Cursor, start: number) => Selector>([
  ["ip option", ipOption],
  ["tcp option", tcpOption],
  ["sctp chunk", sctpChunk],
  ["dccp option", dccpOption],
]);

/** The words after a header, `option` and `chunk` among them. */
function headerField(c: Cursor, header: Word): Payload {
  const fields = payloadHeaders.get(header.text)?.fields ?? new Map();
  const field = header.text === "arp" ? arpField(c, fields) : c.expectOneOf(fields, fieldOf(header.text), "match");
  return { kind: "payload", start: header.start, end: field.end, header, field };
}

function fieldOf(header: string): string {
  return `a field of the \`${header}\` header`;
}

/** `arp saddr ip` and `arp daddr ether` are fields of two words. */
function arpField(c: Cursor, fields: Words): Word {
  const { start, word } = c;
  if (word !== "saddr" && word !== "daddr") return c.expectOneOf(fields, fieldOf("arp"), "match");
  c.take("match", fields.get(`${word} ${c.peekWord()}`));
  const kind = c.expectOneOf(arpAddresses, "`ip` or `ether`, which address is meant", "match");
  return { kind: "word", start, end: kind.end, text: `${word} ${kind.text}` };
}

const arpAddresses = wordList("ip ether");

/** `@nh,0,8`: base, offset and length in bits. */
export function rawPayload(c: Cursor): RawPayload {
  const { start } = c;
  c.take("match");
  const base = c.expectOneOf(rawBases, "`ll`, `nh`, `th` or `ih`", "match");
  const [offset, length] = [rawNumber(c), rawLength(c)];
  return { kind: "rawPayload", start, end: c.last, base, offset, length };
}

const rawBases = wordList("ll nh th ih");

function rawNumber(c: Cursor): NumberLiteral {
  c.expect(Kind.Comma, "`,` and a number of bits");
  return c.expectNumber("a number of bits");
}

/** As many bits as fit into nft's registers. */
function rawLength(c: Cursor): NumberLiteral {
  const length = rawNumber(c);
  if (length.value === 0n || length.value > 512n) {
    c.report("badRawLength", length, "The length of a raw payload is between 1 and 512 bits.");
  }
  return length;
}

// ---------------------------------------------------------------------------------------------- options and chunks

function tcpOption(c: Cursor, start: number): TcpOption {
  c.take("match");
  if (c.accept(Kind.At, "match")) {
    const option = tcpOptionName(c);
    const raw = [rawNumber(c), rawLength(c)];
    return { kind: "tcpOption", start, end: c.last, option, field: undefined, raw };
  }
  const option = tcpOptionName(c);
  const fields = option.kind === "word" ? tcpOptions.get(option.text)?.fields : undefined;
  const field = optionField(c, fields?.has(c.word) ? fields : anyOption, tcpScope);
  return { kind: "tcpOption", start, end: c.last, option, field, raw: undefined };
}

/** What every option has, whatever its kind. */
const anyOption = wordList("length");
const tcpScope = fieldsOfAll(tcpOptions, payloadHeaders.get("tcp"));

/** All fields and names of one kind of option: until the option is complete they are keywords and no values. */
function fieldsOfAll(options: ReadonlyMap<string, HeaderWords>, header?: HeaderWords): ReadonlySet<string> {
  const words = [...options].flatMap(([name, { fields }]) => [name, ...fields.keys()]);
  return new Set([...words, ...(header?.fields.keys() ?? [])]);
}

/** A field of an option or chunk, which may also stand alone to ask whether it is there. */
function optionField(c: Cursor, fields: Words<Entry | undefined>, scope: ReadonlySet<string>): Word | undefined {
  if (!fields.has(c.word) && scope.has(c.word)) c.failWord("a field of this option or a value", fields.keys());
  return c.acceptOneOf(fields, "match");
}

/** A TCP option by name or number. */
export function tcpOptionName(c: Cursor): Word | NumberLiteral {
  if (c.kind !== Kind.Number) {
    if (!tcpOptions.has(c.word)) return c.failWord("the name or number of a TCP option", tcpOptions.keys());
    return c.takeWord("match", tcpOptions.get(c.word)?.entry);
  }
  const number = c.expectNumber("the number of a TCP option");
  if (number.value > 255n) c.report("valueTooLarge", number, "The number of a TCP option is one byte: at most 255.");
  return number;
}

const ipScope = fieldsOfAll(ipOptions, payloadHeaders.get("ip"));
const sctpScope = fieldsOfAll(sctpChunks);

function ipOption(c: Cursor, start: number): Selector {
  c.take("match");
  if (!ipOptions.has(c.word)) return c.failWord("the name of an IP option", ipOptions.keys());
  const fields = ipOptions.get(c.word)?.fields ?? new Map();
  const option = c.takeWord("match", ipOptions.get(c.word)?.entry);
  const field = optionField(c, fields, ipScope);
  return { kind: "ipOption", start, end: c.last, option, field };
}

function sctpChunk(c: Cursor, start: number): Selector {
  c.take("match");
  if (!sctpChunks.has(c.word)) return c.failWord("the name of an SCTP chunk", sctpChunks.keys());
  const fields = sctpChunks.get(c.word)?.fields ?? new Map();
  const chunk = c.takeWord("match", sctpChunks.get(c.word)?.entry);
  const field = optionField(c, fields, sctpScope);
  return { kind: "sctpChunk", start, end: c.last, chunk, field };
}

function dccpOption(c: Cursor, start: number): Selector {
  c.take("match");
  const option = c.expectNumber("the number of a DCCP option");
  if (option.value > 255n) c.report("valueTooLarge", option, "The number of a DCCP option is one byte: at most 255.");
  return { kind: "dccpOption", start, end: c.last, option };
}

// ---------------------------------------------------------------------------------------------- extension headers

/** `frag id`, `rt0 addr[1]`; the header's word is at hand. */
export function extensionHeader(c: Cursor): ExtensionHeader {
  const words = extensionHeaders.get(c.word);
  const header = c.takeWord("match", words?.entry);
  if (c.word !== "" && words?.fields.has(`${c.word}[1]`)) return numberedField(c, header, words.fields);
  const field = c.expectOneOf(words?.fields ?? new Map(), fieldOf(header.text), "match");
  return { kind: "exthdr", start: header.start, end: c.last, header, field, index: undefined };
}

/** A field of which there are many, so that one is chosen by number: `sid[1]`. */
function numberedField(c: Cursor, header: Word, fields: Words): ExtensionHeader {
  const field = c.takeWord("match", fields.get(`${c.word}[1]`));
  c.expect(Kind.OpenBracket, `\`[\` and a number, as in \`${field.text}[1]\``);
  const index = c.expectNumber(`a number, as in \`${field.text}[1]\``);
  c.expect(Kind.CloseBracket, "`]`");
  return { kind: "exthdr", start: header.start, end: c.last, header, field, index };
}

/** `exthdr hbh`: is there such a header? */
export function extensionExists(c: Cursor): ExtensionHeader {
  const { start } = c;
  c.take("match");
  const header = c.expectOneOf(existing, "an extension header: `hbh`, `rt`, `frag`, `dst` or `mh`", "match");
  return { kind: "exthdr", start, end: header.end, header, field: undefined, index: undefined };
}

const existing = new Map(["hbh", "rt", "frag", "dst", "mh"].map((word) => [word, extensionHeaders.get(word)?.entry]));

// ---------------------------------------------------------------------------------------------- tunnels

/** `vxlan vni`, or a header inside the tunnel: `vxlan ip saddr`. */
export function innerHeader(c: Cursor): Selector {
  const words = payloadHeaders.get(c.word);
  const tunnel = c.takeWord("match", words?.entry);
  if (!payloadHeaders.has(c.word) || words?.fields.has(c.word)) return headerField(c, tunnel);
  const expression = payload(c) as Inner["expression"];
  return { kind: "inner", start: tunnel.start, end: c.last, tunnel, expression } satisfies Inner;
}
