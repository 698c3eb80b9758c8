import type { Diagram, Way } from "../netfilter/diagram/diagram.js";
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
  | { readonly ask: "export" }
  /** The way of such a connection's packets through the router's rules. */
  | { readonly ask: "follow"; readonly row: number };

/** What the view of a packet's path and the extension host say to each other. */

/** A packet as its form has it, each field as a person writes it: fields without a text are not said. */
export type PacketForm = { readonly [field in PacketField]?: string };

export const packetFields = [
  "iif",
  "oif",
  "saddr",
  "daddr",
  "protocol",
  "sport",
  "dport",
  "flags",
  "icmpType",
  "mark",
] as const;

export type PacketField = (typeof packetFields)[number];

/** One step of a packet's way, its place in the diagram by the same index in `Way.stops`. */
export interface PathStep {
  readonly kind: "rule" | "callback" | "route" | "end";
  /** The rule, what the kernel's function says, the routing decision. */
  readonly text: string;
  /** `ip mangle PREROUTING`, the function's name; empty for routing. */
  readonly where: string;
  /** Of a rule: lines are counted from 1. */
  readonly place?: { readonly file: string; readonly line: number; readonly lastLine: number };
  readonly matched?: boolean | "unknown";
  readonly verdict?: string;
  /** `meta mark: 0x0 → 0x36`. */
  readonly changes: readonly string[];
}

/** One packet and its whole way. */
export interface PathPacket {
  /** `3: lan0 ack`, for its tab. */
  readonly short: string;
  /** `lan0 tcp 172.17.0.2:40000 > 198.51.100.20:443 ack`. */
  readonly title: string;
  /** Where it ended, and why. */
  readonly sentence: string;
  readonly tone: Way["end"]["tone"];
  readonly full: Diagram;
  readonly compact: Diagram;
  readonly steps: readonly PathStep[];
  readonly assumptions: readonly string[];
  readonly unknown: readonly string[];
  /** What conntrack has of its connection afterwards. */
  readonly entry: string;
}

export type ToPathView =
  | {
      readonly say: "form";
      readonly form: PacketForm;
      readonly exchange: boolean;
      /** Where the rules come from, and what is known of the router. */
      readonly about: string;
    }
  | { readonly say: "packets"; readonly packets: readonly PathPacket[] }
  | { readonly say: "trouble"; readonly messages: readonly string[] }
  /** The line on which the cursor stands in the editor, counted from 1. */
  | { readonly say: "cursor"; readonly file: string; readonly line: number };

export type FromPathView =
  | { readonly ask: "ready" }
  /** `exchange`: answers and what follows them, too. */
  | { readonly ask: "send"; readonly form: PacketForm; readonly exchange: boolean }
  | { readonly ask: "reveal"; readonly file: string; readonly line: number }
  /** The picture as it is: SVG's text, or a PNG in base64. */
  | { readonly ask: "save"; readonly kind: "svg" | "png"; readonly data: string };
