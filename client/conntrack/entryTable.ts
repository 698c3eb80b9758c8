import type { Exit, Outcome } from "../../netfilter/observe/command.js";
import type { Columns } from "../../netfilter/observe/conntrack/columns.js";
import { entryAt } from "../../netfilter/observe/conntrack/entry.js";
import { allRows, filterRows } from "../../netfilter/observe/conntrack/filter.js";
import {
  conntrackDying,
  conntrackFile,
  conntrackList,
  conntrackUnconfirmed,
  type EntriesCommand,
  type EntriesReader,
} from "../../netfilter/observe/conntrack/list.js";
import { parseQuery } from "../../netfilter/observe/conntrack/query.js";
import { type Group, groupRows, labelOf, type SortKey, sortRows } from "../../netfilter/observe/conntrack/sort.js";
import { nextOf } from "../../netfilter/observe/packetText/connection.js";
import type { EntryRow, GroupRow, PacketForm, ViewSpec } from "../../webview/protocol.js";
import { answerEnds, csvLine, csvTitles, detailsOf, entryLine, entryRow, firstPacket } from "./entryText.js";
import { fingerprints, freshRows } from "./fingerprints.js";
import { decodeMarks, type MarkRule } from "./marks.js";

const commands: Readonly<Record<string, EntriesCommand>> = Object.fromEntries(
  [conntrackFile, conntrackList, conntrackUnconfirmed, conntrackDying].map((command) => [command.id, command]),
);

/** The id of a command that lists entries: its reader takes the listing. */
export type ListingId = EntriesCommand["id"];

/** What a view of the list comes to. */
export interface Shown {
  readonly shown: number;
  readonly queryErrors: readonly string[];
  readonly groups?: readonly GroupRow[];
}

/** A connection's first packet, and the ends of those that answer it. */
export interface Connection {
  readonly packet: PacketForm;
  readonly answer: PacketForm;
  /** Its entry as `conntrack -L` shows it. */
  readonly line: string;
}

/** What reading the whole list came to. */
export type Ended = Outcome<{
  readonly count: number;
  readonly delta?: { readonly came: number; readonly went: number };
}>;

/**
 * The conntrack entries of a router while and after they come, and the view of them that is shown: filtered, sorted, grouped.
 * Lives in a thread of its own, so that a million entries block nobody.
 */
export class EntryTable {
  private reader: EntriesReader = conntrackList.reader();
  private columns: Columns = this.reader.soFar();
  private rows: Uint32Array = new Uint32Array(0);
  private spec: ViewSpec = { query: "" };
  private listing = 0;
  private before: Float64Array | undefined;
  private fresh: Uint8Array | undefined;
  private meaningOf: (mark: number) => string = () => "";

  /** Entries so far. */
  get count(): number {
    return this.columns.count;
  }

  /** Begins a new listing and gives it a number; the one before is kept only for what has changed since. */
  begin({ command, compare }: { readonly command: ListingId; readonly compare: boolean }): number {
    this.before = compare && this.columns.count > 0 ? fingerprints(this.columns).sort() : undefined;
    this.fresh = undefined;
    this.reader = (commands[command] as EntriesCommand).reader();
    this.columns = this.reader.soFar();
    this.rows = new Uint32Array(0);
    this.listing += 1;
    return this.listing;
  }

  /** Takes a piece of the listing; one of an older listing is passed over. */
  push(listing: number, bytes: Uint8Array): void {
    if (listing !== this.listing) return;
    this.reader.push(bytes);
    this.columns = this.reader.soFar();
  }

  /** The listing is over; a view must be asked for anew. */
  end(listing: number, exit: Exit): Ended {
    if (listing !== this.listing) return replaced;
    const outcome = this.reader.end(exit);
    if (!outcome.ok) return outcome;
    this.columns = outcome.value;
    const delta = this.before && this.compare(this.before);
    this.before = undefined;
    return { ...outcome, value: { count: this.columns.count, ...(delta && { delta }) } };
  }

