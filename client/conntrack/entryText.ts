import type { Columns } from "../../netfilter/observe/conntrack/columns.js";
import { type Entry, entryAt, type Traffic, type Tuple } from "../../netfilter/observe/conntrack/entry.js";
import { translation } from "../../netfilter/observe/conntrack/translation.js";
import type { EntryRow, PacketForm } from "../../webview/protocol.js";

type Meaning = (mark: number) => string;

/** A row as the table shows it. */
export function entryRow(columns: Columns, row: number, meaningOf: Meaning, fresh: boolean): EntryRow {
  const entry = entryAt(columns, row);
  return {
    row,
    protocol: entry.protocolName,
    state: entry.state ?? "",
    timeout: entry.timeout === undefined ? "" : duration(entry.timeout),
    original: tupleText(entry.original),
    reply: tupleText(entry.reply),
    translation: translation(entry)?.text ?? "",
    mark: entry.mark === 0 ? "" : markText(entry.mark),
    markMeans: entry.mark === 0 ? "" : meaningOf(entry.mark),
    zone: entry.zone === 0 ? "" : String(entry.zone),
    packets: trafficText(entry, "packets"),
    bytes: trafficText(entry, "bytes"),
    flags: flagsText(entry),
    fresh,
  };
}

/** All that is known of an entry, name by name. */
export function detailsOf(entry: Entry, meaningOf: Meaning): readonly (readonly [string, string])[] {
  const means = meaningOf(entry.mark);
  const lines: [string, string | undefined][] = [
    ["Protocol", `${entry.protocolName} (${entry.protocol}), ${entry.family}`],
    ["State", [entry.state, flagsText(entry)].filter(Boolean).join(", ")],
    ["Original", tupleText(entry.original)],
    ["Reply", tupleText(entry.reply)],
    ["Translation", translation(entry)?.text ?? "none"],
    ["Mark", `${markText(entry.mark)}${means ? `: ${means}` : ""}`],
    ["Timeout", entry.timeout === undefined ? undefined : `${duration(entry.timeout)} (${entry.timeout} s)`],
    ["Sent", entry.sent && bothTexts(entry.sent)],
    ["Received", entry.received && bothTexts(entry.received)],
    ["Zone", String(entry.zone)],
    ["Id", entry.id === undefined ? undefined : String(entry.id)],
    ["Age", entry.age === undefined ? undefined : duration(entry.age)],
    ["Offloaded", entry.offload],
    ["Else", entry.extra],
  ];
  return lines.filter((line): line is [string, string] => line[1] !== undefined && line[1] !== "");
}

/** The first packet of such a connection, for the view of its path. */
export function firstPacket({ original, protocolName, protocol }: Entry): PacketForm {
  const { source, destination, sourcePort, destinationPort, icmp } = original;
  return {
    saddr: source,
    daddr: destination,
    protocol: protocolName,
    ...(sourcePort !== undefined && { sport: String(sourcePort) }),
    ...(destinationPort !== undefined && { dport: String(destinationPort) }),
    ...(protocol === 6 && { flags: "syn" }),
    ...(icmp && { icmpType: String(icmp.type) }),
  };
}

/** The entry as `conntrack -L` shows it, which is how a router's state tells of it. */
export function entryLine(entry: Entry): string {
  const { protocol, protocolName, timeout, state, original, reply, unreplied, assured, mark, zone } = entry;
  const parts = [
    ...[protocolName, protocol, timeout ?? 0, state, tupleLine(original), unreplied && "[UNREPLIED]", tupleLine(reply)],
    ...[assured && "[ASSURED]", `mark=${mark}`, zone > 0 && `zone=${zone}`],
  ];
  return parts.filter((part) => part !== undefined && part !== false).join(" ");
}

function tupleLine({ source, destination, sourcePort, destinationPort, icmp }: Tuple): string {
  const ports = sourcePort === undefined ? "" : ` sport=${sourcePort} dport=${destinationPort}`;
  const echo = icmp ? ` type=${icmp.type} code=${icmp.code} id=${icmp.id}` : "";
  return `src=${source} dst=${destination}${ports}${echo}`;
}

