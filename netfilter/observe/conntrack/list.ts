import type { Command, Exit, Outcome, Reader } from "../command.js";
import { cutShort, type FailureHints, failureOf, garbled } from "../failure.js";
import type { Columns } from "./columns.js";
import { Scanner } from "./scan.js";

/** Takes a listing of conntrack entries; views may look at it while it comes. */
export interface EntriesReader extends Reader<Columns> {
  /** Entries so far, for progress. */
  readonly count: number;
  /** The entries so far without a copy: good until the next `push`. */
  soFar(): Columns;
}

/** A command that lists conntrack entries. */
export interface EntriesCommand extends Command<Columns> {
  reader(): EntriesReader;
}

const noFile =
  "This kernel has no /proc/net/nf_conntrack: conntrack is not loaded, or the kernel was built without the file. The `conntrack` tool may still list the entries.";

/** The kernel's own list: the fastest, with zones, without ids; needs no tool. */
export const conntrackFile = entries("conntrack.file", "conntrack entries", ["cat", "/proc/net/nf_conntrack"], {
  absent: noFile,
});

/** The tool's list: half as fast, with the ids by which events name entries. */
export const conntrackList = entries("conntrack.list", "conntrack entries", ["conntrack", "-L", "-o", "extended,id"]);

/** Entries of packets that are still on their way through the hooks. Kernels since 5.19 or so give hardly any. */
export const conntrackUnconfirmed = entries("conntrack.unconfirmed", "unconfirmed conntrack entries", [
  "conntrack",
  "-L",
  "unconfirmed",
  "-o",
  "extended,id",
]);

/** Entries that are gone from the table and still held by a packet or an event that waits. */
export const conntrackDying = entries("conntrack.dying", "dying conntrack entries", [
  "conntrack",
  "-L",
  "dying",
  "-o",
  "extended,id",
]);

function entries(id: string, title: string, argv: readonly string[], hints: FailureHints = {}): EntriesCommand {
  const command = { id, title, argv, root: true };
  return { ...command, reader: () => new ListReader(command, hints) };
}

class ListReader implements EntriesReader {
  readonly #scanner = new Scanner();

  constructor(
    readonly command: Omit<Command<Columns>, "reader">,
    readonly hints: FailureHints,
  ) {}

  get count(): number {
    return this.#scanner.columns.count;
  }

  soFar(): Columns {
    return this.#scanner.columns.soFar();
  }

  push(bytes: Uint8Array): void {
    this.#scanner.push(bytes);
  }

  end(exit: Exit): Outcome<Columns> {
    this.#scanner.end(!exit.cut);
    const { columns, unread } = this.#scanner;
    const failure = failureOf(this.command, exit, this.hints);
    if (columns.count === 0 && unread.count > 0 && (!failure || failure.reason === "cut"))
      return { ok: false, failure: garbled(this.command, unread.first) };
    if (failure && columns.count === 0) return { ok: false, failure };
    const warnings = [...unread.warnings("conntrack entries"), ...this.#notWhole(exit)];
    return { ok: true, value: columns.finish(), warnings };
  }

  #notWhole(exit: Exit): string[] {
    if (exit.cut || exit.code === undefined) return [`${cutShort(this.command.title).message} What had come is shown.`];
    if (exit.code === 0) return [];
    return [`The listing ended with an error, so entries may be missing: ${failureOf(this.command, exit)?.message}`];
  }
}
