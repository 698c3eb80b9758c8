import { isSelector, subjectOf } from "../../model/nft/selectors.js";
import type { ValueType } from "../../model/nft/values.js";
import type { Assignment, Expression, ResetOption, Selector, TcpOption } from "../../syntax/nft/nodes.js";
import type { Span } from "../../text/span.js";
import type { Connection, Headers, Meta, Passage } from "../context.js";
import { entryOf } from "./ct.js";
import { formatValue } from "./format.js";
import { unreadable } from "./matches.js";
import { hasTransport } from "./payload.js";
import { isList, isRange, type Read, type Source, type Step } from "./reading.js";
import type { RuleScope } from "./scope.js";
import { sourceOf } from "./sources.js";

/** Compiles `meta mark set ...` and all else that writes to the packet, its connection or what the kernel keeps beside them. */
export function assignmentStep(scope: RuleScope, node: Assignment): Step {
  const { target, value } = node;
  if (!isSelector(target)) return unreadable("assignment", node);
  scope.imply(value, node);
  if (target.kind !== "tcpOption") scope.imply(target, node);
  const place = sourceOf(target, scope.family, scope.program.memory);
  const source = scope.source(value, place.types) ?? unknownSource(value, place);
  const write = writerOf(target, place, source, node);
  return write ?? unreadable("assignment", node);
}

/** A constant that only the loading machine knows. */
function unknownSource(_: Expression, { field, types }: Source): Source {
  return { field, types, read: () => undefined };
}

type Writer = (passage: Passage, value: Exclude<Read, null>) => void;

function writerOf(target: Selector, place: Source, source: Source, span: Span): Step | undefined {
  const [type] = place.types as [ValueType];
  switch (target.kind) {
    case "meta":
      return step(source, metaWriter(target.key.text, type, span));
    case "ct":
      return step(source, ctWriter(target.key.text, target.direction?.text, type, span));
    case "payload":
      return payloadStep(target.header.text, target.field.text, place, source);
    case "tcpOption":
      return optionStep(target, source);
    default:
      return undefined;
  }
}

function step(source: Source, write: Writer | undefined): Step | undefined {
  return (
    write &&
    ((passage) => {
      const value = source.read(passage);
      if (value === null) return undefined;
      write(passage, value);
      return "continue";
    })
  );
}

// ------------------------------------------------------------------------------------------ beside the packet

const numberKeys: Readonly<Record<string, "mark" | "priority" | "secmark">> = {
  mark: "mark",
  priority: "priority",
  secmark: "secmark",
};

const pktTypes: readonly Meta["pktType"][] = ["host", "broadcast", "multicast", "other"];

function metaWriter(word: string, type: ValueType, span: Span): Writer | undefined {
  const key = numberKeys[word];
  if (key)
    return (passage, value) => {
      const { meta } = passage;
      const before = meta[key];
      meta[key] = certain(passage, value, before, `meta ${key}`, span);
      tell(passage, `meta ${key}`, before, meta[key], type);
    };
  if (word === "nftrace")
    return ({ meta }, value) => {
      meta.nftrace = value !== 0;
    };
  if (word === "pkttype")
    return (passage, value) => {
      const { meta } = passage;
      const before = pktTypes.indexOf(meta.pktType);
      meta.pktType = pktTypes[value as number] ?? meta.pktType;
      tell(passage, "meta pkttype", before, value, type);
    };
  return undefined;
}

/** What is not known is tried as it was, and as something that equals nothing else. */
function certain(passage: Passage, value: Read, before: number, field: string, { start, end }: Span): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value & 0xffff_ffffn);
  const why = `What is written to \`${field}\` here is not known.`;
  return passage.guess(why, { start, end }) ? (before ^ 0xa5a5_5a5a) >>> 0 : before;
}

// ------------------------------------------------------------------------------------------ connection

function ctWriter(key: string, direction: string | undefined, type: ValueType, span: Span): Writer | undefined {
  switch (key) {
    case "mark":
      return ofEntry((passage, connection, value) => {
        const before = connection.mark;
        connection.mark = certain(passage, value, before, "ct mark", span);
        tell(passage, "ct mark", before, connection.mark, type);
      });
    case "label":
      return ofEntry((passage, connection, value) => {
        const before = connection.labels;
        connection.labels |= typeof value === "bigint" || typeof value === "number" ? BigInt(value) : 0n;
        tell(passage, "ct label", before, connection.labels, type);
      });
    case "zone":
      return (passage, value) => setZone(passage, value, direction);
    case "event":
    case "secmark":
      return () => undefined;
    default:
      return undefined;
  }
}

