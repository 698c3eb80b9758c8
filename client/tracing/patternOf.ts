import { icmpTypes, icmpv6Types } from "../../netfilter/facts/icmp.js";
import { protocols } from "../../netfilter/facts/protocols.js";
import type { TracePattern } from "../../netfilter/observe/trace/livePattern.js";
import { traceProblems, usualTraceLimits } from "../../netfilter/observe/trace/livePattern.js";
import { maskLength, type Network, parseNetwork } from "../../netfilter/packet/address.js";
import type { PacketField, PacketForm } from "../../webview/protocol.js";

/** A pattern, and what of the form it does not compare, in sentences. */
export interface FormPattern {
  readonly value: TracePattern;
  readonly notes: readonly string[];
}

/** "Packets like this": what a person typed about a packet as a pattern for a live trace, or what is wrong with it. */
export function patternOf(
  form: PacketForm,
  options: Pick<TracePattern, "replies" | "replyTuple"> = { replies: true },
): FormPattern | { readonly problems: readonly string[] } {
  const reader = new FormReader(form);
  const value: TracePattern = { ...options, ...reader.read() };
  const problems = [...reader.problems, ...traceProblems(value, usualTraceLimits)];
  return problems.length > 0 ? { problems } : { value, notes: notesOf(form) };
}

type Found = Omit<TracePattern, "replies" | "replyTuple">;

class FormReader {
  readonly problems: string[] = [];

  constructor(private readonly form: PacketForm) {}

  read(): Found {
    const [saddr, daddr] = [this.network("saddr"), this.network("daddr")];
    const six = (saddr ?? daddr)?.family === "ipv6";
    const protocol = this.protocol(six);
    const names = new Map((six || protocol === 58 ? icmpv6Types : icmpTypes).map(({ name, number }) => [name, number]));
    const found = {
      iif: this.text("iif"),
      ...{ saddr, daddr, protocol },
      sport: this.number("sport", 0xffff, "a port from 0 to 65535"),
      dport: this.number("dport", 0xffff, "a port from 0 to 65535"),
      icmpType: this.number("icmpType", 0xff, "a type of ICMP such as echo-request", names),
      mark: this.number("mark", 0xffff_ffff, "a mark such as 0x36"),
    };
    return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as Found;
  }

  private text(field: PacketField): string | undefined {
    return this.form[field]?.trim() || undefined;
  }

  private network(field: "saddr" | "daddr"): Network | undefined {
    const text = this.text(field);
    const network = text === undefined ? undefined : parseNetwork(text, "nftables");
    if (network && maskLength(network) !== undefined) return network;
    if (text !== undefined)
      this.problems.push(`${field} is an address such as 192.168.1.10, 10.0.0.0/8 or 2001:db8::1, not "${text}".`);
    return undefined;
  }

  private protocol(six: boolean): number | undefined {
    const icmp = six ? 58 : 1;
    const found = this.number("protocol", 0xff, "a protocol such as tcp, or its number", protocols);
    if (found === undefined && this.text("protocol") === undefined)
      return this.text("icmpType") === undefined ? (this.text("flags") === undefined ? undefined : 6) : icmp;
    return found === 1 && six ? icmp : found;
  }

  private number(
    field: PacketField,
    to: number,
    what: string,
    words: ReadonlyMap<string, number> = new Map(),
  ): number | undefined {
    const text = this.text(field)?.toLowerCase();
    if (text === undefined) return undefined;
    const value = words.get(text) ?? (/^(\d+|0x[\da-f]+)$/.test(text) ? Number(text) : Number.NaN);
    if (value <= to) return value;
    this.problems.push(`${field} is ${what}, not "${text}".`);
    return undefined;
  }
}

function notesOf({ oif, flags }: PacketForm): string[] {
  const notes: string[] = [];
  if (oif?.trim()) notes.push("The interface by which packets leave is not compared: it is known only after routing.");
  if (flags?.trim()) notes.push("Flags are not compared: all packets of such TCP connections are traced.");
  return notes;
}
