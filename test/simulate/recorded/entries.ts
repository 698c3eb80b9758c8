import type { Entry } from "../../../netfilter/observe/conntrack/entry.js";
import { type ConntrackEvent, EntryReader, readEvent } from "../../../netfilter/observe/conntrack/events.js";
import { formatAddress } from "../../../netfilter/packet/address.js";
import type { ConntrackEntry, Tuple } from "../../../netfilter/simulate/state.js";
import { recordedLines } from "./lab.js";

/** Conntrack's events as they were recorded, one line each. */
export function recordedEvents(path: string): string[] {
  return recordedLines(path).map((line) => {
    const event = readEvent(line);
    if (!event) throw new Error(`no conntrack event: ${line}`);
    return eventLine(event);
  });
}

/** Conntrack's table as it was listed, one line each. */
export function recordedEntries(path: string): string[] {
  return recordedLines(path).map((line) => {
    const entry = new EntryReader().read(line);
    if (!entry) throw new Error(`no conntrack entry: ${line}`);
    return `${listedTuples(entry)} ${listedLife(entry)}`;
  });
}

/** The same of a simulated entry. */
export function entryText(entry: ConntrackEntry): string {
  return `${tuplesText(entry)} ${lifeOf(entry)} ${entry.state ?? ""}`.trim();
}

/** Of what is gone, the state is left out: a simulation does not keep it. */
function eventLine({ kind, entry }: ConntrackEvent): string {
  return kind === "destroy" ? `${kind} ${listedTuples(entry)}` : `${kind} ${listedTuples(entry)} ${listedLife(entry)}`;
}

function listedTuples({ original, reply, mark }: Entry): string {
  const text = (one: typeof original) => {
    const ports = one.icmp ? `${one.icmp.type} id ${one.icmp.id}` : `${one.sourcePort}>${one.destinationPort}`;
    return `${one.source}>${one.destination} ${ports}`;
  };
  return `${text(original)} <- ${text(reply)} mark ${mark}`;
}

/** An event tells of a state only where it changed. */
function listedLife({ unreplied, assured, state = "" }: Entry): string {
  return `${unreplied ? "unreplied" : assured ? "assured" : "replied"} ${state}`.trim();
}

/** The events that lead from one table to the next. */
export function changesOf(before: readonly ConntrackEntry[], after: readonly ConntrackEntry[]): string[] {
  const old = new Map(before.map((entry) => [tupleText(entry.original), entry]));
  const now = new Map(after.map((entry) => [tupleText(entry.original), entry]));
  const gone = before
    .filter(({ original }) => !now.has(tupleText(original)))
    .map((entry) => `destroy ${tuplesText(entry)}`);
  const changed = after.flatMap((entry) => {
    const was = old.get(tupleText(entry.original));
    if (!was) return [`new ${entryText(entry)}`];
    const state = was.state === entry.state ? "" : (entry.state ?? "");
    const same = state === "" && was.mark === entry.mark && lifeOf(was) === lifeOf(entry);
    return same ? [] : [`update ${tuplesText(entry)} ${lifeOf(entry)} ${state}`.trim()];
  });
  return [...gone, ...changed];
}

function tuplesText({ original, reply, mark }: ConntrackEntry): string {
  return `${tupleText(original)} <- ${tupleText(reply)} mark ${mark}`;
}

function lifeOf({ status }: ConntrackEntry): string {
  if (!status.includes("seen-reply")) return "unreplied";
  return status.includes("assured") ? "assured" : "replied";
}

function tupleText({ saddr, daddr, sport, dport, icmpType, icmpId }: Tuple): string {
  const ports = icmpType === undefined ? `${sport}>${dport}` : `${icmpType} id ${icmpId}`;
  return `${formatAddress(saddr)}>${formatAddress(daddr)} ${ports}`;
}
