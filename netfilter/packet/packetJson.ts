import { icmpTypes, icmpv6Types } from "../facts/icmp.js";
import { protocols } from "../facts/protocols.js";
import { AskedFields, type FieldForm, type FieldProblem, Fields } from "../text/fields.js";
import { type Address, formatAddress, parseAddress } from "./address.js";
import { type Packet, tcpFlag } from "./packet.js";

/** A packet as data, with the interface by which it is said to leave. */
export interface GivenPacket {
  readonly packet: Packet;
  readonly oif?: string;
  /** Seconds since the packet before. */
  readonly after?: number;
}

const byte = { to: 0xff } as const;
const word16 = { to: 0xffff } as const;
const word32 = { to: 0xffff_ffff } as const;
const protocolWords = new Map([...protocols].map(([name, number]) => [name.toLowerCase(), number] as const));

/** Reads a packet as `docs/path.md` describes it; undefined when something is wrong, which `problems` then says. */
export function readPacket(
  value: unknown,
  path: FieldProblem["path"],
  problems: FieldProblem[],
): GivenPacket | undefined {
  const before = problems.length;
  const fields = new Fields(value, path, problems, "a packet");
  const given = new PacketReader(fields).read();
  fields.end();
  return problems.length > before ? undefined : given;
}

/** The fields that a packet may have, as `readPacket` asks for them. */
export function packetForms(): ReadonlyMap<string, FieldForm> {
  const fields = new AskedFields();
  new PacketReader(fields).read();
  return fields.asked;
}

/** Leaves out what is undefined. */
type Loose<T> = { [K in keyof T]: T[K] | undefined };

class PacketReader {
  constructor(private readonly fields: Fields) {}

  read(): GivenPacket | undefined {
    const { fields } = this;
    if (fields.problems.some(({ path }) => path === fields.path)) return undefined;
    const [saddr, daddr] = this.ends();
    const protocol = this.protocol(saddr);
    const oif = fields.string("oif");
    const after = fields.number("after", word32);
    const rest = this.rest(saddr?.family === "ipv6");
    if (!saddr || !daddr || protocol === undefined) return undefined;
    const packet = { saddr, daddr, protocol, ...defined(rest) } as Packet;
    return { packet, ...(oif !== undefined && { oif }), ...(after !== undefined && { after }) };
  }

  private rest(six: boolean): Loose<Partial<Packet>> {
    const { fields } = this;
    const types = new Map((six ? icmpv6Types : icmpTypes).map(({ name, number }) => [name, number] as const));
    return {
      iif: fields.string("iif"),
      boundTo: fields.string("boundTo"),
      sport: fields.number("sport", word16),
      dport: fields.number("dport", word16),
      tcpFlags: this.flags(),
      tcpSeq: fields.number("seq", word32),
      tcpAck: fields.number("ack", word32),
      tcpWindow: fields.number("window", word16),
      tcpMss: fields.number("mss", word16),
      icmpType: fields.number("icmpType", { ...byte, words: types }),
      icmpCode: fields.number("icmpCode", byte),
      icmpId: fields.number("icmpId", word16),
      about: this.about(),
      length: fields.number("length", word16),
      ttl: fields.number("ttl", byte),
      dscp: fields.number("dscp", { to: 63 }),
      ecn: fields.number("ecn", { to: 3 }),
      ipId: fields.number("id", word16),
      df: fields.boolean("df"),
      fragment: this.fragment(),
      mark: fields.number("mark", word32),
      priority: fields.number("priority", word32),
      ether: this.ether(),
      pktType: fields.word("pktType", ["host", "broadcast", "multicast", "other"]),
      uid: fields.number("uid", word32),
      gid: fields.number("gid", word32),
      payload: this.payload(),
    };
  }

  private ends(): readonly [Address | undefined, Address | undefined] {
    const daddr = this.address("daddr");
    const given = this.address("saddr", daddr !== undefined && !this.fields.has("iif"));
    const saddr = given ?? (daddr && !this.fields.has("saddr") ? { family: daddr.family, value: 0n } : undefined);
    if (saddr && daddr && saddr.family !== daddr.family)
      this.fields.complain("daddr", "saddr and daddr are addresses of different families: both are IPv4 or both IPv6");
    return [saddr, daddr];
  }

  /** Without a sender's address, a packet of this machine gets the one that routing picks. */
  private address(name: "saddr" | "daddr", optional = false): Address | undefined {
    const text = this.fields.string(name);
    const found = text === undefined ? undefined : parseAddress(text, "nftables");
    if (text !== undefined && !found)
      this.fields.complain(name, `${name} is an IP address such as 192.168.1.10 or 2001:db8::1, not "${text}"`);
    if (text === undefined && !optional && !this.fields.has(name))
      this.fields.complain(undefined, `a packet needs ${name}, an IP address`);
    return found;
  }

