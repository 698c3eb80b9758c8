import type { Packet } from "../../packet/packet.js";
import type { Connection, Headers, NatRequest } from "../context.js";
import type { ConntrackEntry, RouterState } from "../state.js";
import { expectedBy } from "./expectations.js";
import { entryOf, type Flow, flowOfEntry, newFlow, withBits } from "./flow.js";
import { FlowTable, type Found, type Slot } from "./flowTable.js";
import { refusesNew, trackProtocol } from "./protocols.js";
import { flagsAreSane } from "./tcp.js";
import { timeoutOf } from "./timeouts.js";
import { TrackedPacket, Trackless } from "./trackedPacket.js";
import type { NatResult, Tracked, Tracker, Tracking } from "./tracker.js";
import { rewrite, rewriteError } from "./translate.js";
import { type Direction, directionOf, directionOfPacket, inverse, isCertain, tupleOf } from "./tuple.js";
import { mapNetwork, type Range, uniqueDirection } from "./uniqueTuple.js";

/**
 * The interface for which the rules would have masqueraded a connection whose first packet left like this, given an address;
 * undefined when they would not.
 */
export type FindMasquerader = (first: Tracked, leaves: Packet, given: Direction["daddr"]) => string | undefined;

/**
 * Makes the conntrack of a router from what is known of it; `assume` hears what was taken for granted, `masquerader` tells what
 * no listing of entries does.
 */
export function conntrackTable(
  state: RouterState,
  assume: (sentence: string) => void,
  masquerader: FindMasquerader = () => undefined,
): Tracker {
  return new ConntrackTable(state, assume, masquerader);
}

class ConntrackTable implements Tracker {
  private readonly flows = new FlowTable();
  private readonly sysctls: Readonly<Record<string, string>>;
  private expectations: NonNullable<RouterState["expectations"]>;
  /** Entries that exist beside those that were given. */
  private readonly others: number;
  /** Those that were there before the simulation. */
  private readonly given = new Set<Slot>();
  now: number;

  constructor(
    state: RouterState,
    private readonly assume: (sentence: string) => void,
    private readonly masquerader: FindMasquerader,
  ) {
    this.sysctls = state.sysctls ?? {};
    this.now = state.now ?? 0;
    this.expectations = state.expectations ?? [];
    for (const entry of state.conntrack ?? []) {
      const slot = { flow: flowOfEntry(entry, this.now) };
      this.flows.insert(slot);
      this.given.add(slot);
      if (slot.flow.status.has("snat")) this.flows.addSource(slot);
    }
    this.others = Math.max(0, (state.conntrackCount ?? 0) - this.flows.size);
  }

  snapshot(): () => void {
    const back = this.flows.snapshot();
    const { now, expectations } = this;
    return () => {
      back();
      this.now = now;
      this.expectations = expectations;
    };
  }

  change(slot: Slot, changes: Partial<Flow>): void {
    this.flows.change(slot, changes);
  }

  elapse(seconds: number): void {
    this.now += seconds;
    for (const slot of [...this.flows.all()]) {
      const { ends, status } = slot.flow;
      if (ends !== undefined && ends <= this.now && !status.has("fixed-timeout")) this.destroy(slot);
    }
  }

  track(headers: Headers, from: Parameters<Tracker["track"]>[1]): Tracking {
    if (isNeighbourTalk(headers))
      return goesOn(this.trackless("untracked", headers), "IPv6 neighbour and group messages are not tracked");
    const error = this.trackError(headers, from);
    if (error) return error;
    const direction = directionOf(headers);
    if (!direction) return this.invalid(headers, "its ports or ICMP type are not known");
    if (headers.protocol === 6 && headers.tcpFlags !== undefined && !flagsAreSane(headers.tcpFlags)) {
      return this.invalid(headers, "a combination of TCP flags that cannot be");
    }
    const found = this.flows.find(direction, from.zone, from.guess);
    return found ? this.trackFound(found, direction, headers, from) : this.trackNew(direction, headers, from);
  }