/** Writing to an entry that is not there does nothing, and the rule goes on. */
function ofEntry(write: (passage: Passage, connection: Connection, value: Exclude<Read, null>) => void): Writer {
  return (passage, value) => {
    const connection = entryOf(passage);
    if (connection) write(passage, connection, value);
  };
}

function setZone(passage: Passage, value: Read, direction: string | undefined): void {
  if (typeof value !== "number") passage.assume("A conntrack zone that is not known is zone 0.");
  const zone = typeof value === "number" ? value : 0;
  const side = direction === "original" || direction === "reply" ? direction : undefined;
  if (passage.connection) return;
  passage.template({ zone, ...(side && { direction: side }) });
  passage.changed({ field: "ct zone", after: String(zone) });
}

// ------------------------------------------------------------------------------------------ headers

type NumberField = {
  [Key in keyof Headers]-?: number extends Headers[Key] ? Key : never;
}[keyof Headers];

const headerFields: Readonly<Record<string, NumberField>> = {
  "ip saddr": "saddr",
  "ip daddr": "daddr",
  "ip6 saddr": "saddr",
  "ip6 daddr": "daddr",
  "ip ttl": "ttl",
  "ip6 hoplimit": "ttl",
  "ip dscp": "dscp",
  "ip6 dscp": "dscp",
  "ip ecn": "ecn",
  "ip6 ecn": "ecn",
  "ip id": "ipId",
  "ip protocol": "protocol",
  "ip6 nexthdr": "protocol",
  "tcp flags": "tcpFlags",
  "tcp sequence": "tcpSeq",
  "tcp ackseq": "tcpAck",
  "tcp window": "tcpWindow",
  "icmp type": "icmpType",
  "icmp code": "icmpCode",
  "icmp id": "icmpId",
  "icmpv6 type": "icmpType",
  "icmpv6 code": "icmpCode",
  "icmpv6 id": "icmpId",
  "ether saddr": "etherSaddr",
  "ether daddr": "etherDaddr",
};

function fieldOf(header: string, field: string): NumberField | undefined {
  return field === "sport" || field === "dport" ? field : headerFields[`${header} ${field}`];
}

/** Fields that no description of a packet has are written without a trace; what is not there ends the rule. */
function payloadStep(header: string, field: string, place: Source, source: Source): Step {
  const key = fieldOf(header, field);
  const [type] = place.types as [ValueType];
  return (passage) => {
    const value = source.read(passage);
    const before = place.read(passage);
    if (value === null || before === null) return undefined;
    if (key) writeHeader(passage.headers, key, value);
    tell(passage, `${header} ${field}`, before, value, type);
    return "continue";
  };
}

function writeHeader(headers: Headers, key: NumberField, value: Read): void {
  const known = typeof value === "number" || typeof value === "bigint" ? value : undefined;
  if (key === "saddr" || key === "daddr") headers[key] = known ?? headers[key];
  else if (key === "protocol") headers.protocol = typeof known === "number" ? known : headers.protocol;
  else headers[key] = known === undefined ? undefined : Number(known);
}

/** The kernel only ever lowers a segment size; a packet without the option stays as it is. */
function optionStep(target: TcpOption, source: Source): Step {
  const { field } = subjectOf(target);
  const isSize = field === "tcp option maxseg size" || field === "tcp option mss size";
  return (passage) => {
    const { headers } = passage;
    if (headers.protocol !== 6 || !hasTransport(headers)) return undefined;
    const value = source.read(passage);
    if (value === null) return undefined;
    if (!isSize || headers.tcpMss === undefined || typeof value !== "number" || value >= headers.tcpMss)
      return "continue";
    passage.changed({ field, before: String(headers.tcpMss), after: String(value) });
    headers.tcpMss = value;
    return "continue";
  };
}

/** Compiles `reset tcp option ...`: the option is overwritten by padding. */
export function resetStep({ option }: ResetOption): Step {
  const { field } = subjectOf({ ...option, field: undefined });
  const isSize = field === "tcp option maxseg" || field === "tcp option mss";
  return (passage) => {
    const { headers } = passage;
    if (headers.protocol !== 6 || !hasTransport(headers)) return undefined;
    if (isSize && headers.tcpMss !== undefined) {
      passage.changed({ field, before: String(headers.tcpMss), after: "none" });
      headers.tcpMss = undefined;
    }
    return "continue";
  };
}

function tell(passage: Passage, field: string, before: Read, after: Read, type: ValueType): void {
  if (before === after || isRange(after) || isList(after)) return;
  passage.changed({ field, before: formatValue(before, type), after: formatValue(after, type) });
}
