import type { Family } from "../../facts/hooks.js";
import type { Span } from "../../text/span.js";
import { refuse } from "./refusal.js";

/** Where in the packet a protocol stands. */
export type Base = "link" | "network" | "transport" | "inner";

/** Protocols by the number under which the one below them names them. */
type Links = Readonly<Record<number, string>>;

const overAuthentication: Links = {
  6: "tcp",
  17: "udp",
  33: "dccp",
  50: "esp",
  51: "ah",
  108: "comp",
  132: "sctp",
  136: "udplite",
};
const overInternet: Links = { ...overAuthentication, 1: "icmp", 2: "igmp", 47: "gre", 58: "icmpv6" };
const overFrame: Links = { 2048: "ip", 2054: "arp", 34525: "ip6", 33024: "vlan", 34984: "vlan" };

/** What may stand above each protocol; `inet`, `netdev` and `any transport` stand for hooks that see several. */
const links: Readonly<Record<string, Links>> = {
  inet: { 2: "ip", 10: "ip6" },
  netdev: overFrame,
  ether: overFrame,
  vlan: overFrame,
  ip: overInternet,
  ip6: overInternet,
  "any transport": overInternet,
  ah: overAuthentication,
  comp: overAuthentication,
};

const bases: Readonly<Record<string, Base>> = {
  inet: "link",
  netdev: "link",
  ether: "link",
  vlan: "link",
  ip: "network",
  ip6: "network",
  arp: "network",
  vxlan: "inner",
  geneve: "inner",
};

/** Where a protocol's header stands. */
export function baseOf(protocol: string): Base {
  return bases[protocol] ?? "transport";
}

/** What the kernel hands to each family's hooks. */
const hookProtocols: Readonly<Record<Family, string>> = {
  ip: "ip",
  ip6: "ip6",
  inet: "inet",
  arp: "arp",
  bridge: "ether",
  netdev: "netdev",
};

const below: Readonly<Record<Base, Base | undefined>> = {
  link: undefined,
  network: "link",
  transport: "network",
  inner: "transport",
};

/** Which protocols a packet is known to have at some point of a rule. `unknown` is one that nft has no header for. */
export class Layers {
  private readonly known: Partial<Record<Base, string>> = {};
  /** All transport protocols asked for: two of them leave none to read. */
  private readonly transports: string[] = [];
  /** Link headers passed on the way: Ethernet before VLAN. */
  private readonly passed: string[] = [];
  /** Link fields compared so far, `ether type` for instance, which an added comparison may contradict. */
  private readonly compared: string[] = [];
  /** The type that the rule asked of ICMP messages. */
  private icmpType = 0;

  constructor(readonly family: Family) {
    const protocol = hookProtocols[family];
    this.known[baseOf(protocol)] = protocol;
  }

  at(base: Base): string | undefined {
    return this.known[base];
  }

  /** A comparison of the rule fixes the protocol at `base`. */
  learn(base: Base, protocol: string): void {
    this.known[base] = protocol;
    if (base === "transport") this.transports.push(protocol);
  }

  /** `ip protocol tcp`, `ether type ip`: `number` says what stands above `protocol`. */
  learnUpper(protocol: string, number: bigint): void {
    const upper = links[protocol]?.[Number(number)];
    if (upper === undefined) {
      this.learnIcmpType(protocol, Number(number));
      return;
    }
    if (baseOf(upper) === baseOf(protocol)) this.passed.push(protocol);
    this.learn(baseOf(upper), upper);
  }

  /** `meta l4proto`, `meta nfproto`, `meta protocol` with a number. */
  learnMeta(key: string, number: bigint): void {
    if (key === "l4proto") this.learn("transport", links["any transport"]?.[Number(number)] ?? "unknown");
    if (key === "nfproto") this.learnFamily(number);
    const wide = this.family === "netdev" || this.family === "bridge";
    if (key === "protocol" && wide) this.learn("network", overFrame[Number(number)] ?? "unknown");
    if (key === "iiftype" && this.family !== "bridge") this.learn("link", number === 1n ? "ether" : "unknown");
  }

  private learnFamily(number: bigint): void {
    const hook = hookProtocols[this.family];
    if ((number === 2n && hook === "ip") || (number === 10n && hook === "ip6")) return;
    this.learn("network", links[hook]?.[Number(number)] ?? "unknown");
  }

  private learnIcmpType(protocol: string, type: number): void {
    if (protocol === "icmp") this.icmpType = type || 8;
    if (protocol === "icmpv6") this.icmpType = type === 129 ? 128 : type;
  }

  /** Remembers that a field of a protocol was compared with one value. */
  noteCompared(protocol: string, field: string): void {
    if (baseOf(protocol) === "link") this.compared.push(this.placeOf(field));
  }

