import type { Chain, Rule, Ruleset, Table } from "../model/ruleset.js";
import type { Packet } from "../packet/packet.js";
import type { SyntaxNode, Tree } from "../syntax/tree.js";
import type { Sources } from "../text/sources.js";
import { conntrackTable } from "./conntrack/conntrackTable.js";
import type { Tracker } from "./conntrack/tracker.js";
import type { RulesetProgram } from "./context.js";
import { HookTable, type LoadedProgram } from "./hooks.js";
import { Interfaces } from "./interfaces.js";
import { IpSets } from "./ipsets.js";
import { programOf } from "./programs.js";
import { Routing } from "./routing/routing.js";
import { Flight } from "./stack/flight.js";
import { emit } from "./stack/local.js";
import type { Machine, Recording, Wishes } from "./stack/machine.js";
import { masqueraderOf } from "./stack/masqueraded.js";
import { arrive } from "./stack/receive.js";
import type { ConntrackEntry, RouterState } from "./state.js";
import { Sysctls } from "./sysctls.js";
import type { Trace } from "./trace.js";
import { Answers, settle, type Try } from "./tries.js";

/** A rules file that a router has loaded. */
export interface Loaded {
  /** For people: a path, or where a live ruleset came from. */
  readonly name: string;
  /** All that was read, by the offsets of the ruleset's spans: of a file with includes, `Sources.text`. */
  readonly text: string;
  readonly tree: Tree<SyntaxNode>;
  readonly ruleset: Ruleset;
  /** Tells the files that were read together; absent where it is one. */
  readonly sources?: Sources;
  /** Of a router's listing: its tables are of the kernel interface before nftables, beside which others of the same name may stand. */
  readonly isOld?: true;
  /** Of a listing of nftables' tables: what it takes the router's other listings to know. */
  readonly listed?: Listed;
}

/** What `nft list ruleset` tells about tables, whichever listing their rules are taken from. */
export interface Listed {
  /** The places of the tables among all of nftables, in the order in which they were made. */
  readonly ranks: ReadonlyMap<Table, number>;
  /** Base chains that `iptables-save` writes although the kernel has not got them. */
  readonly absent: ReadonlySet<Chain>;
  /** Handles that the text itself does not show. */
  readonly handles: ReadonlyMap<Rule, number>;
  /** The same rules in nft's own listing, as it was read. */
  readonly beside?: { readonly listing: Loaded; readonly twins: ReadonlyMap<Rule, Rule> };
}

/** How a packet is sent. */
export interface SendOptions {
  /** `all` steps where left out; `none` is the fastest. */
  readonly record?: Recording;
  /** The interface by which it leaves when the state has no routes. */
  readonly oif?: string;
  /** Seconds that pass before it. */
  readonly after?: number;
  /**
   * What the program on an NFQUEUE does with a packet: gives it back, changed or not, drops it, or keeps it (`wait`); undefined
   * when no program is there. Where this is left out, packets wait.
   */
  readonly queue?: Wishes["queue"];
}

/** What is otherwise in a `whatIf`. */
export interface Otherwise extends SendOptions {
  /** The mark that the packet begins with. */
  readonly mark?: number;
  /** Parts of the router's state, in place of its own. */
  readonly state?: Partial<RouterState>;
}

/**
 * A router with its rules and state. Packets sent through it leave behind what they would in the kernel (connections, set
 * elements, used-up limits), so that a sequence of them is what it would be there.
 */
export class Router {
  private readonly programs: readonly LoadedProgram[];
  private readonly hooks: HookTable;
  private readonly tracker: Tracker;
  private machine: Machine;
  private listener: ((sentence: string) => void) | undefined;

  /** The files in the order in which they were loaded. */
  constructor(loaded: readonly Loaded[], state: RouterState = {}) {
    this.programs = loaded.map((one) => ({ loaded: one, program: programOf(one) }));
    this.hooks = new HookTable(this.programs, state.hooks);
    this.tracker = this.trackerOf(state);
    this.machine = this.machineOf(state, this.tracker, state.now);
  }

  private trackerOf(state: RouterState): Tracker {
    const tell = (sentence: string) => this.listener?.(sentence);
    return conntrackTable(state, tell, (...asked) => masqueraderOf(this.machine, ...asked));
  }

  private machineOf(state: RouterState, tracker: Tracker, now: number | undefined): Machine {
    const interfaces = new Interfaces(state.interfaces);
    const sysctls = new Sysctls(state.sysctls);
    const routing = new Routing(state, interfaces, sysctls);
    return { state, interfaces, sysctls, routing, tracker, hooks: this.hooks, ipsets: new IpSets(state.ipsets), now };
  }

  /** Conntrack's entries as they are now, oldest first. */
  entries(): readonly ConntrackEntry[] {
    return this.machine.tracker.entries();
  }

  /** Sends a packet through; what it leaves behind stays. */
  send(packet: Packet, options: SendOptions = {}): Trace {
    if (options.after !== undefined) this.elapse(options.after);
    const wishes: Wishes = { record: options.record ?? "all", oif: options.oif, queue: options.queue };
    let undo = this.snapshot();
    const first = this.fly(packet, wishes, []);
    if (first.answers.asked.length === 0) return first.trace;
    const again = (planned: readonly boolean[]): Try => {
      undo();
      undo = this.snapshot();
      return this.fly(packet, { ...wishes, record: "none" }, planned);
    };
    const trace = settle(first, again);
    again(first.answers.given);
    return trace;
  }

  /** What would become of a packet now, under other circumstances if wanted. Nothing of it stays. */
  whatIf(packet: Packet, { mark, state, ...options }: Otherwise = {}): Trace {
    const undo = this.snapshot();
    const { machine } = this;
    if (state) this.machine = this.otherMachine(state);
    try {
      return this.send(mark === undefined ? packet : { ...packet, mark }, options);
    } finally {
      this.machine = machine;
      undo();
    }
  }

  /**
   * Sends packets, each after what the earlier ones left behind; in the end nothing of it stays. `state` has parts of a router's
   * state that hold meanwhile, in place of its own.
   */
  rehearse<T>(send: () => T, state?: Partial<RouterState>): T {
    const undo = this.snapshot();
    if (state) this.machine = this.otherMachine(state);
    try {
      return send();
    } finally {
      undo();
    }
  }

  /** Connections stay this router's own unless the other state has its own. */
  private otherMachine(other: Partial<RouterState>): Machine {
    const state = { ...this.machine.state, ...other };
    const tracker = other.conntrack ? this.trackerOf(state) : this.machine.tracker;
    return this.machineOf(state, tracker, other.now ?? this.machine.now);
  }

  /** Lets time pass: entries and elements whose time is up are gone. */
  elapse(seconds: number): void {
    const { machine } = this;
    machine.tracker.elapse(seconds);
    if (machine.now !== undefined) this.machine = { ...machine, now: machine.now + seconds };
  }

  private fly(packet: Packet, wishes: Wishes, planned: readonly boolean[]): Try {
    const answers = new Answers(planned);
    const flight = new Flight(this.machine, answers, wishes, packet);
    this.listener = (sentence) => flight.assume(sentence);
    return { answers, trace: flight.trace(packet.iif === undefined ? emit(flight) : arrive(flight)) };
  }

  private snapshot(): () => void {
    const { machine } = this;
    const undos = this.programs.map(({ program }: { program: RulesetProgram }) => program.snapshot());
    undos.push(machine.tracker.snapshot());
    return () => {
      for (const undo of undos) undo();
      this.machine = machine;
    };
  }
}