  private protocol(saddr: Address | undefined): number | undefined {
    const { fields } = this;
    const found = fields.number("protocol", { ...byte, words: protocolWords });
    if (fields.has("protocol")) return found === 1 && saddr?.family === "ipv6" ? 58 : found;
    if (fields.has("icmpType")) return saddr?.family === "ipv6" ? 58 : 1;
    if (fields.has("flags")) return 6;
    fields.complain(undefined, "a packet needs protocol: a name such as tcp, or a number");
    return undefined;
  }

  /** `syn,ack`, `none`, a list of names, or the byte. */
  private flags(): number | undefined {
    const value = this.fields.raw("flags");
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xff) return value;
    if (value === "none") return 0;
    const names = typeof value === "string" ? value.split(/[\s,|]+/).filter(Boolean) : value;
    const list = Array.isArray(names) ? names : [names];
    const bits = list.map((name) => tcpFlag[String(name).toLowerCase() as keyof typeof tcpFlag] as number | undefined);
    if (bits.every((bit) => bit !== undefined)) return bits.reduce((sum, bit) => sum | bit, 0);
    const known = Object.keys(tcpFlag).join(", ");
    this.fields.complain("flags", `flags are names such as "syn,ack" out of ${known}, not ${JSON.stringify(value)}`);
    return undefined;
  }

  private about(): Packet | undefined {
    const value = this.fields.raw("about");
    if (value === undefined) return undefined;
    return readPacket(value, [...this.fields.path, "about"], this.fields.problems)?.packet;
  }

  private fragment(): Packet["fragment"] {
    const inner = this.object("fragment", "a fragment");
    if (!inner) return undefined;
    const offset = inner.number("offset", word16) ?? 0;
    const more = inner.boolean("more") ?? false;
    inner.end();
    return { offset, more };
  }

  private ether(): Packet["ether"] {
    const inner = this.object("ether", "an Ethernet header");
    if (!inner) return undefined;
    const [saddr, daddr] = [this.mac(inner, "saddr"), this.mac(inner, "daddr")];
    const vlan = inner.number("vlan", { to: 4095 });
    inner.end();
    return saddr === undefined || daddr === undefined
      ? undefined
      : { saddr, daddr, ...(vlan !== undefined && { vlan }) };
  }

  private object(name: string, what: string): Fields | undefined {
    const value = this.fields.raw(name);
    return value === undefined ? undefined : new Fields(value, [...this.fields.path, name], this.fields.problems, what);
  }

  private mac(fields: Fields, name: string): number | undefined {
    const text = fields.string(name);
    if (text !== undefined && /^([\da-f]{2}:){5}[\da-f]{2}$/i.test(text))
      return Number.parseInt(text.replaceAll(":", ""), 16);
    fields.complain(name, `${name} is a MAC address such as 02:00:00:00:00:01`);
    return undefined;
  }

  /** Text as it is, or bytes as `hex:` and digits. */
  private payload(): Uint8Array | undefined {
    const text = this.fields.string("payload");
    if (text === undefined) return undefined;
    if (!text.startsWith("hex:")) return Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 0xff);
    const digits = text.slice(4).replaceAll(/\s/g, "");
    if (/^([\da-f]{2})*$/i.test(digits))
      return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    this.fields.complain("payload", "payload after hex: is pairs of hexadecimal digits");
    return undefined;
  }
}

/** The packet as `readPacket` reads it; bytes of a payload as `hex:`. */
export function packetJson(packet: Packet): Record<string, unknown> {
  const { saddr, daddr, tcpFlags, tcpSeq, tcpAck, tcpWindow, tcpMss, ipId, ether, payload, about, ...rest } = packet;
  return defined({
    ...rest,
    saddr: formatAddress(saddr),
    daddr: formatAddress(daddr),
    flags: tcpFlags === undefined ? undefined : flagNames(tcpFlags),
    seq: tcpSeq,
    ack: tcpAck,
    window: tcpWindow,
    mss: tcpMss,
    id: ipId,
    ether: ether && { ...ether, saddr: macText(ether.saddr), daddr: macText(ether.daddr) },
    payload: payload && `hex:${[...payload].map((one) => one.toString(16).padStart(2, "0")).join("")}`,
    about: about && packetJson(about),
  });
}

/** `syn,ack`. */
export function flagNames(flags: number): string {
  const names = Object.entries(tcpFlag).filter(([, bit]) => (flags & bit) !== 0);
  return names.map(([name]) => name).join(",");
}

function macText(mac: number): string {
  return (mac.toString(16).padStart(12, "0").match(/../g) ?? []).join(":");
}

function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
