import type { Exit, Outcome } from "../command.js";
import { failureOf } from "../failure.js";
import { type FollowCommand, type Following, Lines } from "../reading.js";
import { Unread } from "../warnings.js";
import { type Entry, entryAt } from "./entry.js";
import { Scanner } from "./scan.js";

/** Something that happened to an entry. */
export interface ConntrackEvent {
  readonly kind: "new" | "update" | "destroy";
  /** Seconds since 1970 at which the listener got it, microseconds behind the point; not when it happened. */
  readonly time?: number;
  readonly entry: Entry;
  /** The program that deleted or changed the entry, where it was one: its netlink port, which is often its process id. */
  readonly portId?: number;
}

/** What a run of the listener gave when it ended. */
export interface EventsEnd {
  readonly count: number;
  /** True when the kernel had more events than the listener could take. */
  readonly lost: boolean;
}

/** Events as they come, until it is stopped. */
export const conntrackEvents: FollowCommand<ConntrackEvent, EventsEnd> = {
  id: "conntrack.events",
  title: "conntrack events",
  argv: ["conntrack", "-E", "-o", "timestamp,extended,id"],
  root: true,
  reader: () => new EventsReader(),
};

const heads = { NEW: "new", UPDATE: "update", DESTROY: "destroy" } as const;

class EventsReader implements Following<ConntrackEvent, EventsEnd> {
  readonly #lines = new Lines((line) => this.#line(line));
  readonly #unread = new Unread();
  readonly #entries = new EntryReader();
  #events: ConntrackEvent[] = [];
  #count = 0;

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
  }

  take(): ConntrackEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  end(exit: Exit): Outcome<EventsEnd> {
    if (!exit.cut) this.#lines.end();
    const lost = /ENOBUFS|No buffer space/i.test(exit.stderr);
    const failure = exit.cut || lost ? undefined : failureOf(conntrackEvents, exit);
    if (failure && this.#count === 0) return { ok: false, failure };
    const warnings = this.#unread.warnings("conntrack events");
    if (lost)
      warnings.push(
        "The kernel had more events than the listener could take, and some are lost. What is shown is not all that happened.",
      );
    return { ok: true, value: { count: this.#count, lost }, warnings };
  }

  #line(line: string): void {
    const event = readEvent(line, this.#entries);
    if (event) {
      this.#count++;
      this.#events.push(event);
    } else if (line.trim() !== "") this.#unread.add(line);
  }
}

/** One line of `conntrack -E`; undefined for all else. */
export function readEvent(line: string, entries = new EntryReader()): ConntrackEvent | undefined {
  const [head = "", time, kind] = /^(?:\[(\d+\.\d+)\]\s*)?\s*\[(NEW|UPDATE|DESTROY)\]\s*/.exec(line) ?? [];
  if (head === "") return undefined;
  const [tail = "", portId] = /\s*\[USERSPACE\](?: portid=(\d+))?.*$/.exec(line) ?? [];
  const entry = entries.read(line.slice(head.length, line.length - tail.length));
  if (!entry) return undefined;
  return {
    kind: heads[kind as keyof typeof heads],
    ...(time !== undefined && { time: Number(time) }),
    entry,
    ...(portId !== undefined && { portId: Number(portId) }),
  };
}

const mostAddresses = 1 << 16;

/** Reads single lines of a listing. */
export class EntryReader {
  #scanner = new Scanner();

  /** The entry that a line without its line feed holds; undefined for all else. */
  read(line: string): Entry | undefined {
    if (this.#scanner.columns.addresses.count > mostAddresses) this.#scanner = new Scanner();
    const { columns } = this.#scanner;
    columns.count = 0;
    columns.clear();
    this.#scanner.push(latin1(`${line}\n`));
    return columns.count === 1 ? entryAt(columns.soFar(), 0) : undefined;
  }
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => Math.min(char.charCodeAt(0), 255));
}