  /** A second VLAN header has the fields of the first at another place. */
  private placeOf(field: string): string {
    return `${field} behind ${this.passed.length}`;
  }

  /** What nft does before it reads a field of `protocol`: it adds the comparisons that are missing, or refuses. */
  require(protocol: string, place: Span): void {
    const base = baseOf(protocol);
    const found = this.known[base];
    if (found === undefined) {
      this.depend(base, protocol, place);
      return;
    }
    const other = base === "transport" ? this.transports.find((name) => name !== protocol) : undefined;
    if (other !== undefined && new Set(this.transports).size > 1) this.conflict(other, protocol, place);
    if (found === protocol || (base === "link" && this.resolveLink(found, protocol, place))) return;
    this.conflict(found, protocol, place);
  }

  private depend(base: Base, protocol: string, place: Span): void {
    if (base === "link") {
      this.dependOnFrame(protocol, place);
      return;
    }
    const lower = this.lowerOf(base, protocol, place);
    const number = lower && numberOf(lower, protocol);
    if (lower === undefined || number === undefined) {
      if (lower !== undefined) this.conflict(lower, protocol, place);
      const known = below[base] === "transport" ? "transport protocol" : "network protocol";
      refuse(
        "ambiguousProtocol",
        place,
        `\`${protocol}\` cannot be read here, because the rule has not said which ${known} the packet has. Match it first.`,
      );
    }
    if (baseOf(lower) === "link" && lower !== "inet" && lower !== "netdev" && !this.readsMeta(lower, protocol))
      this.compareAgain(`${lower} type`, place);
    this.learnUpper(lower, BigInt(number));
  }

  /** Bridge tables look at the packet's protocol rather than at the frame's. */
  private readsMeta(lower: string, protocol: string): boolean {
    return this.family === "bridge" && lower === "ether" && (protocol === "ip" || protocol === "ip6");
  }

  private lowerOf(base: Base, protocol: string, place: Span): string | undefined {
    const lower = below[base];
    const found = lower && this.known[lower];
    if (found !== undefined || base !== "transport") return found;
    if (protocol !== "icmp" && protocol !== "icmpv6" && protocol !== "igmp") return "any transport";
    this.require(protocol === "icmpv6" ? "ip6" : "ip", place);
    return this.known.network;
  }

  /** Where packets come without their frames, reading it first asks for Ethernet. */
  private dependOnFrame(protocol: string, place: Span): void {
    if (this.family === "arp" && protocol === "vlan") return;
    this.learn("link", "ether");
    if (protocol === "vlan") this.dependOnTag("ether", place);
  }

  private dependOnTag(lower: string, place: Span): void {
    this.compareAgain(`${lower} type`, place);
    this.learnUpper(lower, 0x8100n);
  }

  /** Whether the frame's header can be read though another one was found. */
  private resolveLink(found: string, protocol: string, place: Span): boolean {
    if (found === "inet" || found === "netdev") {
      this.learn("link", "ether");
      if (protocol === "vlan") this.dependOnTag("ether", place);
      return true;
    }
    if (this.passed.includes(protocol)) return true;
    if (numberOf(found, protocol) === undefined) return false;
    this.dependOnTag(found, place);
    return true;
  }

  private compareAgain(field: string, place: Span): void {
    if (!this.compared.includes(this.placeOf(field))) {
      this.compared.push(this.placeOf(field));
      return;
    }
    refuse(
      "conflictingProtocols",
      place,
      `This needs \`${field}\` to have a certain value, but the rule has compared \`${field}\` with another one already, so it could never match. Leave one of them out.`,
    );
  }

  /** `icmp id` is there in echo messages only. */
  requireIcmpType(types: readonly number[], field: string, place: Span): void {
    const wanted = types[0] ?? 0;
    if (this.icmpType === 0) {
      this.icmpType = wanted || 8;
    } else if (!types.includes(this.icmpType)) {
      refuse(
        "conflictingProtocols",
        place,
        `\`${field}\` is there only in messages of type ${types.join(" or ")}, but the rule asks for type ${this.icmpType} already. Leave one of them out.`,
      );
    }
  }

  conflict(found: string, wanted: string, place: Span): never {
    refuse(
      "conflictingProtocols",
      place,
      `This reads ${wanted}, but at this point the packet can only be ${found}, so the rule could never match. Remove one of the two, or write two rules.`,
    );
  }
}

/** The other way round: each protocol's number within the one below it. Of two numbers the first counts. */
const numbers: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map(
  Object.entries(links).map(([lower, uppers]) => {
    const entries = Object.entries(uppers).map(([number, upper]): [string, number] => [upper, Number(number)]);
    return [lower, new Map(entries.reverse())];
  }),
);

function numberOf(lower: string, upper: string): number | undefined {
  return numbers.get(lower)?.get(upper);
}
