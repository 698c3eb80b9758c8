import type { Headers } from "../context.js";
import type { Flow } from "./flow.js";
import { flagsAreSane, isTcpState, nextTcpState, type TcpState, tcpKind } from "./tcp.js";
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

function trackTcp(
  flow: Flow,
  { tcpFlags }: Headers,
  direction: "original" | "reply",
  sysctls: Sysctls,
  now: number,
): ProtocolVerdict {
  if (tcpFlags === undefined) return { does: "invalid", why: "TCP flags that are not known" };
  if (!flagsAreSane(tcpFlags)) return { does: "invalid", why: "a combination of TCP flags that cannot be" };
  const before: TcpState = isTcpState(flow.state) ? flow.state : "NONE";
  const kind = tcpKind(tcpFlags);
  const next = nextTcpState(before, kind, direction);
  if (next === "invalid") return { does: "invalid", why: `a TCP packet (${kind}) that does not fit ${before}` };
  if (next === "SYN_SENT" && (before === "TIME_WAIT" || before === "CLOSE")) {
    return flow.finished || flow.resetBy === direction ? { does: "startsAnew" } : ignored(kind, before);
  }
  if (next === "ignored") return ignored(kind, before);
  const replied = flow.status.has("seen-reply");
  if (kind === "rst" && !replied) return { does: "ends" };
  const changes = {
    state: next,
    ends: now + tcpTimeout(next, replied, sysctls),
    finished: flow.finished || next === "FIN_WAIT",
    resetBy: kind === "rst" ? direction : undefined,
  };
  const assured = replied && next === "ESTABLISHED" && (before === "SYN_RECV" || before === "ESTABLISHED");
  return { does: "goesOn", changes: assured ? { ...changes, status: withStatus(flow, "assured") } : changes };
}

function ignored(kind: string, state: TcpState): ProtocolVerdict {
  return { does: "goesOn", changes: { resetBy: undefined }, note: `${kind} changes nothing in ${state}` };
}

function tcpTimeout(state: TcpState, replied: boolean, sysctls: Sysctls): number {
  const usual = timeoutOf(`tcp_timeout_${state.toLowerCase()}`, sysctls);
  if (replied || state !== "ESTABLISHED") return usual;
  return Math.min(usual, timeoutOf("tcp_timeout_unacknowledged", sysctls));
}

function withStatus(flow: Flow, bit: "assured"): Flow["status"] {
  return flow.status.has(bit) ? flow.status : new Set([...flow.status, bit]);
}
