import { findDatatype, findField, findHeader, findKey } from "../../facts/nft/index.js";
import type { Datatype, Field, Header, HeaderGroup, Key } from "../../facts/nft/types.js";
import type { Expression, NumberLiteral, Selector, TcpOption } from "../../syntax/nft/nodes.js";

/** What an expression reads of the packet, its connection or the machine. */
export interface Subject {
  /** nft's own spelling: `meta mark`, `ct original ip saddr`, `tcp dport`. */
  readonly field: string;
  readonly datatype: Datatype | undefined;
  /** 0 where it is not known. */
  readonly bits: number;
  readonly header?: Header;
  readonly headerField?: Field;
  readonly key?: Key;
}

const selectorKinds: ReadonlySet<string> = new Set([
  "payload",
  "rawPayload",
  "exthdr",
  "tcpOption",
  "ipOption",
  "sctpChunk",
  "dccpOption",
  "inner",
  "meta",
  "ct",
  "rt",
  "socket",
  "osf",
  "fib",
  "ipsec",
  "numgen",
  "hash",
  "tunnelKey",
]);

/** True for what reads the packet, false for values. */
export function isSelector(expression: Expression): expression is Selector {
  return selectorKinds.has(expression.kind);
}

/** Other spellings of `meta` keys. */
const metaAliases: Readonly<Record<string, string>> = {
  ibriport: "ibrname",
  ibridgename: "ibrname",
  obriport: "obrname",
  obridgename: "obrname",
};

/** What `selector` reads and of which type that is. */
export function subjectOf(selector: Selector): Subject {
  switch (selector.kind) {
    case "payload":
      return headerSubject("payload", selector.header.text, selector.field.text);
    case "exthdr":
      return selector.field && selector.index
        ? numberedField(selector.header.text, selector.field.text, selector.index.value)
        : headerSubject("exthdr", selector.header.text, selector.field?.text);
    case "tcpOption":
      if (selector.raw) return rawOption(selector, selector.raw);
      return selector.option.kind === "word"
        ? headerSubject("tcp option", selector.option.text, selector.field?.text)
        : numberedOption(selector.option.value, selector.field !== undefined);
    case "ipOption":
      return headerSubject("ip option", selector.option.text, selector.field?.text);
    case "sctpChunk":
      return headerSubject("sctp chunk", selector.chunk.text, selector.field?.text);
    case "inner": {
      const inside = subjectOf(selector.expression);
      return { ...inside, field: `${selector.tunnel.text} ${inside.field}` };
    }
    case "rawPayload": {
      const { base, offset, length } = selector;
      const type = base.text === "th" && isPort(offset.value, length.value) ? "inet_service" : "integer";
      const bits = Math.min(Number(length.value), mostRawBits);
      return ofType(`@${base.text},${offset.value},${length.value}`, type, bits);
    }
    case "dccpOption":
      return ofType(`dccp option ${selector.option.value}`, "boolean", 1);
    default:
      return keySubject(selector);
  }
}

/** Far more than nft reads at once; a number of 2^32 bits is more than we could calculate with. */
const mostRawBits = 1 << 20;

/** The first two numbers of 16 bits in a transport header are its ports, also where they are read by their place. */
function isPort(offset: bigint, length: bigint): boolean {
  return length === 16n && (offset === 0n || offset === 16n);
}

const subjects = new Map<HeaderGroup, Map<string, Map<string | undefined, Subject>>>();

/** Worked out once for every field that is used. */
function headerSubject(group: HeaderGroup, headerWord: string, fieldWord: string | undefined): Subject {
  const headers = mapAt(subjects, group);
  const fields = mapAt(headers, headerWord);
  let subject = fields.get(fieldWord);
  if (!subject) {
    subject = findSubject(group, headerWord, fieldWord);
    fields.set(fieldWord, subject);
  }
  return subject;
}

function mapAt<K, L, V>(maps: Map<K, Map<L, V>>, key: K): Map<L, V> {
  let map = maps.get(key);
  if (!map) {
    map = new Map();
    maps.set(key, map);
  }
  return map;
}

