import type { Diagram, Way } from "../netfilter/diagram/diagram.js";
import type { Failure } from "../netfilter/observe/command.js";
import type { SortKey } from "../netfilter/observe/conntrack/sort.js";
import type { ChainCount } from "../netfilter/observe/counted/series.js";

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
  | { readonly ask: "follow"; readonly row: number }
  /** The connection's packets as they come by on the router. */
  | { readonly ask: "trace"; readonly row: number };

/** What the view of a packet's path and the extension host say to each other. */

/** A packet as its form has it, each field as a person writes it: fields without a text are not said. */
export type PacketForm = { readonly [field in PacketField]?: string };

/** What conntrack is said to know before the packet; no part of the packet itself. */
export const connectionFields = ["connection", "ctState", "ctMark", "otherWay"] as const;

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
  ...connectionFields,
] as const;

export type PacketField = (typeof packetFields)[number];

/** A rule's lines in a document. */
export interface RuleLines {
  readonly file: string;
  readonly line: number;
  readonly lastLine: number;
}

/** One step of a packet's way, its place in the diagram by the same index in `Way.stops`. */
export interface PathStep {
  readonly kind: "rule" | "callback" | "route" | "end";
  /** The rule, what the kernel's function says, the routing decision. */
  readonly text: string;
  /** `ip mangle PREROUTING`, the function's name; empty for routing. */
  readonly where: string;
  /** Of a rule: lines are counted from 1. */
  readonly place?: RuleLines & {
    /** Where another listing of the router shows the same rule. */
    readonly twin?: RuleLines;
  };
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

/** One traced packet as the list shows it; every text is plain. */
export interface TracedRow {
  /** Counts from 0 through a session: by it the packet is chosen. */
  readonly number: number;
  /** When it was seen, for packets that are traced now; empty for others. */
  readonly time: string;
  readonly iif: string;
  readonly oif: string;
  /** `tcp 192.168.1.11:49194 > 203.0.113.10:80 syn`. */
  readonly packet: string;
  /** Where it was seen to end. */
  readonly ended: string;
  /** How the simulation of the same packet ends; empty where there is none (yet). */
  readonly simulated: string;
  /** Whether the two agree, as far as the trace tells. */
  readonly compared: Comparison["is"];
  /** As it was seen to end; what no trace shows, the simulation says if they agree. */
  readonly tone: Way["end"]["tone"];
  /** Events were lost while it was on its way. */
  readonly gaps: boolean;
}

/** How a session of traced packets stands, whenever that changes. */
export interface TracedStatus {
  /** Counts the sessions of a view: with another number all packets are others. */
  readonly session: number;
  /** `router edge`, `trace.txt`, `the clipboard`. */
  readonly from: string;
  /** Packets that are kept, those that the filter leaves, and how many had to go because there were too many. */
  readonly count: number;
  readonly shown: number;
  readonly forgotten: number;
  /** Of the shown ones: how many went from the top since the status before. */
  readonly gone: number;
  /** How many packets have gaps, and how often the tool said that it lost events. */
  readonly gaps: number;
  readonly lost: number;
  /** The part of a text that is read, from 0 to 1; absent when nothing is read. */
  readonly progress?: number;
  /** Sentences about what could not be read or joined. */
  readonly notes: readonly string[];
  /** Packets are seen as they come by. */
  readonly isLive: boolean;
  /** Every answer to the same question carries the same number. */
  readonly edition: number;
}

/** How a trace on a router stands. */
export interface LiveStatus {
  readonly state: "starting" | "running" | "stopping" | "ended" | "failed";
  readonly router: string;
  /** Why it ended, and what to do if it failed; what is done while it runs. */
  readonly text: string;
  readonly secondsLeft?: number;
  /** Packets a second, over the last few seconds. */
  readonly rate?: number;
}

/** A traced packet beside the simulation of the same packet. */
export interface Comparison {
  /** `As simulated.`, the first difference, or why nothing is compared. */
  readonly sentence: string;
  readonly is: "same" | "different" | "unknown";
  /** The first steps that differ, by index. */
  readonly observedStep?: number;
  readonly simulatedStep?: number;
}

/** Where the rules of a chain stand in a file, so that the view finds the chain of a line. */
export interface ChainLines {
  /** As steps name the chain: `ip mangle PREROUTING`. */
  readonly where: string;
  readonly file: string;
  /** First and last line of each rule, one behind the other, from 1. */
  readonly lines: readonly number[];
  /** The base chains from which jumps lead here, named alike; of a base chain itself. */
  readonly bases: readonly string[];
}

/** How the counters stand that are watched on a router. */
export interface CountStatus {
  readonly state: "off" | "on" | "paused" | "failed";
  /** For how long it was counted; what failed and what to do. */
  readonly text: string;
  /** Of every base chain; empty before the second reading. */
  readonly counts: readonly ChainCount[];
}

/** A document whose rules packets meet, or one that could not be read. */
export interface PathSource {
  /** Its address, as in `PathStep.place`. */
  readonly file: string;
  /** `rules.v4`, `iptables-legacy`. */
  readonly title: string;
  /** `ip filter, ip nat (iptables-nft)`, or why none of its tables is followed, or it could not be read. */
  readonly text: string;
  readonly is: "followed" | "unused" | "missing";
}

/** All rules that packets meet. */
export interface PathSources {
  readonly sources: readonly PathSource[];
  /** What is not known of them, as sentences. */
  readonly notes: readonly string[];
  /** Whether there are others that can be added. */
  readonly canAdd: boolean;
  /** Whether they are a router's, which can be asked again. */
  readonly isLive: boolean;
}

/** A word of a rule: the `nth` of its kind, from 0, between the rule's lines, which are counted from 1. */
export interface WordPlace {
  readonly file: string;
  readonly line: number;
  readonly lastLine: number;
  readonly word: string;
  readonly nth: number;
}

export type ToPathView =
  | {
      readonly say: "form";
      readonly form: PacketForm;
      readonly exchange: boolean;
      /** Fields whose value is one of many that would do. */
      readonly invented?: readonly PacketField[];
      /** Where the rules come from, and what is known of the router. */
      readonly about: string;
      /** The router whose packets can be traced here; absent where there is none. */
      readonly router?: string;
      /** There are no rules through which a packet could be sent: only traces are shown. */
      readonly withoutRules?: boolean;
    }
  /** More has become known: it takes the place of what the form's message said. */
  | { readonly say: "about"; readonly text: string }
  | { readonly say: "sources"; readonly sources: PathSources }
  /** Absent: no traced packets are shown any more. */
  | { readonly say: "traced"; readonly status?: TracedStatus }
  | { readonly say: "tracedRows"; readonly edition: number; readonly from: number; readonly rows: readonly TracedRow[] }
  | {
      readonly say: "tracedPacket";
      readonly number: number;
      readonly observed: PathPacket;
      readonly simulated?: PathPacket;
      readonly comparison: Comparison;
    }
  | { readonly say: "live"; readonly status: LiveStatus }
  | { readonly say: "counted"; readonly status: CountStatus }
  | { readonly say: "packets"; readonly packets: readonly PathPacket[] }
  /** What was read in a text: a packet for the form, and sentences about it; without a packet, what is wrong with the text. */
  | { readonly say: "filled"; readonly form?: PacketForm; readonly messages: readonly string[] }
  | { readonly say: "trouble"; readonly messages: readonly string[] }
  /** Where all rules stand, whenever they have changed. */
  | { readonly say: "chains"; readonly chains: readonly ChainLines[] }
  /** What the language server says of the word that was asked for last, as HTML; empty where it says nothing. */
  | { readonly say: "hover"; readonly place: WordPlace; readonly html: string }
  /** The line on which the cursor stands in the editor, counted from 1. */
  | { readonly say: "cursor"; readonly file: string; readonly line: number };

export type FromPathView =
  | { readonly ask: "ready" }
  /** `exchange`: answers and what follows them, too. */
  | { readonly ask: "send"; readonly form: PacketForm; readonly exchange: boolean }
  /** A packet is to be read in a text, for the form; in the clipboard's where there is none. */
  | { readonly ask: "fill"; readonly text?: string }
  | { readonly ask: "reveal"; readonly file: string; readonly line: number }
  | { readonly ask: "hover"; readonly place: WordPlace }
  /** Which rules packets meet: more, this one not, or what the router has now. */
  | { readonly ask: "addRules" }
  | { readonly ask: "leaveOutRules"; readonly file: string }
  | { readonly ask: "readRules" }
  /** Traces packets like the form's on the router. */
  | { readonly ask: "trace"; readonly form: PacketForm }
  | { readonly ask: "stopTrace" }
  | { readonly ask: "tracedFilter"; readonly text: string }
  | { readonly ask: "tracedRows"; readonly edition: number; readonly from: number; readonly count: number }
  | { readonly ask: "tracedPacket"; readonly number: number }
  /** The form is to have what is known of the packet. */
  | { readonly ask: "simulateTraced"; readonly number: number }
  /** Counters of the router: `start` begins anew, at the first time and later. */
  | { readonly ask: "count"; readonly to: "start" | "pause" | "resume" | "stop" }
  /** Ends reading, or what is traced, and shows none of it any more. */
  | { readonly ask: "closeTraced" }
  /** The picture as it is: SVG's text, or a PNG in base64. */
  | { readonly ask: "save"; readonly kind: "svg" | "png"; readonly data: string };
