import type { Exit } from "../../netfilter/observe/command.js";
import type { EntryRow, PacketForm, ViewSpec } from "../../webview/protocol.js";
import type { Connection, Ended, EntryTable, ListingId, Shown } from "./entryTable.js";
import type { MarkRule } from "./marks.js";

/** A call as it crosses to the thread; without an id nobody waits for an answer. */
export interface Request {
  readonly id?: number;
  readonly call: string;
  readonly argument: unknown;
}

/** What the thread can be asked: argument and answer of each call. */
export interface Calls {
  /** The answer is the listing's number, which its pieces carry: those of an older one are not taken. */
  begin: [{ readonly command: ListingId; readonly compare: boolean }, number];
  push: [{ readonly listing: number; readonly bytes: Uint8Array }, undefined];
  end: [{ readonly listing: number; readonly exit: Exit }, Ended];
  count: [undefined, number];
  view: [ViewSpec, Shown];
  again: [undefined, Shown];
  page: [{ readonly from: number; readonly count: number }, readonly EntryRow[]];
  details: [number, readonly (readonly [string, string])[]];
  nextPacket: [number, PacketForm | undefined];
  connection: [number, Connection | undefined];
  copy: [readonly number[], string];
  /** The whole view as CSV, in UTF-8. */
  csv: [undefined, Uint8Array];
  marks: [readonly MarkRule[], undefined];
}

type Performers = { readonly [Call in keyof Calls]: (table: EntryTable, argument: Calls[Call][0]) => Calls[Call][1] };

const performers: Performers = {
  begin: (table, argument) => table.begin(argument),
  push: (table, { listing, bytes }) => void table.push(listing, bytes),
  end: (table, { listing, exit }) => table.end(listing, exit),
  count: (table) => table.count,
  view: (table, spec) => table.view(spec),
  again: (table) => table.again(),
  page: (table, { from, count }) => table.page(from, count),
  details: (table, row) => table.details(row),
  nextPacket: (table, row) => table.nextPacket(row),
  connection: (table, row) => table.connection(row),
  copy: (table, rows) => table.copy(rows),
  csv: (table) => utf8(table.csv()),
  marks: (table, rules) => void table.setMarkRules(rules),
};

/** Does in the thread what was asked from outside. */
export function perform<Call extends keyof Calls>(table: EntryTable, call: Call, argument: unknown): Calls[Call][1] {
  return performers[call](table, argument as Calls[Call][0]);
}

function utf8(pieces: Iterable<string>): Uint8Array {
  const encoder = new TextEncoder();
  const parts = Array.from(pieces, (piece) => encoder.encode(piece));
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
