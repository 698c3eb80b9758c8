import type { TracedPacket } from "../observe/trace/event.js";
import type { PacketTrace } from "../observe/trace/group.js";
import { type Packet, tcpFlag } from "../packet/packet.js";
import type { GivenPacket } from "../packet/packetJson.js";
import { type Loaded, Router } from "../simulate/router.js";
import type { ConntrackEntry, PortRange, RouterState, Tuple } from "../simulate/state.js";
import type { Trace } from "../simulate/trace.js";
import { connectionKeys } from "./connection.js";
import { givenPacketOf, toldPacketOf } from "./packet.js";
import { TracedRules } from "./rules.js";

/** What a simulation makes of a traced packet; `why` says in one sentence why there is none. */
export type SimulatedTraced = { readonly trace: Trace } | { readonly why: string };

/**
 * Simulates the packets of a session in the order in which they were seen, each with what the earlier ones left behind. One whose
 * connection began before the trace is only simulated where its entry is known, from the state or from before.
 */
export function simulateTraced(
  traces: readonly PacketTrace[],
  loaded: readonly Loaded[],
  state: RouterState,
): (Trace | undefined)[] {
  return playTraced(traces, loaded, state).map((one) => ("trace" in one ? one.trace : undefined));
}

/** The same, with the reason for each that is not simulated. */
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
const leftOut =
  "An earlier packet of its connection could not be simulated, so what conntrack has of the connection is not known.";
const unanswered =
  "The answer to the connection's first packet was not traced: it is taken to have come by the interface by which that left.";

/** A connection's first packet: simulated, and by which interface it was seen to leave. */
interface Begun {
  readonly sent: Trace;
  readonly leftBy: string | undefined;
}

/** Simulates packets one after the other: for those who hear of them one by one. */
export class TracedPlayer {
  private readonly router: Router;
  private readonly rules: TracedRules;
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
  }

  /** The next packet, behind all that were played before. */
  play(trace: PacketTrace): SimulatedTraced {
    const { packet: seen } = trace;
    const known = seen && this.made(seen);
    if (known) return { trace: known };
    const given = seen && givenPacketOf(seen, leftBy(trace));
    const keys = connectionKeys(trace);
    const readiness = given ? this.prepare(trace, given, keys) : untold;
    const isReady = readiness === "ready" || readiness === "answered";
    for (const key of keys) this.broken[isReady ? "delete" : "add"](key);
    if (!given || !isReady) return { why: readiness };
    const sent = this.send(given, seen, keys);
    return { trace: readiness === "answered" ? { ...sent, assumptions: [...sent.assumptions, unanswered] } : sent };
  }

  private send(given: GivenPacket, seen: TracedPacket, keys: readonly string[]): Trace {
    const isKnown = this.entryOf(given.packet) !== undefined;
    const sent = this.router.send(given.packet, optionsOf(given));
    this.caused.push(...sent.caused);
    if (seen.oif === "lo") this.looped.push({ seen, trace: sent });
    if (!isKnown) for (const key of keys) this.begun.set(key, { sent, leftBy: given.oif });
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

  /** Whether it is known what conntrack makes of the packet, be it after an answer that was not traced; or why not. */
  private prepare(trace: PacketTrace, given: GivenPacket, keys: readonly string[]): "ready" | "answered" | string {
    const { packet } = given;
    if (isBeginning(packet)) return "ready";
    if (keys.some((key) => this.broken.has(key))) return leftOut;
    const entry = this.entryOf(packet);
    const first = keys.map((key) => this.begun.get(key)).find(Boolean);
    if (entry && first && isUnanswered(entry, packet)) return this.answer(first, packet) ? "answered" : notKnown;
    if (entry || visitsNat(trace, this.rules)) return "ready";
    if (first) return this.entryOf(first.sent.packet) ? notKnown : "ready";
    if (packet.tcpFlags !== undefined && !this.isTableKnown) return notKnown;
    return this.wouldVisitNat(given) ? notKnown : "ready";
  }

  /** It did not come to the chains that a connection's first packet has to see. */
  private wouldVisitNat(given: GivenPacket): boolean {
    if (!this.rules.translates(given.packet.daddr.family === "ipv4" ? "ip" : "ip6")) return false;
    const { steps } = this.router.whatIf(given.packet, optionsOf(given));
    return steps.some((step) => (step.kind === "rule" || step.kind === "end") && step.chain.base?.type === "nat");
  }

  private entryOf(packet: Packet): ConntrackEntry | undefined {
    return this.router.entries().find(({ original, reply }) => isOfTuple(original, packet) || isOfTuple(reply, packet));
  }

  /** Where only one direction is traced, the connection would never be established. */
  private answer(first: Begun, packet: Packet): boolean {
    const answer = answerTo(first);
    if (!answer) return false;
    this.router.send(answer, packet.iif === undefined ? {} : { oif: packet.iif });
    const entry = this.entryOf(packet);
    return entry !== undefined && !isUnanswered(entry, packet);
  }
}

/** A TCP connection goes on from its own side, as if it had been answered. */
function isUnanswered({ original, state }: ConntrackEntry, packet: Packet): boolean {
  return state === "SYN_SENT" && isOfTuple(original, packet);
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

/** Nat chains see a connection's first packet only. */
function visitsNat({ events }: PacketTrace, rules: TracedRules): boolean {
  return events.some((event) => rules.chainOf(event)?.base?.type === "nat");
}

function isOfTuple(tuple: Tuple, packet: Packet): boolean {
  const hasEnds = isSameAddress(tuple.saddr, packet.saddr) && isSameAddress(tuple.daddr, packet.daddr);
  const hasPorts = isPort(tuple.sport, packet.sport) && isPort(tuple.dport, packet.dport);
  return hasEnds && hasPorts && tuple.protocol === packet.protocol;
}

function isSameAddress(one: Packet["saddr"], other: Packet["saddr"]): boolean {
  return one.family === other.family && one.value === other.value;
}

/** A port that was picked at random stands as the range it is out of. */
function isPort(known: number | PortRange | undefined, port: number | undefined): boolean {
  if (typeof known !== "object") return known === port;
  return port !== undefined && known.from <= port && port <= known.to;
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
