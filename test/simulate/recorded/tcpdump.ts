import { formatAddress } from "../../../netfilter/packet/address.js";
import { type Packet, tcpFlag } from "../../../netfilter/packet/packet.js";
import type { Trace } from "../../../netfilter/simulate/trace.js";
import { address } from "../world.js";

/** A packet that tcpdump saw at one of the router's interfaces. */
export interface Dumped {
  readonly iface: string;
  readonly way: "In" | "Out";
  readonly packet: Packet;
}

const line = /^\S+ (?:(\S+) +(In|Out) +)?IP (\S+)\.(\d+) > (\S+)\.(\d+): (.*)$/;

/** Reads what `tcpdump -i any` or `-i lan0` printed; of the latter, what the router has sent carries its own address or is `out`. */
export function dumpedIn(text: string, out: (source: string) => boolean = () => false): Dumped[] {
  return text.split("\n").flatMap((one) => {
    const [, iface = "lan0", way, source = "", sport, destination = "", dport, rest = ""] = line.exec(one) ?? [];
    if (sport === undefined) return [];
    const ends = { saddr: address(source), daddr: address(destination), sport: Number(sport), dport: Number(dport) };
    const goesOut = (way ?? (out(source) ? "Out" : "In")) === "Out";
    const iif = goesOut ? {} : { iif: iface };
    // Linux sends with 64; only what the router forwards has one less.
    const packet = { ...iif, ...ends, ttl: 64, ...transportOf(rest) };
    return [{ iface, way: goesOut ? "Out" : "In", packet }];
  });
}

const letters: Readonly<Record<string, number>> = {
  F: tcpFlag.fin,
  S: tcpFlag.syn,
  R: tcpFlag.rst,
  P: tcpFlag.psh,
  ".": tcpFlag.ack,
};

function transportOf(rest: string): Pick<Packet, "protocol" | "tcpFlags" | "tcpMss" | "length"> {
  const [, flags] = /^Flags \[([^\]]+)\]/.exec(rest) ?? [];
  if (flags === undefined) return { protocol: 17, length: 33 };
  const [, options = ""] = /options \[([^\]]*)\]/.exec(rest) ?? [];
  const [, payload = "0"] = /length (\d+)/.exec(rest) ?? [];
  const mss = /mss (\d+)/.exec(options)?.[1];
  const tcpFlags = [...flags].reduce((sum, letter) => sum + (letters[letter] ?? 0), 0);
  const length = 40 + optionBytes(options) + Number(payload);
  return { protocol: 6, tcpFlags, length, ...(mss !== undefined && { tcpMss: Number(mss) }) };
}

function optionBytes(options: string): number {
  const sizes = options.split(",").map((option) => {
    const [name = ""] = option.split(" ");
    return { mss: 4, sackOK: 2, TS: 10, nop: 1, wscale: 3 }[name] ?? 0;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** A packet that left, in one line. */
export function outLine(iface: string, { saddr, daddr, sport, dport, tcpFlags = 0, length }: Packet): string {
  const flags = Object.entries(letters).flatMap(([letter, bit]) => (tcpFlags & bit ? [letter] : []));
  return `${iface} ${formatAddress(saddr)}.${sport} > ${formatAddress(daddr)}.${dport} [${flags.join("")}] ${length}`;
}

/** The same of what a simulated packet became; nothing where it did not leave. */
export function simulatedOut({ disposition, last }: Trace): string[] {
  return disposition.end === "sent" ? [outLine(disposition.oif, last)] : [];
}
