import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Language } from "../../netfilter/language.js";
import type { Packet } from "../../netfilter/packet/packet.js";

/** A packet on the wire to and from the lab: a `Packet` whose addresses are text and whose payload is a number of zeros or hexadecimal. */
export type WirePacket = Omit<Packet, "saddr" | "daddr" | "about" | "payload" | "ether"> & {
  readonly saddr: string;
  readonly daddr: string;
  readonly about?: WirePacket;
  readonly payload?: number | string;
};

/** One packet of a scenario: as it is, as the answer to what left for an earlier one, or as an ICMP error about that. */
export type Wish =
  | { readonly packet: WirePacket }
  | { readonly answer: number; readonly packet?: Partial<WirePacket> }
  | { readonly answer: number; readonly icmpError: Partial<WirePacket>; readonly packet?: Partial<WirePacket> };

/** The router as the lab is to build it; `ip` and `ip6` are lines for `ip -batch`. */
export interface LabRouter {
  readonly devices: readonly { readonly name: string; readonly mac: string; readonly addresses: readonly string[] }[];
  readonly ip: readonly string[];
  readonly ip6: readonly string[];
  readonly sysctls: Readonly<Record<string, string>>;
  /** A namespace of its own, in which the kernel's limits on errors about refused routes begin anew. */
  readonly fresh?: boolean;
  /** Ports on which programs of the router wait. */
  readonly listen?: readonly { readonly protocol: "tcp" | "udp"; readonly port: number }[];
}

export interface LabScenario {
  readonly router: LabRouter;
  /** Loaded in this order into an empty kernel. */
  readonly rulesets: readonly LabRuleset[];
  readonly packets: readonly Wish[];
  /** Fills conntrack beforehand with established connections, so that there is room for just so many more. */
  readonly roomFor?: number;
  /** Programs on an NFQUEUE, each of which changes one destination port into another. */
  readonly queues?: readonly { readonly number: number; readonly from: number; readonly to: number }[];
  /** Commands that list what was loaded. */
  readonly listings?: readonly (readonly string[])[];
}

export interface LabRuleset {
  readonly language: Language;
  readonly text: string;
  /** For iptables: into the kernel interface before nftables, of whose rules there are no trace events. */
  readonly legacy?: true;
}

/** What the kernel did with a scenario; `broken` tells of the lab itself. */
export type Observation =
  | { readonly loaded: false; readonly complaint?: string; readonly broken?: string }
  | {
      readonly loaded: true;
      /** A packet whose predecessor left nothing that could be answered is null. */
      readonly packets: readonly (Observed | null)[];
      readonly entries: readonly KernelEntry[];
      /** How many entries were put into conntrack beforehand; `entries` is then empty. */
      readonly filled: number;
      /** Overruns of the lab's buffers: anything but 0 makes the observation worthless. */
      readonly lost: number;
      /** What the scenario's listing commands printed. */
      readonly listings: readonly string[];
    };

/** What one packet caused. */
export interface Observed {
  /** As it was sent in the end. */
  readonly packet: WirePacket;
  readonly walks: readonly (readonly KernelStep[])[];
  readonly left: readonly { readonly oif: string; readonly packet: WirePacket }[];
  readonly events: readonly (KernelEntry & { readonly event: "new" | "update" | "destroy" })[];
  /** The entries that the events are about, as they are afterwards, without those that are gone. */
  readonly entries: readonly KernelEntry[];
  /** The error that a program of the router gets, such as `EPERM`. */
  readonly error?: string;
}

/** A trace event. Those of table `hookscope_lab` are the lab's own: `arrived_*`, `made`, `routed`, `delivered`, `leaving`. */
export interface KernelStep {
  readonly family: "ip" | "ip6" | "inet" | "arp" | "bridge" | "netdev";
  readonly table: string;
  readonly chain: string;
  readonly type: "rule" | "policy" | "return";
  /** The rule's place in its chain, from 0. */
  readonly rule?: number;
  readonly verdict?: string;
  /** The chain that is jumped to. */
  readonly target?: string;
  readonly mark: number;
  /** The rest comes with a base chain's first event. */
  readonly iif?: string;
  readonly oif?: string;
  readonly packet?: WirePacket;
  readonly ct?: { readonly id: number; readonly direction?: number; readonly status?: number; readonly state: number };
}

/** A conntrack entry as ctnetlink tells it; `status` is the kernel's bits. */
export interface KernelEntry {
  readonly original: KernelTuple;
  readonly reply: KernelTuple;
  readonly status?: number;
  readonly timeout?: number;
  readonly mark?: number;
  readonly id: number;
  readonly zone?: number;
  readonly state?: string;
  readonly helper?: string;
}

export interface KernelTuple {
  readonly saddr: string;
  readonly daddr: string;
  readonly protocol: number;
  readonly sport?: number;
  readonly dport?: number;
  readonly icmpId?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
}

const labProgram = fileURLToPath(new URL("kernel/lab.py", import.meta.url));

type Measured =
  | { readonly loaded: true; readonly packets: number; readonly seconds: number }
  | { readonly loaded: false; readonly complaint?: string; readonly broken?: string };

/** The running lab process. What it needs of the machine is said at the top of `kernel/lab.py`. */
export class KernelLab {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  readonly #program: string;

  /** `program` is where `kernel/lab.py` lies; a bundle of this file has to say. */
  constructor(program = labProgram) {
    this.#program = program;
    this.#process = spawn("python3", ["-B", program], { stdio: ["pipe", "pipe", "inherit"] });
    if (!this.#process.stdout) throw new Error("The lab has no output.");
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Plays a scenario from its beginning in an otherwise empty kernel. Throws when the lab itself ended. */
  play(scenario: LabScenario): Promise<Observation> {
    return this.#ask(scenario) as Promise<Observation>;
  }

  /** How fast the kernel takes the scenario's packets through its ruleset, untraced; at least `count`. Throws when it fails. */
  async measure(scenario: LabScenario, count: number): Promise<{ packets: number; seconds: number }> {
    const answer = (await this.#ask({ ...scenario, count })) as Measured;
    if (!answer.loaded) throw new Error(`The lab could not measure: ${answer.complaint ?? answer.broken}`);
    return answer;
  }

  async #ask(request: object): Promise<unknown> {
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`The lab ended. It needs root, python3 and /dev/net/tun: see ${this.#program}.`);
    return JSON.parse(value);
  }

  close(): void {
    this.#process.stdin?.end();
  }
}
