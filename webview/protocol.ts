import type { Failure } from "../netfilter/observe/command.js";
import type { SortKey } from "../netfilter/observe/conntrack/sort.js";

/** What the conntrack view and the extension host say to each other. */

/** Which of the kernel's lists is shown. */
export type ConntrackList = "all" | "unconfirmed" | "dying";

/** What of the list is shown, and in which order. */
export interface ViewSpec {
  readonly query: string;
  readonly sort?: { readonly key: SortKey; readonly descending: boolean };
  readonly group?: SortKey;
}

/** One entry as the table shows it; every text is plain. */
export interface EntryRow {
  /** The row's number in the list, by which it is copied and followed. */
  readonly row: number;
  readonly protocol: string;
  readonly state: string;
  readonly timeout: string;
  readonly original: string;
  readonly reply: string;
  /** `snat 10.0.0.2:1000 -> 198.51.100.1:1000`, or empty. */
  readonly translation: string;
  readonly mark: string;
  /** What `ip rule` makes of the mark; empty where it says nothing. */
  readonly markMeans: string;
  readonly zone: string;
  readonly packets: string;
  readonly bytes: string;
  /** `ASSURED`, `UNREPLIED` ... */
  readonly flags: string;
  /** Came since the list was read before. */
  readonly fresh: boolean;
}

/** Entries with the same value, largest first. */
export interface GroupRow {
  readonly label: string;
  /** The term that narrows a query to the group; empty where no term can. */
  readonly term: string;
  readonly count: number;
  readonly packets?: number;
  readonly bytes?: number;
}

/** A list's standing, whenever it changes. */
export interface ListStatus {
  readonly list: ConntrackList;
  readonly loading: boolean;
  /** Entries read so far, those the query leaves, and how many the router counted before, for progress. */
  readonly count: number;
  readonly shown: number;
  readonly expected?: number;
  readonly seconds: number;
  readonly warnings: readonly string[];
  readonly failure?: Failure;
  /** What is wrong with the query; the terms that could be read count all the same. */
  readonly queryErrors: readonly string[];
  /** Since the list was read before. */
  readonly delta?: { readonly came: number; readonly went: number; readonly seconds: number };
  /** Every answer to the same question carries the same number. */
  readonly edition: number;
}

export type ToConntrackView =
  | { readonly say: "status"; readonly router: string; readonly status: ListStatus }
  | { readonly say: "rows"; readonly edition: number; readonly from: number; readonly rows: readonly EntryRow[] }
  | { readonly say: "groups"; readonly edition: number; readonly groups: readonly GroupRow[] }
  | { readonly say: "details"; readonly row: number; readonly lines: readonly (readonly [string, string])[] }
  /** A query to begin with, or for which the table is opened again. */
  | { readonly say: "query"; readonly query: string };

export type FromConntrackView =
  | { readonly ask: "ready" }
  | { readonly ask: "view"; readonly spec: ViewSpec }
  | { readonly ask: "rows"; readonly edition: number; readonly from: number; readonly count: number }
  | { readonly ask: "details"; readonly row: number }
  | { readonly ask: "list"; readonly list: ConntrackList }
  | { readonly ask: "refresh" }
  | { readonly ask: "cancel" }
  | { readonly ask: "live"; readonly on: boolean }
  | { readonly ask: "copy"; readonly rows: readonly number[] }
  | { readonly ask: "export" };
