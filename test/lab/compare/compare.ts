import type { Packet } from "../../../netfilter/packet/packet.js";
import type { ConntrackEntry } from "../../../netfilter/simulate/state.js";
import type { Trace } from "../../../netfilter/simulate/trace.js";
import type { KernelEntry, Observation, Observed, WirePacket } from "../kernel.js";
import type { SimulatedRouter } from "../simulator.js";
import { simulated, written } from "../world.js";
import { kernelEntryLine, kernelKey, sameEntry, simulatedEntryLine, simulatedKey } from "./entries.js";
import { type Journey, journeysOf } from "./journeys.js";
import { kernelLines, lastMark, simulatedLines } from "./lines.js";

/** Where the simulator and the kernel disagree: at which packet, about what, and what each says. */
export interface Difference {
  /** The packet's place in the scenario; its length stands for the table at the end. */
  readonly packet: number;
  readonly about: string;
  readonly kernel: readonly string[];
  readonly simulated: readonly string[];
}

export interface Comparison {
  readonly difference?: Difference;
  /** Packets whose every step was compared. */
  readonly compared: number;
  /** Packets that the simulator leaves open, and all behind them in the scenario: their state is then open, too. */
  readonly unknown: number;
  /** Why the first of them is open. */
  readonly why?: string;
}

/** Sends the scenario's packets, as they were in the kernel, through a simulated router, up to the first difference. */
export function compare(observation: Observation & { loaded: true }, router: SimulatedRouter): Comparison {
  const { packets } = observation;
  let compared = 0;
  let strayed: string | undefined;
  for (const [index, observed] of packets.entries()) {
    if (!observed) continue;
    if (journeysOf(observed).some(({ first }) => isProtocolUnknown(first))) strayed = "protocol unreachable";
    const outcome = leftOpen(comparePacket(observed, router), strayed);
    if (outcome.unknown !== undefined) {
      const left = packets.slice(index).filter((one) => one !== null).length;
      return { compared, unknown: left, why: outcome.unknown };
    }
    compared += 1;
    if (outcome.about) return { compared, unknown: 0, difference: { packet: index, ...outcome } };
  }
  if (strayed) return { compared, unknown: 0 };
  const difference = observation.filled === 0 ? compareTables(observation.entries, router) : undefined;
  return { compared, unknown: 0, ...(difference && { difference: { packet: packets.length, ...difference } }) };
}

type Finding = Omit<Difference, "packet">;
type Outcome = (Finding & { readonly unknown?: undefined }) | { readonly about?: undefined; readonly unknown?: string };

/** After an answer of the router's own stack that the lab cannot follow, a difference says nothing. */
function leftOpen(outcome: Outcome, strayed: string | undefined): Outcome {
  return outcome.about && strayed ? { unknown: `the lab does not follow ${strayed}` } : outcome;
}

function comparePacket(observed: Observed, router: SimulatedRouter): Outcome {
  const trace = router.send(simulated(observed.packet));
  if (trace.disposition.end === "unknown") return { unknown: trace.disposition.why };
  const [main, ...others] = journeysOf(observed);
  return (
    compareJourney(main, trace) ?? compareCaused(main, others, trace, router) ?? compareEvents(observed, router) ?? {}
  );
}

function compareJourney(journey: Journey | undefined, trace: Trace): Finding | undefined {
  const [kernel, own] = [kernelLines(journey?.steps ?? []), simulatedLines(trace)];
  if (kernel.join("\n") !== own.join("\n")) return { about: "the steps", kernel, simulated: own };
  const [end, ownEnd] = [kernelEnd(journey), simulatedEnd(trace)];
  if (end !== ownEnd) return { about: "the end", kernel: [...kernel, end], simulated: [...own, ownEnd] };
  return comparePackets(journey, trace);
}

function kernelEnd({ end, left }: Partial<Journey> = {}): string {
  if (end?.at === "delivered") return `delivered with mark ${end.mark}`;
  return end && left ? `sent by ${left.oif} with mark ${end.mark}` : "gone";
}

function simulatedEnd(trace: Trace): string {
  const { disposition } = trace;
  if (disposition.end === "delivered") return `delivered with mark ${lastMark(trace)}`;
  return disposition.end === "sent" ? `sent by ${disposition.oif} with mark ${lastMark(trace)}` : "gone";
}

const fields = [
  "protocol",
  "sport",
  "dport",
  "icmpType",
  "icmpCode",
  "icmpId",
  "ttl",
  "dscp",
  "ecn",
  "length",
] as const;
const tcpFields = ["tcpFlags", "tcpSeq", "tcpAck", "tcpMss"] as const;

/** Compares what is known of both: the bytes that left, or the packet as it was delivered. */
function comparePackets({ end, left }: Partial<Journey> = {}, { last }: Trace): Finding | undefined {
  const seen = left?.packet ?? end?.packet;
  if (!seen || (end?.at === "leaving" && !left)) return undefined;
  const different = [...fields, ...(left ? tcpFields : [])].filter((name) => isDifferent(last[name], seen[name]));
  const addresses = (["saddr", "daddr"] as const).filter((name) => written(last[name]) !== seen[name]);
  if (different.length + addresses.length === 0) return undefined;
  const kernel = [
    ...addresses.map((name) => `${name} ${seen[name]}`),
    ...different.map((name) => `${name} ${seen[name]}`),
  ];
  const own = [
    ...addresses.map((name) => `${name} ${written(last[name])}`),
    ...different.map((name) => `${name} ${last[name]}`),
  ];
  return { about: `the packet that was ${left ? "sent" : "delivered"}`, kernel, simulated: own };
}

