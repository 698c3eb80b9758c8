import { tcpFlag } from "../../packet/packet.js";

/** States of a TCP connection in the order of the kernel's table, and what a packet in a state may mean beside them. */
export const tcpStates = [
  "NONE",
  "SYN_SENT",
  "SYN_RECV",
  "ESTABLISHED",
  "FIN_WAIT",
  "CLOSE_WAIT",
  "LAST_ACK",
  "TIME_WAIT",
  "CLOSE",
  "SYN_SENT2",
] as const;
export type TcpState = (typeof tcpStates)[number];

/** What a packet is by its flags. */
export type TcpKind = "syn" | "synack" | "fin" | "ack" | "rst" | "none";

/** The next state; `ignored`: the packet belongs to the connection and changes nothing; `invalid`: it does not belong. */
export type TcpStep = TcpState | "ignored" | "invalid";

const short: Readonly<Record<string, TcpStep>> = {
  ss: "SYN_SENT",
  sr: "SYN_RECV",
  es: "ESTABLISHED",
  fw: "FIN_WAIT",
  cw: "CLOSE_WAIT",
  la: "LAST_ACK",
  tw: "TIME_WAIT",
  cl: "CLOSE",
  s2: "SYN_SENT2",
  "..": "ignored",
  "--": "invalid",
};

/** One row for each kind of packet, one column for each state in the order of `tcpStates`. */
const transitions: Readonly<Record<"original" | "reply", Readonly<Record<TcpKind, readonly TcpStep[]>>>> = {
  original: {
    //        NO SS SR ES FW CW LA TW CL S2
    syn: row("ss ss .. .. .. .. .. ss ss s2"),
    synack: row("-- -- sr -- -- -- -- -- -- sr"),
    fin: row("-- -- fw fw la la la tw cl --"),
    ack: row("es -- es es cw cw tw tw cl --"),
    rst: row("-- cl cl cl cl cl cl cl cl cl"),
    none: row("-- -- -- -- -- -- -- -- -- --"),
  },
  reply: {
    syn: row("-- s2 -- -- -- -- -- ss -- s2"),
    synack: row("-- sr .. .. .. .. .. .. .. sr"),
    fin: row("-- -- fw fw la la la tw cl --"),
    ack: row("-- .. sr es cw cw tw tw cl .."),
    rst: row("-- cl cl cl cl cl cl cl cl cl"),
    none: row("-- -- -- -- -- -- -- -- -- --"),
  },
};

function row(text: string): readonly TcpStep[] {
  return text.split(" ").map((word) => short[word] as TcpStep);
}

/** What a packet of this kind makes of a connection in this state. */
export function nextTcpState(state: TcpState, kind: TcpKind, direction: "original" | "reply"): TcpStep {
  return transitions[direction][kind][tcpStates.indexOf(state)] as TcpStep;
}

/** What the flags make of a packet; RST weighs most. */
export function tcpKind(flags: number): TcpKind {
  if (flags & tcpFlag.rst) return "rst";
  if (flags & tcpFlag.syn) return flags & tcpFlag.ack ? "synack" : "syn";
  if (flags & tcpFlag.fin) return "fin";
  return flags & tcpFlag.ack ? "ack" : "none";
}

const { fin, syn, rst, ack, urg } = tcpFlag;
const sane = new Set([syn, syn | urg, syn | ack, rst, rst | ack, fin | ack, fin | ack | urg, ack, ack | urg]);

/** False for combinations of flags that conntrack takes for broken; PSH and the ECN bits do not count. */
export function flagsAreSane(flags: number): boolean {
  return sane.has(flags & (fin | syn | rst | ack | urg));
}

/** True for a state that tools print. */
export function isTcpState(text: string | undefined): text is TcpState {
  return (tcpStates as readonly (string | undefined)[]).includes(text);
}