  private trackFound(
    found: Found,
    direction: Direction,
    headers: Headers,
    from: Parameters<Tracker["track"]>[1],
  ): Tracking {
    const { slot } = found;
    this.settlePort(found, direction);
    const verdict = trackProtocol(slot.flow, headers, found.direction, this.sysctls, this.now);
    if (verdict.does === "invalid") return this.invalid(headers, verdict.why);
    if (verdict.does === "startsAnew") {
      this.destroy(slot);
      return this.trackNew(direction, headers, from);
    }
    if (headers.protocol === 6) this.assume("TCP's sequence numbers lie in conntrack's window");
    const state = stateOf(slot.flow, found.direction);
    if (verdict.does === "ends") this.destroy(slot);
    else this.change(slot, verdict.changes);
    if (found.direction === "reply" && !slot.flow.status.has("seen-reply")) {
      this.change(slot, { status: withBits(slot.flow, "seen-reply") });
    }
    this.count(slot, found.direction, headers);
    const note = verdict.does === "ends" ? ", which this reset deletes" : "note" in verdict ? ` (${verdict.note})` : "";
    return goesOn(new TrackedPacket(slot, found.direction, state, this), `found ${found.direction} of an entry${note}`);
  }

  /** An answer tells which port of the range the kernel had picked. */
  private settlePort({ slot, direction }: Found, actual: Direction): void {
    if (isCertain(slot.flow[direction]) || !isCertain(actual)) return;
    if (!slot.flow.status.has("confirmed")) return;
    this.flows.remove(slot);
    this.change(slot, { [direction]: actual });
    this.flows.insert(slot);
  }

  private trackNew(original: Direction, headers: Headers, from: Parameters<Tracker["track"]>[1]): Tracking {
    const reply = inverse(original);
    if (!reply) return this.invalid(headers, "an ICMP message that answers nothing known");
    const full = this.isFull(from.guess);
    if (full) return { goesOn: false, says: full };
    const refused = refusesNew(headers, this.sysctls);
    if (refused) return this.invalid(headers, refused);
    const slot: Slot = { flow: newFlow(original, reply, from.zone, this.now) };
    this.fulfil(slot, from.guess);
    if (from.helper !== undefined) this.change(slot, { helper: from.helper, status: withBits(slot.flow, "helper") });
    const verdict = trackProtocol(slot.flow, headers, "original", this.sysctls, this.now);
    if (verdict.does === "invalid") return this.invalid(headers, verdict.why);
    if (verdict.does === "goesOn") this.change(slot, verdict.changes);
    this.count(slot, "original", headers);
    return goesOn(
      new TrackedPacket(slot, "original", stateOf(slot.flow, "original"), this),
      "makes a new entry, not confirmed yet",
    );
  }

  /** A helper's announcement makes a new connection RELATED and hands its master's mark down. */
  private fulfil(slot: Slot, guess: (why: string) => boolean): void {
    const expectation = expectedBy(this.expectations, slot.flow.original, slot.flow.zone);
    if (!expectation) return;
    const master = this.flows.find(expectation.master, slot.flow.zone, guess);
    this.change(slot, { status: withBits(slot.flow, "expected"), mark: master?.slot.flow.mark ?? 0 });
    if (!expectation.permanent) this.expectations = this.expectations.filter((one) => one !== expectation.source);
  }

  /** The sentence that drops a new connection's packet when the table is full. */
  private isFull(guess: (why: string) => boolean): string | undefined {
    const text = this.sysctls["net.netfilter.nf_conntrack_max"] ?? this.sysctls["net.nf_conntrack_max"];
    const most = Number(text ?? 0);
    if (!most || this.flows.size + this.others < most) return undefined;
    const says = `the table is full (nf_conntrack_max ${most}): a new connection finds no place`;
    const mayGo = this.others > 0 || [...this.flows.all()].some(({ flow }) => !flow.status.has("assured"));
    if (mayGo && guess("the full conntrack table may drop an entry that is not assured to make room (early drop)"))
      return undefined;
    return says;
  }

  /** ICMP errors belong to the connection of the packet that they are about. */
  private trackError(headers: Headers, { zone, guess }: Parameters<Tracker["track"]>[1]): Tracking | undefined {
    if (!isIcmpError(headers)) return undefined;
    const about = headers.about && directionOfPacket(headers.about);
    const expected = about && inverse(about);
    if (!expected) return this.invalid(headers, "an ICMP error about a packet that is not known");
    const found = this.flows.find(expected, zone, guess);
    if (!found) return this.invalid(headers, "an ICMP error about no known connection");
    if (found.slot.flow[found.direction].daddr !== headers.daddr) {
      return this.invalid(headers, "an ICMP error to another address than its connection's");
    }
    return goesOn(
      new TrackedPacket(found.slot, found.direction, "related", this, true),
      "an ICMP error about a known connection",
    );
  }

  private invalid(headers: Headers, why: string): Tracking {
    return goesOn(this.trackless("invalid", headers), `INVALID: ${why}`);
  }

