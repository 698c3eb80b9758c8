import { type Network, parseNetwork } from "../packet/address.js";
import type { Headers, Passage } from "./context.js";
import type { IpSet, RouterState } from "./state.js";

/** One part of an element and how a packet's value is held against it. */
type Part = (passage: Passage, direction: "src" | "dst") => boolean | undefined;

interface Element {
  readonly parts: readonly Part[];
  /** `nomatch`: an exception from the networks around it. */
  readonly excludes: boolean;
  /** How narrow its networks are: exceptions and matches of the narrowest count. */
  readonly narrowness: number;
}

/** The sets of the ipset tool that a state tells of. */
export class IpSets {
  private readonly sets: ReadonlyMap<string, IpSet>;
  private readonly elements = new Map<string, readonly Element[]>();

  constructor(sets: RouterState["ipsets"]) {
    this.sets = new Map((sets ?? []).map((set) => [set.name, set]));
  }

  /** Whether a packet is in the set; undefined when the set, its type or the packet's value is not known. */
  test(name: string, directions: readonly ("src" | "dst")[], passage: Passage): boolean | undefined {
    const set = this.sets.get(name);
    if (!set) return undefined;
    if (set.type === "list:set") return this.testList(set, directions, passage);
    const elements = this.elementsOf(set);
    if (!elements) return undefined;
    let best: Element | undefined;
    for (const element of elements) {
      const held = holds(element, directions, passage);
      if (held === undefined) return undefined;
      if (held && (!best || element.narrowness > best.narrowness)) best = element;
    }
    return best !== undefined && !best.excludes;
  }

  private testList({ entries }: IpSet, directions: readonly ("src" | "dst")[], passage: Passage): boolean | undefined {
    const answers = entries.map((entry) => this.test(entry.split(" ")[0] as string, directions, passage));
    return answers.includes(true) ? true : answers.includes(undefined) ? undefined : false;
  }

  private elementsOf(set: IpSet): readonly Element[] | undefined {
    const known = this.elements.get(set.name);
    if (known) return known;
    const kinds = set.type.slice(set.type.indexOf(":") + 1).split(",");
    const elements = set.entries.map((entry) => elementOf(entry, kinds));
    if (elements.some((element) => element === undefined)) return undefined;
    this.elements.set(set.name, elements as Element[]);
    return elements as Element[];
  }
}

function holds(element: Element, directions: readonly ("src" | "dst")[], passage: Passage): boolean | undefined {
  let unsure = false;
  for (const [index, part] of element.parts.entries()) {
    const answer = part(passage, directions[index] ?? directions[0] ?? "src");
    if (answer === false) return false;
    unsure ||= answer === undefined;
  }
  return unsure ? undefined : true;
}

function elementOf(entry: string, kinds: readonly string[]): Element | undefined {
  const [value = "", ...options] = entry.split(" ");
  const texts = value.split(",");
  const parts = kinds.map((kind, index) => partOf(kind, texts[index] ?? ""));
  if (parts.some((part) => part === undefined)) return undefined;
  const narrowness = texts.reduce((sum, text) => sum + lengthOf(text), 0);
  return { parts: parts as Part[], excludes: options.includes("nomatch"), narrowness };
}

function lengthOf(text: string): number {
  const slash = text.indexOf("/");
  return slash === -1 ? 128 : Number(text.slice(slash + 1));
}

function partOf(kind: string, text: string): Part | undefined {
  switch (kind) {
    case "ip":
    case "net":
      return addressPart(text);
    case "port":
      return portPart(text);
    case "iface":
      return ({ iif, oif }, direction) => (direction === "src" ? iif : oif)?.name === text;
    case "mark":
      return ({ meta }) => meta.mark === Number(text);
    case "mac":
      return ({ headers }, direction) => macOf(headers, direction, text);
    default:
      return undefined;
  }
}

function macOf({ etherSaddr, etherDaddr }: Headers, direction: "src" | "dst", text: string): boolean | undefined {
  const own = direction === "src" ? etherSaddr : etherDaddr;
  return own === undefined ? undefined : own === Number.parseInt(text.replaceAll(":", ""), 16);
}

function addressPart(text: string): Part | undefined {
  const [first = "", last = first] = text.split("-");
  const [from, to] = [parseNetwork(first, "iptables"), parseNetwork(last, "iptables")];
  if (!from || !to) return undefined;
  const [low, high] = [bounds(from)[0], bounds(to)[1]];
  return ({ headers }, direction) => {
    const value = BigInt(direction === "src" ? headers.saddr : headers.daddr);
    return headers.family === from.family && low <= value && value <= high;
  };
}

function bounds({ value, mask, family }: Network): readonly [bigint, bigint] {
  const all = family === "ipv4" ? 0xffff_ffffn : (1n << 128n) - 1n;
  return [value & mask, (value & mask) | (all ^ mask)];
}

const protocols: Readonly<Record<string, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  icmpv6: 58,
  ipv6_icmp: 58,
  sctp: 132,
  udplite: 136,
};

/** `80`, `tcp:80`, `udp:1000-2000`, `icmp:8/0`, `vrrp:0`. */
function portPart(text: string): Part | undefined {
  const [first = "", second] = text.split(":");
  const protocol = second === undefined ? undefined : (protocols[first.replace("-", "_")] ?? Number(first));
  const [from, to = from] = (second ?? first).split("-").map(Number);
  if (from === undefined || to === undefined || Number.isNaN(from) || Number.isNaN(protocol ?? 0)) return undefined;
  return ({ headers }, direction) => {
    if (protocol !== undefined && headers.protocol !== protocol) return false;
    const port = direction === "src" ? headers.sport : headers.dport;
    if (port === undefined) return undefined;
    if (typeof port === "number") return from <= port && port <= to;
    return port.to < from || port.from > to ? false : undefined;
  };
}
