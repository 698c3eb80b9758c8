import type { Rule } from "../model/ruleset.js";
import type { TracedConnection, TracedPacket } from "../observe/trace/event.js";
import { headerChanges, type Sighting } from "./headers.js";
import { kernelStep } from "./kernelStep.js";
import type { Draft, StepList } from "./stepList.js";
import { writesField } from "./told.js";
import type { ChainWalk } from "./walk.js";

/** What the kernel does between the chains, as far as the packet shows it when it is seen again: routing, NAT, conntrack. */
export class Between {
  private sighting: Sighting | undefined;
  private connection: TracedConnection | undefined;
  /** The latest routing decision. */
  private route: (Draft & { kind: "route"; oif?: string }) | undefined;
  /** What NAT did before the chain that the packet came to last. */
  private nat: Draft[] = [];

  constructor(private readonly list: StepList) {}

  /** The interface by which the packet was to leave when it was seen last. */
  get oif(): string | undefined {
    return this.sighting?.packet.oif;
  }

  /**
   * The packet came from one base chain to the next, where it may be shown. `queued`: the rule that handed it to a program, which
   * may have changed it.
   */
  goOn(before: ChainWalk | undefined, now: ChainWalk, packet: TracedPacket | undefined, queued?: Draft): void {
    const { steps } = this.list;
    const translations = packet ? this.translations(packet, now, queued) : [];
    steps.push(...translations.filter(({ hook }) => hook !== now.hook));
    const says = routeText(before, now, packet?.oif, this.oif);
    if (says !== undefined) {
      this.route = { kind: "route", says, changes: [] };
      steps.push(this.route);
    }
    steps.push(...translations.filter(({ hook }) => hook === now.hook));
    this.nat = translations;
  }

  /** The packet is shown. Some tools show the interface only behind a later chain than the first one. */
  see(packet: TracedPacket, { hook, priority }: ChainWalk): void {
    this.sighting = { packet, hook, priority };
    if (this.route && packet.oif !== undefined) this.route.oif ??= packet.oif;
  }

  /** The kernel log shows it with every rule: what is different within a chain is the chain's doing. */
  seeAgain(packet: TracedPacket, walk: ChainWalk): void {
    const now = { packet, hook: walk.hook, priority: walk.priority };
    this.list.pending.push(...headerChanges(this.sighting, now).others);
    this.see(packet, walk);
  }

  /** What conntrack had of it is told. */
  track(connection: TracedConnection, walk: ChainWalk): void {
    const { direction, state = "", connectionId } = connection;
    const before = this.connection;
    if (before?.state === state && before.connectionId === connectionId) return;
    this.connection = connection;
    const hook = walk.hook === "output" || walk.hook === "postrouting" ? "output" : "prerouting";
    const id = connectionId === undefined ? "" : ` of the connection with the id ${connectionId}`;
    const says = `${direction === "reply" ? "an answer" : "a packet"}${id}, state ${state}`;
    const change = { field: "ct state", ...(before?.state !== undefined && { before: before.state }), after: state };
    this.list.steps.push({ ...kernelStep(hook, -200, walk.family, this.sighting?.packet), says, changes: [change] });
  }

  /** The packet was shown as it is behind the first rule: what that writes was not NAT. */
  takeOwn(rule: Rule, step: Draft): void {
    const { steps } = this.list;
    for (const nat of this.nat.splice(0)) {
      const own = nat.changes.filter(({ field }) => writesField(rule, field));
      step.changes.push(...own);
      nat.changes.splice(0, nat.changes.length, ...nat.changes.filter((change) => !own.includes(change)));
      if (nat.changes.length === 0) steps.splice(steps.indexOf(nat), 1);
    }
  }

  private translations(packet: TracedPacket, { hook, priority, family }: ChainWalk, queued: Draft | undefined) {
    const { byNat, others } = headerChanges(this.sighting, { packet, hook, priority });
    (queued?.changes ?? this.list.pending).push(...others);
    return byNat.map(({ place, changes }) => {
      const says = "translates the packet, as the next chain shows";
      return { ...kernelStep(place.hook, place.priority, family, packet), says, changes: [...changes] };
    });
  }
}

/** Where a packet was routed to between two chains; undefined where it was not, or nothing shows it. */
function routeText(
  before: ChainWalk | undefined,
  { hook }: ChainWalk,
  oif: string | undefined,
  last: string | undefined,
): string | undefined {
  if (!before) return hook === "output" && oif !== undefined ? `goes out by ${oif}, as the trace shows` : undefined;
  if (before.hook === hook) return undefined;
  if (before.hook === "prerouting" || before.hook === "ingress") return arrivedText(hook, oif);
  const isOther = before.hook === "output" && oif !== undefined && last !== undefined && oif !== last;
  return isOther ? `goes out by ${oif} now, as the trace shows` : undefined;
}

function arrivedText(hook: ChainWalk["hook"], oif: string | undefined): string | undefined {
  if (hook === "prerouting") return undefined;
  if (hook === "input") return "is for this machine, as the trace shows";
  return `is forwarded${oif === undefined ? "" : ` by ${oif}`}, as the trace shows`;
}
