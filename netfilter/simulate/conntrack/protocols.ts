import { tcpFlag } from "../../packet/packet.js";
import type { Headers } from "../context.js";
import { tcpDataLength } from "../headers.js";
import type { Flow, Side, TcpMemory } from "./flow.js";
import { flagsAreSane, isTcpState, nextTcpState, type TcpKind, type TcpState, type TcpStep, tcpKind } from "./tcp.js";
import { timeoutOf } from "./timeouts.js";
import { icmp, icmp6 } from "./tuple.js";

type Sysctls = Readonly<Record<string, string>>;

/** What a packet means to its protocol's tracking. */
export type ProtocolVerdict =
  /** It belongs; the flow changes so. */
  | { readonly does: "goesOn"; readonly changes: Partial<Flow>; readonly note?: string }
  /** It belongs to none: state INVALID. */
  | { readonly does: "invalid"; readonly why: string }
  /** It goes on, and its entry is deleted: a reset as the first answer. */
  | { readonly does: "ends" }
  /** The old entry is deleted and the packet looked up anew: a SYN on the ports of a closed connection. */
  | { readonly does: "startsAnew" };

/** ICMP requests, which alone may begin something. */
const requests: Readonly<Record<number, ReadonlySet<number>>> = {
  [icmp]: new Set([8, 13, 15, 17]),
  [icmp6]: new Set([128, 139]),
};

/** Why a packet may not begin a connection; undefined when it may. */
export function refusesNew(headers: Headers, sysctls: Sysctls): string | undefined {
  const { protocol, tcpFlags, icmpType } = headers;
  if (protocol in requests && !requests[protocol]?.has(icmpType ?? -1)) {
    return "an ICMP message that answers nothing known";
  }
  if (protocol !== tcp || tcpFlags === undefined) return undefined;
  const kind = tcpKind(tcpFlags);
  const next = nextTcpState("NONE", kind, "original");
  if (next === "invalid") return `a TCP packet (${kind}) that cannot begin a connection`;
  if (next !== "SYN_SENT" && sysctls["net.netfilter.nf_conntrack_tcp_loose"] === "0") {
    return "a TCP connection in its middle, which tcp_loose=0 does not pick up";
  }
  return undefined;
}

const tcp = 6;
const udp = new Set([17, 136]);

/** What the packet makes of the flow it was found for, whose new entry it may be. */
export function trackProtocol(
  flow: Flow,
  headers: Headers,
  direction: "original" | "reply",
  sysctls: Sysctls,
  now: number,
): ProtocolVerdict {
  const { protocol } = headers;
  if (protocol === tcp) return trackTcp(flow, headers, direction, sysctls, now);
  if (udp.has(protocol)) return trackUdp(flow, sysctls, now);
  const name = protocol === icmp ? "icmp_timeout" : protocol === icmp6 ? "icmpv6_timeout" : "generic_timeout";
  return { does: "goesOn", changes: { ends: now + timeoutOf(name, sysctls) } };
}

function trackUdp(flow: Flow, sysctls: Sysctls, now: number): ProtocolVerdict {
  if (!flow.status.has("seen-reply")) {
    return { does: "goesOn", changes: { ends: now + timeoutOf("udp_timeout", sysctls) } };
  }
  const stream = now - flow.since > 2;
  const ends = now + timeoutOf(stream ? "udp_timeout_stream" : "udp_timeout", sysctls);
  return { does: "goesOn", changes: stream ? { ends, status: withStatus(flow, "assured") } : { ends } };
}

function trackTcp(flow: Flow, headers: Headers, direction: Side, sysctls: Sysctls, now: number): ProtocolVerdict {
  const { tcpFlags } = headers;
  if (tcpFlags === undefined) return { does: "invalid", why: "TCP flags that are not known" };
  if (!flagsAreSane(tcpFlags)) return { does: "invalid", why: "a combination of TCP flags that cannot be" };
  const before: TcpState = isTcpState(flow.state) ? flow.state : "NONE";
  const kind = tcpKind(tcpFlags);
  const next = tcpStep(flow, headers, before, kind, direction, sysctls);
  if (next === "invalid") return { does: "invalid", why: `a TCP packet (${kind}) that does not fit ${before}` };
  // A side whose beginning was missed, or who begins anew, is counted from here.
  const known = next === "SYN_RECV" && kind === "synack" ? { ...flow.tcp, acked: {}, sent: {} } : flow.tcp;
  const tcp = remembered(known, headers, kind, direction);
  if (next === "SYN_SENT" && (before === "TIME_WAIT" || before === "CLOSE")) {
    const { last } = flow.tcp;
    const isReset = last?.kind === "rst" && last.from === direction;
    return flow.finished || isReset ? { does: "startsAnew" } : ignored(kind, before, tcp);
  }
  if (next === "ignored") return ignored(kind, before, tcp);
  const replied = flow.status.has("seen-reply");
  if (kind === "rst" && !replied) return { does: "ends" };
  const changes = {
    state: next,
    ends: now + tcpTimeout(next, replied, sysctls),
    finished: flow.finished || next === "FIN_WAIT",
    tcp: next === "SYN_SENT2" ? { ...tcp, simultaneous: true } : tcp,
  };
  const assured = replied && next === "ESTABLISHED" && (before === "SYN_RECV" || before === "ESTABLISHED");
  return { does: "goesOn", changes: assured ? { ...changes, status: withStatus(flow, "assured") } : changes };
}