function findSubject(group: HeaderGroup, headerWord: string, fieldWord: string | undefined): Subject {
  const prefix = group === "payload" || group === "exthdr" ? headerWord : `${group} ${headerWord}`;
  const header = findHeader(headerWord, group);
  if (fieldWord === undefined) return { ...ofType(prefix, "boolean", 1), ...(header && { header }) };
  const headerField = header && findField(header, fieldWord);
  const datatype = headerField && findDatatype(headerField.datatype);
  return {
    field: `${prefix} ${fieldWord}`,
    datatype,
    bits: headerField?.bits ?? 0,
    ...(header && { header }),
    ...(headerField && { headerField }),
  };
}

/** `srh sid[2]`: all of the list are of one type. */
function numberedField(header: string, field: string, index: bigint): Subject {
  return { ...headerSubject("exthdr", header, `${field}[1]`), field: `${header} ${field}[${index}]` };
}

/** `tcp option 30`: whether it is there; of which type its fields are is not known. */
function numberedOption(number: bigint, hasField: boolean): Subject {
  const field = `tcp option ${number}`;
  return hasField ? { field, datatype: undefined, bits: 0 } : ofType(field, "boolean", 1);
}

/** `tcp option @30,0,4`: offset and length are the last two numbers. */
function rawOption({ option }: TcpOption, numbers: readonly NumberLiteral[]): Subject {
  const [offset, length] = numbers.slice(-2).map(({ value }) => value);
  const number = option.kind === "number" ? option.value : option.text;
  return ofType(`tcp option @${number},${offset},${length}`, "integer", Number(length ?? 0));
}

type KeySelector = Exclude<
  Selector,
  { kind: "payload" | "rawPayload" | "exthdr" | "tcpOption" | "ipOption" | "sctpChunk" | "dccpOption" | "inner" }
>;

function keySubject(selector: KeySelector): Subject {
  switch (selector.kind) {
    case "meta":
      return metaSubject(selector.key.text);
    case "ct": {
      const words = [selector.direction?.text, selector.family?.text, selector.key.text];
      return ofAddressKey(["ct", ...words], findKey("ct", selector.key.text), selector.family?.text);
    }
    case "rt":
      return ofAddressKey(
        ["rt", selector.family?.text, selector.key.text],
        findKey("rt", selector.key.text),
        selector.family?.text,
      );
    case "ipsec": {
      const words = ["ipsec", selector.direction.text, selector.family?.text, selector.key.text];
      return ofAddressKey(words, findKey("ipsec", selector.key.text), selector.family?.text);
    }
    case "socket":
      return ofKey(`socket ${selector.key.text}`, findKey("socket", selector.key.text));
    case "osf":
      return ofKey(`osf ${selector.key.text}`, findKey("osf", selector.key.text));
    case "tunnelKey":
      return ofKey(`tunnel ${selector.key.text}`, findKey("tunnel", selector.key.text));
    case "fib": {
      const flags = selector.flags.map(({ text }) => text).join(" . ");
      return ofKey(`fib ${flags} ${selector.result.text}`, findKey("fib", selector.result.text));
    }
    case "numgen":
      return ofType(`numgen ${selector.mode.text}`, "integer", 32);
    case "hash":
      return ofType(selector.type, "integer", 32);
  }
}

const metaSubjects = new Map<string, Subject>();

/** Worked out once for every key that is used. */
function metaSubject(key: string): Subject {
  let subject = metaSubjects.get(key);
  if (!subject) {
    const word = metaAliases[key] ?? key;
    subject = ofKey(`meta ${word}`, findKey("meta", key) ?? findKey("meta", word));
    metaSubjects.set(key, subject);
  }
  return subject;
}

function ofKey(field: string, key: Key | undefined): Subject {
  return {
    field,
    datatype: key && findDatatype(key.datatype),
    bits: key?.bits ?? 0,
    ...(key && { key }),
  };
}

/** Addresses have the type of the family that stands before them. */
function ofAddressKey(
  words: readonly (string | undefined)[],
  key: Key | undefined,
  family: string | undefined,
): Subject {
  const subject = ofKey(words.filter(Boolean).join(" "), key);
  if (!family || !key?.addressFamily) return subject;
  return family === "ip" ? { ...subject, ...typed("ipv4_addr", 32) } : { ...subject, ...typed("ipv6_addr", 128) };
}

function ofType(field: string, datatype: string, bits: number): Subject {
  return { field, ...typed(datatype, bits) };
}

function typed(datatype: string, bits: number): { datatype: Datatype | undefined; bits: number } {
  return { datatype: findDatatype(datatype), bits };
}
