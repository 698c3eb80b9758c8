import type { TracedPacket } from "../observe/trace/event.js";
import type { PacketTrace } from "../observe/trace/group.js";
import { type Packet, tcpFlag } from "../packet/packet.js";
import type { GivenPacket } from "../packet/packetJson.js";
import { type Loaded, Router, type SendOptions } from "../simulate/router.js";
import type { ConntrackEntry, RouterState } from "../simulate/state.js";
import type { Trace } from "../simulate/trace.js";
import { connectionKeys } from "./connection.js";
import { isOf, isSameTuple, KnownEntries } from "./knownEntries.js";
import { givenPacketOf, toldPacketOf } from "./packet.js";
import { isBack, programOf } from "./queues.js";
import { TracedRules } from "./rules.js";

/** What a simulation makes of a traced packet; `why` says in one sentence why there is none. */
export type SimulatedTraced = { readonly trace: Trace } | { readonly why: string };

/**
 * Simulates the packets of a session in the order in which they were seen, each with what the earlier ones left behind. One whose
 * connection began before the trace is only simulated where its entry is known, from the state or from before.
 */
export function playTraced(
  traces: readonly PacketTrace[],
  loaded: readonly Loaded[],
  state: RouterState,
): SimulatedTraced[] {
  const player = new TracedPlayer(loaded, state);
  return traces.map((trace) => player.play(trace));
}

const untold =
  "The trace does not tell enough of the packet to send it: xtables-monitor, for one, says of no protocol but TCP and UDP what it is.";
const notKnown =
  "The conntrack entry of its connection is not known: it began before the trace, or the state does not tell which address NAT gave it.";
const aboutUnknown =
  "It is an ICMP error, and the trace does not tell about which packet, so its connection is not known.";
const leftOut =
  "An earlier packet of its connection could not be simulated, so what conntrack has of the connection is not known.";
const unanswered =
  "The answer to the connection's first packet was not traced: it is taken to have come by the interface by which that left.";

const takenForFirst =
  "It is taken for its connection's first packet: nothing in the trace tells, and the router's connections are not known.";
const program = "What the program on a queue did with the packet is taken from the trace.";

/** Whether a packet can be simulated, and what is taken for granted then. */
type Readiness = { readonly says: readonly string[] } | { readonly why: string };

const ready: Readiness = { says: [] };

/** A connection's first packet: simulated, and by which interface it was seen to leave. */
interface Begun {
  readonly sent: Trace;
  readonly leftBy: string | undefined;
}

/** Simulates packets one after the other: for those who hear of them one by one. */
export class TracedPlayer {
  private readonly router: Router;
  private readonly rules: TracedRules;
  private readonly entries: KnownEntries;
  /** Whether all connections are known that were there at the beginning. */
  private readonly isTableKnown: boolean;
  /** What simulated packets made the router send, until it is seen. */
  private caused: Trace[] = [];
  /** What went out by the loopback, until it comes in there. */
  private looped: { readonly seen: TracedPacket; readonly trace: Trace }[] = [];
  /** Connections of which a packet was not simulated. */
  private readonly broken = new Set<string>();
  /** The first packet of each connection that began here. */
  private readonly begun = new Map<string, Begun>();

  constructor(loaded: readonly Loaded[], state: RouterState) {
    this.router = new Router(loaded, state);
    this.rules = new TracedRules(loaded);
    this.isTableKnown = state.conntrack !== undefined;
    this.entries = new KnownEntries(this.router.entries());
  }

  /** The next packet, behind all that were played before. */
  play(trace: PacketTrace): SimulatedTraced {
    const { packet: seen } = trace;
    const known = seen && this.made(seen);
    if (known) return { trace: known };
    const given = seen && givenPacketOf(seen, leftBy(trace));
    const keys = connectionKeys(trace);
    const readiness = given ? this.prepare(trace, given, keys) : { why: untold };
    for (const key of keys) this.broken["why" in readiness ? "add" : "delete"](key);
    if (!given || "why" in readiness) return { why: "why" in readiness ? readiness.why : untold };
    const sent = this.send(given, trace, seen, keys);
    if (sent.disposition.end === "queued") for (const key of keys) this.broken.add(key);
    const says = isBack(trace) ? [...readiness.says, program] : readiness.says;
    return { trace: says.length > 0 ? { ...sent, assumptions: [...sent.assumptions, ...says] } : sent };
  }

  private send(given: GivenPacket, trace: PacketTrace, seen: TracedPacket, keys: readonly string[]): Trace {
    const isKnown = this.entries.of(given.packet) !== undefined;
    const sent = this.pass(given.packet, { ...optionsOf(given), ...programOf(trace) });
    this.caused.push(...sent.caused);
    if (seen.oif === "lo") this.looped.push({ seen, trace: sent });
    if (!isKnown) for (const key of keys) this.begun.set(key, { sent, leftBy: given.oif });
    return sent;
  }

  private pass(packet: Packet, options: SendOptions): Trace {
    const sent = this.router.send(packet, options);
    const known = this.entries.of(packet);
    if (sent.entry) this.entries.add(sent.entry);
    else if (known && !this.router.entries().some(({ original }) => isSameTuple(original, known.original)))
      this.entries.delete(known);
    for (const { entry } of sent.caused) if (entry) this.entries.add(entry);
    return sent;
  }

  /** What the simulation has brought about already, and what comes in by the loopback. */
  private made(seen: TracedPacket): Trace | undefined {
    if (seen.iif === "lo") return this.looped.find((one) => isSameSeen(one.seen, seen))?.trace;
    if (seen.iif !== undefined) return undefined;
    const packet = toldPacketOf(seen, seen.source?.includes(":") ?? false);
    const index = this.caused.findIndex((one) => isSame(one.packet, packet, seen.protocol !== undefined));
    return index === -1 ? undefined : this.caused.splice(index, 1)[0];
  }