  private compare(before: Float64Array): { came: number; went: number } {
    const { fresh, came, went } = freshRows(before, fingerprints(this.columns));
    this.fresh = fresh;
    return { came, went };
  }

  /** What `ip rule` says of marks. */
  setMarkRules(rules: readonly MarkRule[]): void {
    this.meaningOf = decodeMarks(rules);
  }

  /** Chooses what is shown of the entries that are there now. */
  view(spec: ViewSpec): Shown {
    this.spec = spec;
    const query = parseQuery(spec.query);
    const { columns } = this;
    const found = query.terms.length > 0 ? filterRows(columns, query) : allRows(columns.count);
    this.rows = spec.sort ? sortRows(columns, found, spec.sort.key, spec.sort.descending) : found;
    const queryErrors = query.errors.map(({ message }) => message);
    const { group } = spec;
    if (!group) return { shown: found.length, queryErrors };
    const groups = groupRows(columns, found, group).slice(0, mostGroups);
    return {
      shown: found.length,
      queryErrors,
      groups: groups.map((one) => groupRow(one, group, labelOf(columns, group, one.row))),
    };
  }

  /** Lines of the view as texts. */
  page(from: number, count: number): readonly EntryRow[] {
    const rows = this.rows.subarray(from, from + Math.min(count, mostAtOnce));
    return Array.from(rows, (row) => entryRow(this.columns, row, this.meaningOf, this.fresh?.[row] === 1));
  }

  /** All that is known of one entry, name by name; nothing for a row that is no more. */
  details(row: number): readonly (readonly [string, string])[] {
    return row < this.columns.count ? detailsOf(entryAt(this.columns, row), this.meaningOf) : [];
  }

  /** The next packet of a connection, with what conntrack knows of it; undefined for a row that is no more. */
  nextPacket(row: number): PacketForm | undefined {
    return row < this.columns.count ? nextOf(entryAt(this.columns, row)).fields : undefined;
  }

  connection(row: number): Connection | undefined {
    if (row >= this.columns.count) return undefined;
    const entry = entryAt(this.columns, row);
    return { packet: firstPacket(entry), answer: answerEnds(entry), line: entryLine(entry) };
  }

  /** The view as CSV, in pieces of some thousand lines. */
  *csv(): Iterable<string> {
    yield csvTitles;
    for (let from = 0; from < this.rows.length; from += mostAtOnce) {
      yield Array.from(this.rows.subarray(from, from + mostAtOnce), (row) => csvLine(entryAt(this.columns, row))).join(
        "",
      );
    }
  }

  /** The rows as CSV lines without titles, for the clipboard. */
  copy(rows: readonly number[]): string {
    const known = rows.filter((row) => row < this.columns.count);
    return csvTitles + known.map((row) => csvLine(entryAt(this.columns, row))).join("");
  }

  /** The view as it was asked for last, over what has come since. */
  again(): Shown {
    return this.view(this.spec);
  }
}

const replaced: Ended = { ok: false, failure: { reason: "cut", message: "Another listing was begun in its place." } };

/** No screen shows more lines at once, and no message carries more. */
const mostAtOnce = 4096;
const mostGroups = 1000;

/** Query keys that ask for a column's value. */
const termKeys: Partial<Record<SortKey, string>> = {
  protocol: "proto",
  state: "state",
  source: "src",
  destination: "dst",
  replySource: "rsrc",
  replyDestination: "rdst",
  sourcePort: "sport",
  destinationPort: "dport",
  replySourcePort: "rsport",
  replyDestinationPort: "rdport",
  mark: "mark",
  zone: "zone",
};

function groupRow({ count, packets, bytes }: Group, key: SortKey, label: string): GroupRow {
  const name = termKeys[key];
  const term = name && label !== "" && !label.includes(" ") ? `${name}:${label}` : "";
  return {
    label: label === "" ? "(none)" : label,
    term,
    count,
    ...(packets !== undefined && { packets }),
    ...(bytes !== undefined && { bytes }),
  };
}
