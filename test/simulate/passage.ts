import { type Address, parseAddress } from "../../netfilter/packet/address.js";
import type {
  Connection,
  FibAnswer,
  FibQuery,
  Headers,
  Headline,
  Meta,
  NatRequest,
  Passage,
} from "../../netfilter/simulate/context.js";
import type { ConntrackStatus, Interface } from "../../netfilter/simulate/state.js";

/** What a packet at a hook is made of; all else is that of a TCP SYN from 10.0.0.1:40000 to 192.168.1.1:80 that came in by eth0. */
export interface Given {
  readonly hook?: Passage["hook"];
  readonly family?: Passage["family"];
  /** Addresses as text; they decide the family. */
  readonly saddr?: string;
  readonly daddr?: string;
  readonly headers?: Partial<Headers>;
  readonly meta?: Partial<Meta>;
  /** By name, index 2 and up in order: `eth0`, `eth1`, `eth2`, `wan0`; `lo` has index 1. `null` for none. */
  readonly iif?: string | null;
  readonly oif?: string | null;
  /** `null` where nothing tracks. */
  readonly connection?: Partial<Connection> | null;
  readonly limits?: "under" | "over";
  readonly now?: number;
  readonly fib?: (query: FibQuery) => FibAnswer | undefined;
  readonly ipset?: (name: string, directions: readonly string[]) => boolean | undefined;
  /** What `guess` answers; false where nothing is said. */
  readonly guesses?: boolean;
}

/** A passage that keeps what the rules did with it. */
export interface RecordedPassage extends Passage {
  readonly asked: string[];
  readonly assumed: string[];
  /** `meta mark 0x00000000 -> 0x00000001`. */
  readonly changes: string[];
  readonly requests: NatRequest[];
  readonly copies: { readonly address?: number | bigint; readonly device?: string }[];
  readonly templates: { readonly zone?: number; readonly helper?: string; readonly direction?: string }[];
  readonly untracked: { yes: boolean };
}

const interfaceNames = ["lo", "eth0", "eth1", "eth2", "wan0"];

/** An address as `Headers` has it: a number for IPv4, a bigint for IPv6. */
export function address(text: string): number | bigint {
  const { family, value } = parseAddress(text, "iptables") as Address;
  return family === "ipv4" ? Number(value) : value;
}

/** An interface without addresses; unknown names get index 100. */
export function device(name: string): Interface {
  const index = interfaceNames.indexOf(name) + 1;
  return { name, index: index || 100, type: name === "lo" ? "loopback" : "ether", up: true, addresses: [] };
}

/** One packet at one hook. */
export function passage(given: Given = {}): RecordedPassage {
  const headers = headersOf(given);
  const record = {
    asked: [] as string[],
    assumed: [] as string[],
    changes: [] as string[],
    requests: [] as NatRequest[],
    copies: [] as RecordedPassage["copies"],
    templates: [] as RecordedPassage["templates"],
    untracked: { yes: false },
  };
  const tracks = given.connection !== null;
  return {
    ...record,
    get hasTemplate() {
      return !tracks && record.templates.length > 0;
    },
    hook: given.hook ?? "forward",
    family: given.family ?? (headers.family === "ipv4" ? "ip" : "ip6"),
    headers,
    meta: { ...quietMeta, ...given.meta },
    iif: given.iif === null ? undefined : device(given.iif ?? "eth0"),
    oif: given.oif === null || given.oif === undefined ? undefined : device(given.oif),
    connection: given.connection === null ? undefined : connectionOf(headers, given.connection),
    limits: given.limits,
    now: given.now,
    fib: (query) => given.fib?.(query),
    ipset: (name, directions) => given.ipset?.(name, directions),
    guess: (why) => {
      record.asked.push(why);
      return given.guesses ?? false;
    },
    assume: (sentence) => {
      if (!record.assumed.includes(sentence)) record.assumed.push(sentence);
    },
    changed: ({ field, before, after }) => record.changes.push(`${field} ${before ?? ""} -> ${after}`),
    nat: (request) => {
      record.requests.push(request);
      return "accept";
    },
    notrack: () => {
      record.untracked.yes = true;
    },
    template: (parts) => record.templates.push(parts),
    copy: (to) => record.copies.push(to),
  };
}

const quietMeta: Meta = {
  mark: 0,
  priority: 0,
  nftrace: false,
  pktType: "host",
  uid: undefined,
  gid: undefined,
  secmark: 0,
};

function headersOf({ saddr, daddr, headers }: Given): Headers {
  const ipv6 = saddr?.includes(":") || daddr?.includes(":") || headers?.family === "ipv6";
  const protocol = headers?.protocol ?? 6;
  const tcp = protocol === 6;
  const hasPorts = [6, 17, 33, 132, 136].includes(protocol);
  const icmp = protocol === 1 || protocol === 58;
  return {
    family: ipv6 ? "ipv6" : "ipv4",
    saddr: address(saddr ?? (ipv6 ? "2001:db8::1" : "10.0.0.1")),
    daddr: address(daddr ?? (ipv6 ? "2001:db8:1::1" : "192.168.1.1")),
    protocol,
    sport: hasPorts ? 40000 : undefined,
    dport: hasPorts ? 80 : undefined,
    tcpFlags: tcp ? 2 : undefined,
    tcpSeq: tcp ? 1000 : undefined,
    tcpAck: tcp ? 0 : undefined,
    tcpWindow: tcp ? 64240 : undefined,
    tcpMss: undefined,
    icmpType: icmp ? (protocol === 1 ? 8 : 128) : undefined,
    icmpCode: icmp ? 0 : undefined,
    icmpId: icmp ? 7 : undefined,
    length: 60,
    ttl: 64,
    dscp: 0,
    ecn: 0,
    ipId: ipv6 ? undefined : 1,
    df: ipv6 ? undefined : true,
    fragment: undefined,
    etherSaddr: 0x02_00_00_00_00_01,
    etherDaddr: 0x02_00_00_00_00_02,
    vlan: undefined,
    payload: undefined,
    about: undefined,
    ...headers,
  };
}

function connectionOf(headers: Headers, given: Partial<Connection> | undefined): Connection {
  const original = headlineOf(headers);
  return {
    state: "new",
    direction: "original",
    status: new Set<ConntrackStatus>(),
    mark: 0,
    labels: 0n,
    zone: 0,
    original,
    reply: { ...original, saddr: original.daddr, daddr: original.saddr, sport: original.dport, dport: original.sport },
    protocolState: undefined,
    helper: undefined,
    expiration: undefined,
    packets: undefined,
    bytes: undefined,
    confirmed: false,
    ...given,
  };
}

function headlineOf({ saddr, daddr, protocol, sport, dport }: Headers): Headline {
  return { saddr, daddr, protocol, sport, dport };
}