  /** Whether it is known what conntrack makes of the packet, be it after an answer that was not traced. */
  private prepare(trace: PacketTrace, given: GivenPacket, keys: readonly string[]): Readiness {
    const { packet } = given;
    if (isBeginning(packet)) return ready;
    if (isIcmpError(packet)) return { why: aboutUnknown };
    if (keys.some((key) => this.broken.has(key))) return { why: leftOut };
    const entry = this.entries.of(packet);
    const first = keys.map((key) => this.begun.get(key)).find(Boolean);
    if (entry && first && isUnanswered(entry, packet))
      return this.answer(first, packet) ? { says: [unanswered] } : { why: notKnown };
    if (entry) return ready;
    if (first) return this.entries.of(first.sent.packet) ? { why: notKnown } : ready;
    return this.begins(trace, given);
  }

  /** Whether the packet may have begun its connection, of which no entry is known. */
  private begins(trace: PacketTrace, given: GivenPacket): Readiness {
    const state = stateOf(trace);
    if (state !== undefined) return state === "established" || state === "related" ? { why: notKnown } : ready;
    if (visitsNat(trace, this.rules) || this.isTableKnown) return this.wouldVisitNat(trace, given);
    if (given.packet.tcpFlags !== undefined) return { why: notKnown };
    const isTold = this.rules.translates(given.packet.daddr.family === "ipv4" ? "ip" : "ip6");
    return isTold ? this.wouldVisitNat(trace, given) : { says: [takenForFirst] };
  }

  /** A connection's first packet has to come to the nat chains, and only that does. */
  private wouldVisitNat(trace: PacketTrace, given: GivenPacket): Readiness {
    if (visitsNat(trace, this.rules)) return ready;
    const { steps } = this.router.whatIf(given.packet, optionsOf(given));
    const does = steps.some((step) => (step.kind === "rule" || step.kind === "end") && step.chain.base?.type === "nat");
    return does ? { why: notKnown } : ready;
  }

  /** Where only one direction is traced, the connection would never be established. */
  private answer(first: Begun, packet: Packet): boolean {
    const answer = answerTo(first);
    if (!answer) return false;
    this.pass(answer, packet.iif === undefined ? {} : { oif: packet.iif });
    const entry = this.entries.of(packet);
    return entry !== undefined && !isUnanswered(entry, packet);
  }
}

/** A TCP connection goes on from its own side, as if it had been answered. */
function isUnanswered({ original, state }: ConntrackEntry, packet: Packet): boolean {
  return state === "SYN_SENT" && isOf(original, packet);
}

/** Where the state does not tell the way, the trace does. */
function leftBy({ events }: PacketTrace): string | undefined {
  const shown = events.flatMap((event) => (event.kind === "packet" ? [event.packet.oif] : []));
  return shown.findLast((oif) => oif !== undefined);
}

function optionsOf({ oif }: GivenPacket) {
  return oif === undefined ? {} : { oif };
}

function isBeginning({ tcpFlags }: Packet): boolean {
  return tcpFlags !== undefined && (tcpFlags & (tcpFlag.syn | tcpFlag.ack)) === tcpFlag.syn;
}

function isIcmpError({ protocol, icmpType = 255 }: Packet): boolean {
  return protocol === 58 ? icmpType < 128 : protocol === 1 && [3, 4, 5, 11, 12].includes(icmpType);
}

/** The answer of the other side, or of this machine's own programs; where the simulation leaves the end open, the trace tells it. */
function answerTo({ sent: { last, disposition }, leftBy }: Begun): Packet | undefined {
  const iif = disposition.end === "sent" ? disposition.oif : disposition.end === "unknown" ? leftBy : undefined;
  if (iif === undefined && disposition.end !== "delivered") return undefined;
  const { saddr, daddr, protocol, sport, dport } = last;
  return {
    ...(iif !== undefined && { iif }),
    ...{ saddr: daddr, daddr: saddr, protocol, tcpFlags: tcpFlag.syn | tcpFlag.ack },
    ...(dport !== undefined && { sport: dport }),
    ...(sport !== undefined && { dport: sport }),
  };
}

/** What conntrack had of it, where nft tells. */
function stateOf({ events }: PacketTrace): string | undefined {
  const told = events.find((event) => event.kind === "conntrack");
  return told?.kind === "conntrack" ? told.connection.state : undefined;
}

/** Nat chains see a connection's first packet only. */
function visitsNat({ events }: PacketTrace, rules: TracedRules): boolean {
  return events.some((event) => rules.chainOf(event)?.base?.type === "nat");
}

function isSameAddress(one: Packet["saddr"], other: Packet["saddr"]): boolean {
  return one.family === other.family && one.value === other.value;
}

function isSameSeen(one: TracedPacket, other: TracedPacket): boolean {
  return one.ipId === other.ipId && one.source === other.source && one.destination === other.destination;
}

/** What xtables-monitor shows of ICMP are addresses only, and the sender's is picked by routing. */
function isSame(made: Packet, seen: Packet, isProtocolTold: boolean): boolean {
  const isSender = made.saddr.value === 0n || isSameAddress(made.saddr, seen.saddr);
  if (!isSender || !isSameAddress(made.daddr, seen.daddr)) return false;
  if (!isProtocolTold) return true;
  return (["protocol", "icmpType", "sport", "dport"] as const).every((field) => made[field] === seen[field]);
}