  private trackless(state: "invalid" | "untracked", headers: Headers): Tracked {
    return new Trackless(state, headers);
  }

  untracked(): Tracked {
    return new Trackless("untracked", { saddr: 0, daddr: 0, protocol: 0, sport: undefined, dport: undefined });
  }

  attached(tracked: Tracked, isError: boolean): Tracked {
    if (!(tracked instanceof TrackedPacket)) return tracked;
    const other = tracked.direction === "original" ? "reply" : "original";
    if (!isError) this.close(tracked);
    return new TrackedPacket(tracked.slot, other, "related", this, isError);
  }

  /** The machine itself resets a TCP connection. One that is not in the table yet stays as it is. */
  private close({ slot, confirmed }: TrackedPacket): void {
    if (!confirmed || slot.flow.state === "CLOSE") return;
    this.change(slot, { state: "CLOSE", ends: this.now + timeoutOf("tcp_timeout_close", this.sysctls) });
  }

  private count(slot: Slot, direction: "original" | "reply", headers: Headers): void {
    const { packets, bytes } = slot.flow;
    if (!packets) return;
    const counted = { packets: { ...packets, [direction]: packets[direction] + 1 } };
    const length = headers.length;
    this.change(
      slot,
      bytes && length !== undefined
        ? { ...counted, bytes: { ...bytes, [direction]: bytes[direction] + length } }
        : counted,
    );
  }

  wantsNat(tracked: Tracked, kind: NatRequest["kind"]): boolean {
    if (!(tracked instanceof TrackedPacket) || tracked.isError) return false;
    const fresh = tracked.state === "new" || tracked.state === "related";
    return fresh && !tracked.status.has(kind === "source" ? "snat-done" : "dnat-done");
  }

  setUp(
    tracked: Tracked,
    request: NatRequest,
    own: { readonly address?: number | bigint; readonly oif?: string },
  ): boolean {
    if (!(tracked instanceof TrackedPacket) || tracked.confirmed) return true;
    const current = inverse(tracked.slot.flow.reply);
    if (!current) return true;
    const range = this.rangeOf(request, own.address, current);
    if (!range) return false;
    if (request.masquerade && own.oif !== undefined) this.change(tracked.slot, { masqueradedBy: own.oif });
    return this.bind(tracked.slot, current, range);
  }

  private rangeOf(request: NatRequest, own: number | bigint | undefined, current: Direction): Range | undefined {
    const { address, netmap, kind } = request;
    if (request.own) return own === undefined ? undefined : { ...request, address: { from: own, to: own } };
    if (!netmap || !address) return request;
    const mapped = mapNetwork(kind === "source" ? current.saddr : current.daddr, address);
    return { ...request, address: { from: mapped, to: mapped } };
  }

  setUpNothing(tracked: Tracked, kind: NatRequest["kind"]): boolean {
    if (!(tracked instanceof TrackedPacket) || tracked.confirmed) return true;
    const current = inverse(tracked.slot.flow.reply);
    if (!current) return true;
    const own = kind === "source" ? current.saddr : current.daddr;
    return this.bind(tracked.slot, current, { kind, address: { from: own, to: own } });
  }

  private bind(slot: Slot, current: Direction, range: Range): boolean {
    const chosen = uniqueDirection(current, range, slot, this.flows);
    const reply = chosen && inverse(chosen);
    if (!chosen || !reply) return false;
    const source = range.kind === "source";
    const status = new Set(slot.flow.status).add(source ? "snat-done" : "dnat-done");
    const same = sameDirection(chosen, current);
    if (!same) status.add(source ? "snat" : "dnat");
    this.change(slot, same ? { status } : { status, reply });
    if (source) this.flows.addSource(slot);
    return true;
  }

  translate(tracked: Tracked, kind: NatRequest["kind"], headers: Headers, oif: string | undefined): NatResult {
    if (!(tracked instanceof TrackedPacket))
      return { goesOn: true, translated: false, says: "no connection, nothing to translate" };
    const { flow } = tracked.slot;
    const bound = kind === "source" ? this.boundTo(tracked, oif) : undefined;
    if (bound !== undefined && bound !== oif) {
      this.destroy(tracked.slot);
      const says = `outgoing interface changed: the connection was masqueraded for ${bound} and leaves by ${oif}, so it is deleted and the packet dropped`;
      return { goesOn: false, destroyed: true, says };
    }
    const bit = (kind === "source") === (tracked.direction === "original") ? "snat" : "dnat";
    if (!flow.status.has(bit))
      return { goesOn: true, translated: false, says: "the connection has no translation here" };
    const target = inverse(tracked.direction === "original" ? flow.reply : flow.original);
    if (!target) return { goesOn: true, translated: false, says: "nothing to translate" };
    if (tracked.isError) rewriteError(headers, kind, target);
    else rewrite(headers, kind, target);
    return { goesOn: true, translated: true, says: `translated as the entry says` };
  }