/** Sender and receiver of the answers, as they come back where NAT changes them. */
export function answerEnds({ reply }: Entry): PacketForm {
  const { source, destination, sourcePort, destinationPort } = reply;
  return {
    saddr: source,
    daddr: destination,
    ...(sourcePort !== undefined && { sport: String(sourcePort) }),
    ...(destinationPort !== undefined && { dport: String(destinationPort) }),
  };
}

const csvFields = [
  "family",
  "protocol",
  "state",
  "timeout",
  "source",
  "source port",
  "destination",
  "destination port",
  "reply source",
  "reply source port",
  "reply destination",
  "reply destination port",
  "mark",
  "zone",
  "packets",
  "bytes",
  "reply packets",
  "reply bytes",
  "flags",
] as const;

/** The first line of an export. */
export const csvTitles = `${csvFields.join(",")}\r\n`;

/** An entry as a line of CSV; what spreadsheets would take for a formula is kept from it. */
export function csvLine(entry: Entry): string {
  const { original, reply, sent, received } = entry;
  const fields: readonly (string | number | undefined)[] = [
    entry.family,
    entry.protocolName,
    entry.state,
    entry.timeout,
    original.source,
    firstPort(original),
    original.destination,
    secondPort(original),
    reply.source,
    firstPort(reply),
    reply.destination,
    secondPort(reply),
    markText(entry.mark),
    entry.zone,
    sent?.packets,
    sent?.bytes,
    received?.packets,
    received?.bytes,
    flagsText(entry),
  ];
  return `${fields.map(csvField).join(",")}\r\n`;
}

function csvField(value: string | number | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function firstPort({ sourcePort, icmp }: Tuple): string | number | undefined {
  return icmp ? `type ${icmp.type} code ${icmp.code}` : sourcePort;
}

function secondPort({ destinationPort, icmp }: Tuple): string | number | undefined {
  return icmp ? `id ${icmp.id}` : destinationPort;
}

/** `10.0.0.2:1000 → 192.0.2.1:80`. */
export function tupleText(tuple: Tuple): string {
  const { source, destination, icmp } = tuple;
  const ends = `${end(source, tuple.sourcePort)} → ${end(destination, tuple.destinationPort)}`;
  return icmp ? `${ends} type ${icmp.type} code ${icmp.code} id ${icmp.id}` : ends;
}

function end(address: string, port: number | undefined): string {
  if (port === undefined) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function markText(mark: number): string {
  return `0x${mark.toString(16)}`;
}

function flagsText({ assured, unreplied, offload }: Entry): string {
  return [assured && "ASSURED", unreplied && "UNREPLIED", offload && "OFFLOAD"].filter(Boolean).join(" ");
}

function trafficText({ sent, received }: Entry, unit: keyof Traffic): string {
  if (!sent || !received) return "";
  return unit === "packets" ? String(sent.packets + received.packets) : size(sent.bytes + received.bytes);
}

function bothTexts({ packets, bytes }: Traffic): string {
  return `${packets} packets, ${size(bytes)}`;
}

/** `3.4 MiB`. */
export function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const unit = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return unit === 0 ? `${bytes} B` : `${(bytes / 1024 ** unit).toFixed(1)} ${units[unit]}`;
}

/** `4d 23h`, `1m 20s`: the two largest units. */
export function duration(seconds: number): string {
  const units: readonly [string, number][] = [
    ["d", 86400],
    ["h", 3600],
    ["m", 60],
    ["s", 1],
  ];
  const at = units.findIndex(([, length]) => seconds >= length);
  if (at === -1) return "0s";
  let left = seconds;
  const parts = units.slice(at, at + 2).map(([name, length]) => {
    const count = Math.floor(left / length);
    left -= count * length;
    return count > 0 ? `${count}${name}` : "";
  });
  return parts.filter(Boolean).join(" ");
}