function isDifferent(own: unknown, seen: unknown): boolean {
  return own !== undefined && seen !== undefined && own !== seen;
}

/** What else the packet made the router send: answers that the simulator makes, too, and those of the router's own stack. */
function compareCaused(
  main: Journey | undefined,
  others: readonly Journey[],
  trace: Trace,
  router: SimulatedRouter,
): Outcome | undefined {
  const caused = [...trace.caused];
  /** The kernel's ICMP socket is busy while it sends: nothing is said about errors on its own packets. */
  const possible: Trace[] = [];
  for (const journey of others) {
    const index = caused.findIndex((one) => isSame(journey.first, one.packet));
    if (index === -1 && isProtocolUnknown(journey.first)) continue;
    const maybe = index === -1 ? possible.findIndex((one) => isSame(journey.first, one.packet)) : -1;
    const own =
      index !== -1
        ? caused.splice(index, 1)[0]
        : (possible.splice(maybe, maybe === -1 ? 0 : 1)[0] ?? ofStack(journey, main, router));
    if (!own)
      return { about: "a packet that the simulator does not make", kernel: [told(journey.first)], simulated: [] };
    if (own.disposition.end === "unknown") return { unknown: own.disposition.why };
    (index !== -1 || !isIcmp(journey.first) ? caused : possible).push(...own.caused);
    const finding = compareJourney(journey, own);
    if (finding) return { ...finding, about: `${finding.about} of the answer ${told(journey.first)}` };
  }
  const missing = caused.filter(isMade);
  if (missing.length === 0 || mayBeLimited(trace)) return undefined;
  return {
    about: "a packet that the kernel does not make",
    kernel: [],
    simulated: missing.map(({ packet }) => toldOf(packet)),
  };
}

/** An answer for which there is no route is never made, and passes no hook. */
function isMade({ steps }: Trace): boolean {
  return steps.some(({ kind }) => kind !== "route");
}

/** The kernel sends only so many errors about a refused route to one address. */
function mayBeLimited({ disposition }: Trace): boolean {
  return disposition.end === "dropped";
}

/** A reset or an error of the router's own protocols, which are not simulated: it is taken as a program's packet. */
function ofStack(journey: Journey, main: Journey | undefined, router: SimulatedRouter): Trace | undefined {
  const delivered = main?.end?.at === "delivered" ? main.end.packet : undefined;
  if (!delivered || !journey.made) return undefined;
  const { iif: _, ...first } = journey.first;
  return router.send(simulated({ ...first, mark: journey.mark, ...(isError(first) && { about: delivered }) }));
}

function isIcmp({ protocol }: WirePacket): boolean {
  return protocol === 1 || protocol === 58;
}

/** Unlike a program's packet it carries the connection of the packet that it is about. */
function isProtocolUnknown({ protocol, icmpType, icmpCode }: WirePacket): boolean {
  return (protocol === 1 && icmpType === 3 && icmpCode === 2) || (protocol === 58 && icmpType === 4 && icmpCode === 1);
}

function isError({ protocol, icmpType = 255 }: WirePacket): boolean {
  return protocol === 58 ? icmpType < 128 : [3, 4, 5, 11, 12].includes(icmpType);
}

function isSame(seen: WirePacket, own: Packet): boolean {
  const names = ["protocol", "icmpType", "icmpCode", "sport", "dport"] as const;
  return seen.daddr === written(own.daddr) && names.every((name) => seen[name] === own[name]);
}

function told(seen: WirePacket): string {
  return toldOf(simulated(seen));
}

function toldOf({ saddr, daddr, protocol, sport, dport, icmpType, icmpCode, tcpFlags }: Packet): string {
  const kind = icmpType === undefined ? `${sport}>${dport} flags ${tcpFlags}` : `type ${icmpType}/${icmpCode}`;
  return `${written(saddr)}>${written(daddr)} ${protocol} ${kind}`;
}

/** Compares the entries to which something happened. */
function compareEvents({ events, entries }: Observed, router: SimulatedRouter): Finding | undefined {
  if (events.length === 0) return undefined;
  const own = keyed(router.entries());
  const kernel = new Map(entries.map((one) => [kernelKey(one), one]));
  for (const key of new Set(events.map(kernelKey))) {
    const [there, here] = [kernel.get(key), own.get(key)];
    const finding = there ? compareEntry(there, here) : here && destroyed(here);
    if (finding) return finding;
  }
  return undefined;
}

function destroyed(entry: ConntrackEntry): Finding {
  return { about: "an entry that the kernel does not have", kernel: [], simulated: [simulatedEntryLine(entry)] };
}

function keyed(entries: readonly ConntrackEntry[]): Map<string, ConntrackEntry> {
  return new Map(entries.map((entry) => [simulatedKey(entry), entry]));
}

function compareEntry(entry: KernelEntry, own: ConntrackEntry | undefined): Finding | undefined {
  const kernel = kernelEntryLine(entry);
  const ours = own ? simulatedEntryLine(own) : "no entry";
  return sameEntry(kernel, ours) ? undefined : { about: "the connection", kernel: [kernel], simulated: [ours] };
}

function compareTables(kernel: readonly KernelEntry[], router: SimulatedRouter): Finding | undefined {
  const own = keyed(router.entries());
  for (const entry of kernel) {
    const finding = compareEntry(entry, own.get(kernelKey(entry)));
    if (finding) return { ...finding, about: "the connection at the end" };
  }
  const keys = new Set(kernel.map(kernelKey));
  const extra = [...own].filter(([key]) => !keys.has(key)).map(([, entry]) => simulatedEntryLine(entry));
  return extra.length ? { about: "connections at the end", kernel: [], simulated: extra } : undefined;
}