  /** A masqueraded connection is bound to the interface of its first packet. */
  private boundTo(tracked: TrackedPacket, oif: string | undefined): string | undefined {
    const { slot } = tracked;
    if (tracked.direction !== "original" || tracked.isError || oif === undefined) return undefined;
    const { masqueradedBy, status } = slot.flow;
    if (masqueradedBy !== undefined || !status.has("snat") || !this.given.has(slot)) return masqueradedBy;
    const found = this.madeBy(slot.flow);
    this.assume(
      found === undefined
        ? "an entry that was there before is not bound to an interface, as if snat and not masquerade had made it"
        : `an entry that was there before was masqueraded for ${found}: it has that interface's address, and the rules would masquerade its first packet there`,
    );
    if (found !== undefined) this.change(slot, { masqueradedBy: found });
    return found;
  }

  /** Asks the rules about the first packet of a connection, which had been to the nat chains for destinations only. */
  private madeBy({ original, reply, mark, zone, status }: Flow): string | undefined {
    const current = inverse({ ...reply, daddr: original.saddr, dport: inverse(original)?.dport ?? reply.dport });
    const answer = current && inverse(current);
    if (!current || !answer || reply.daddr === original.saddr) return undefined;
    const bits = new Set([...status].filter((bit) => bit === "dnat" || bit === "dnat-done"));
    const flow = { ...newFlow(original, answer, zone, this.now), mark, status: bits };
    const { sport, dport, ...rest } = tupleOf(current);
    const ports = typeof sport === "number" && typeof dport === "number" ? { sport, dport } : {};
    const first = new TrackedPacket({ flow }, "original", "new", this);
    return this.masquerader(first, { ...rest, ...ports, mark }, reply.daddr);
  }

  confirm(tracked: Tracked): { readonly goesOn: boolean; readonly says: string } {
    if (!(tracked instanceof TrackedPacket)) return { goesOn: true, says: "nothing to confirm" };
    const { slot } = tracked;
    if (slot.flow.status.has("dying")) return { goesOn: tracked.confirmed, says: "the entry was deleted meanwhile" };
    if (tracked.confirmed || tracked.direction === "reply")
      return { goesOn: true, says: "the entry is confirmed already" };
    const { original, reply, zone } = slot.flow;
    if (this.flows.taken(original, zone, slot) || this.flows.taken(reply, zone, slot)) {
      return { goesOn: false, says: "another connection with the same tuple was confirmed first (clash)" };
    }
    this.change(slot, { status: withBits(slot.flow, "confirmed") });
    this.flows.insert(slot);
    return { goesOn: true, says: "the entry goes into the table" };
  }

  private destroy(slot: Slot): void {
    this.flows.remove(slot);
    this.flows.removeSource(slot);
    this.change(slot, { status: withBits(slot.flow, "dying") });
  }

  entries(): readonly ConntrackEntry[] {
    return [...this.flows.all()].map(({ flow }) => entryOf(flow, this.now));
  }
}

function goesOn(tracked: Tracked, says: string): Tracking {
  return { goesOn: true, tracked, says };
}

function stateOf(flow: Flow, direction: "original" | "reply"): Connection["state"] {
  if (direction === "reply" || flow.status.has("seen-reply")) return "established";
  return flow.status.has("expected") ? "related" : "new";
}

function sameDirection(a: Direction, b: Direction): boolean {
  return a.saddr === b.saddr && a.daddr === b.daddr && a.sport === b.sport && a.dport === b.dport;
}

const errors: Readonly<Record<number, ReadonlySet<number>>> = {
  1: new Set([3, 4, 5, 11, 12]),
  58: new Set([1, 2, 3, 4]),
};

/** Neighbour discovery and group messages of IPv6 never get an entry. */
function isNeighbourTalk({ protocol, icmpType }: Headers): boolean {
  return protocol === 58 && icmpType !== undefined && ((icmpType >= 130 && icmpType <= 136) || icmpType === 143);
}

function isIcmpError({ protocol, icmpType }: Headers): boolean {
  return icmpType !== undefined && (errors[protocol]?.has(icmpType) ?? false);
}
