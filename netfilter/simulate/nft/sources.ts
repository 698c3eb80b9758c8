import { findDatatype } from "../../facts/nft/index.js";
import { subjectOf } from "../../model/nft/selectors.js";
import type { ValueType } from "../../model/nft/values.js";
import type { Hash, Numgen, RawPayload, Rt, Selector, Socket, TcpOption } from "../../syntax/nft/nodes.js";
import type { Span } from "../../text/span.js";
import type { Headers, Passage } from "../context.js";
import { ctReader } from "./ct.js";
import { fibReader } from "./fib.js";
import { Cell, type Memory } from "./memory.js";
import { metaReader } from "./meta.js";
import { hasTransport, payloadReader, type Reader } from "./payload.js";
import { rawBits } from "./raw.js";
import { choose, type Read, type Source } from "./reading.js";

/** Reads what a selector names; `family` is the table's. */
export function sourceOf(selector: Selector, family: string, memory: Memory): Source {
  const { field, datatype, bits } = subjectOf(selector);
  const type = addressed(selector, family) ?? { datatype, bits };
  return { field, types: [type], read: readerOf(selector, memory) };
}

/** Addresses of connections are the table's family's where the rule names none. */
function addressed(selector: Selector, family: string): ValueType | undefined {
  const isAddress = selector.kind === "ct" && (selector.key.text === "saddr" || selector.key.text === "daddr");
  if (!isAddress || (selector.family?.text ?? family) !== "ip6") return undefined;
  return { datatype: findDatatype("ipv6_addr"), bits: 128 };
}

function readerOf(selector: Selector, memory: Memory): Reader {
  switch (selector.kind) {
    case "payload":
      return payloadReader(selector.header.text, selector.field.text);
    case "rawPayload":
      return rawReader(selector);
    case "meta":
      return metaReader(aliases[selector.key.text] ?? selector.key.text);
    case "ct":
      return ctReader(selector);
    case "fib":
      return fibReader(selector);
    case "tcpOption":
      return tcpOptionReader(selector);
    case "exthdr":
      return extensionReader(selector.header.text, selector.field?.text);
    case "ipOption":
      return optionless(selector.field === undefined, "The packet has no IPv4 options.");
    case "rt":
      return rtReader(selector);
    case "ipsec":
      return none("The packet does not come from IPsec and will not be encrypted by it.");
    case "tunnelKey":
      return optionless(selector.key.text === "path", "The packet did not come through a tunnel device.");
    case "socket":
      return socketReader(selector);
    case "numgen":
      return numgenReader(selector, memory);
    case "hash":
      return hashReader(selector);
    default:
      return () => undefined;
  }
}

const aliases: Readonly<Record<string, string>> = {
  ibriport: "ibrname",
  ibridgename: "ibrname",
  obriport: "obrname",
  obridgename: "obrname",
};

function rawReader({ base, offset, length }: RawPayload): Reader {
  const [from, bits] = [Number(offset.value), Number(length.value)];
  return ({ headers }) => rawBits(headers, base.text, from, bits);
}

/** Something that no packet is taken to have: absent, or 0 where the rule asks whether it is there. */
function optionless(asksPresence: boolean, sentence: string): Reader {
  const answer = asksPresence ? 0 : null;
  return (passage) => {
    passage.assume(sentence);
    return answer;
  };
}

function none(sentence: string): Reader {
  return optionless(false, sentence);
}

const maxseg: ReadonlySet<string> = new Set(["maxseg", "mss"]);

function tcpOptionReader({ option, field }: TcpOption): Reader {
  const isMss = option.kind === "word" ? maxseg.has(option.text) : option.value === 2n;
  const absent = field === undefined ? 0 : null;
  const found = (headers: Headers): Read => {
    if (!isMss) return undefined;
    if (headers.tcpMss === undefined) return absent;
    return field === undefined ? 1 : mssField(field.text, headers.tcpMss);
  };
  return ({ headers }) => (headers.protocol === 6 && hasTransport(headers) ? found(headers) : absent);
}

function mssField(field: string, size: number): number {
  return field === "kind" ? 2 : field === "length" ? 4 : size;
}

function extensionReader(header: string, field: string | undefined): Reader {
  if (header !== "frag") return optionless(field === undefined, "The packet has no IPv6 extension headers.");
  return ({ headers: { fragment } }) => {
    if (field === undefined) return fragment ? 1 : 0;
    if (!fragment) return null;
    return field === "frag-off" ? fragment.offset >> 3 : field === "more-fragments" ? Number(fragment.more) : undefined;
  };
}

function rtReader({ key }: Rt): Reader {
  switch (key.text) {
    case "classid":
      return metaReader("rtclassid");
    case "ipsec":
      return metaReader("ipsec");
    case "mtu":
      return segmentSize;
    default:
      return () => undefined;
  }
}

/** The largest segment that fits both ways: the smaller of the two interfaces' MTUs, less the headers. */
function segmentSize(passage: Passage): Read {
  const { oif, iif, headers } = passage;
  if (oif?.mtu === undefined) return undefined;
  passage.assume("Routes have the MTU of their interface.");
  return Math.min(oif.mtu, iif?.mtu ?? oif.mtu) - (headers.family === "ipv4" ? 40 : 60);
}

/** Whose socket it is, no state tells. */
function socketReader(_: Socket): Reader {
  return () => undefined;
}

/** Numbers of which so few are possible are tried one by one. */
const fewest = 16;

function oneOf(modulus: number, offset: number, what: string, span: Span): Reader {
  if (modulus > fewest) return () => undefined;
  const values = Array.from({ length: modulus }, (_, index) => index + offset);
  return (passage) =>
    choose(passage, values, (value) => `\`${what}\` may give ${value}: it is not the file that decides.`, span);
}

function numgenReader({ mode, modulus, offset, start, end }: Numgen, memory: Memory): Reader {
  const [below, base] = [Number(modulus.value), Number(offset?.value ?? 0n)];
  if (mode.text === "random") return oneOf(below, base, "numgen random", { start, end });
  const next = new Cell(memory, 0, (value: number) => value);
  return (passage) => {
    passage.assume("`numgen inc` counts from 0, as after a load.");
    const value = next.value;
    next.set((value + 1) % below);
    return value + base;
  };
}

function hashReader({ type, modulus, offset, start, end }: Hash): Reader {
  return oneOf(Number(modulus.value), Number(offset?.value ?? 0n), type, { start, end });
}