/** The table's next state, and the cases that need to know what came before. */
function tcpStep(
  { tcp, status }: Flow,
  { tcpSeq, tcpAck }: Headers,
  before: TcpState,
  kind: TcpKind,
  direction: Side,
  sysctls: Sysctls,
): TcpStep {
  const next = nextTcpState(before, kind, direction);
  const { last, simultaneous } = tcp;
  if (next === "ignored" && kind === "synack") {
    const answersSyn = last?.kind === "syn" && last.from !== direction && last.end === tcpAck;
    return answersSyn ? "SYN_RECV" : next;
  }
  if (next === "SYN_RECV" && kind === "ack" && direction === "reply" && simultaneous) return "ESTABLISHED";
  if (next !== "CLOSE" || kind !== "rst" || tcpSeq === undefined || maySoonGo.has(before)) return next;
  return resetStep(tcp, tcpSeq, before, before === "ESTABLISHED" && status.has("assured"), direction, sysctls);
}

/** A reset counts with the number that the other side expects; with a later one, the side that it reaches still decides. */
function resetStep(
  { last, acked }: TcpMemory,
  seq: number,
  before: TcpState,
  established: boolean,
  direction: Side,
  sysctls: Sysctls,
): TcpStep {
  const expected = acked[direction === "original" ? "reply" : "original"];
  if (expected === undefined || last?.kind === "syn" || (seq === 0 && !established)) return "CLOSE";
  const ignoresOld = sysctls["net.netfilter.nf_conntrack_tcp_ignore_invalid_rst"] === "1";
  if (isBefore(seq, expected) && !ignoresOld) return "invalid";
  if (!established || seq === expected) return "CLOSE";
  const follows = last?.kind === "ack" && last.from === direction && last.end === seq;
  return follows ? "CLOSE" : before;
}

/** States in which a full table gives the entry up, and which any reset ends. */
const maySoonGo: ReadonlySet<TcpState> = new Set(["FIN_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE", "CLOSE_WAIT"]);

function isBefore(one: number, other: number): boolean {
  return ((one - other) | 0) < 0;
}

/** What is remembered after a packet. One that acknowledges what tracking has not seen tells nothing of the numbers. */
function remembered(before: TcpMemory, headers: Headers, kind: TcpKind, from: Side): TcpMemory {
  const { tcpFlags = 0, tcpSeq, tcpAck } = headers;
  const spans = kind === "syn" || kind === "synack" || kind === "fin" ? 1 : 0;
  const end = tcpSeq === undefined ? undefined : (tcpSeq + spans + tcpDataLength(headers)) >>> 0;
  const says = (tcpFlags & tcpFlag.ack) !== 0 && tcpAck !== undefined && !(kind === "rst" && tcpAck === 0);
  const keepsEnd = kind === "rst" || kind === "fin";
  const last = { kind, from, end: keepsEnd ? before.last?.end : end };
  const seen = before.sent[from === "original" ? "reply" : "original"];
  if (says && seen !== undefined && isBefore(seen, tcpAck)) return { ...before, last };
  return {
    ...before,
    last,
    acked: says ? raised(before.acked, from, tcpAck) : before.acked,
    sent: end === undefined || kind === "rst" ? before.sent : raised(before.sent, from, end),
  };
}

function raised(numbers: TcpMemory["sent"], from: Side, number: number): TcpMemory["sent"] {
  const before = numbers[from];
  return before === undefined || isBefore(before, number) ? { ...numbers, [from]: number } : numbers;
}

function ignored(kind: string, state: TcpState, tcp: TcpMemory): ProtocolVerdict {
  return { does: "goesOn", changes: { tcp }, note: `${kind} changes nothing in ${state}` };
}

function tcpTimeout(state: TcpState, replied: boolean, sysctls: Sysctls): number {
  const usual = timeoutOf(`tcp_timeout_${state.toLowerCase()}`, sysctls);
  if (replied || state !== "ESTABLISHED") return usual;
  return Math.min(usual, timeoutOf("tcp_timeout_unacknowledged", sysctls));
}

function withStatus(flow: Flow, bit: "assured"): Flow["status"] {
  return flow.status.has(bit) ? flow.status : new Set([...flow.status, bit]);
}
