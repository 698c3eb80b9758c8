import type { IpFamily } from "../../facts/iptables/extension.js";
import type { Loaded, OptionNode, RuleLine } from "../../syntax/iptables/nodes.js";
import type { Condition } from "../ruleset.js";
import {
  addressRange,
  bits,
  type Compared,
  icmpType,
  interfaceName,
  masked,
  networks,
  numberRange,
  only,
  opaque,
  ports,
  protocol,
  ranges,
} from "./values.js";

/** What an option is read with. */
interface Reading {
  readonly text: string;
  readonly node: OptionNode;
  readonly rule: RuleLine;
  readonly family: IpFamily;
}

/** How an option becomes a condition: nft's field, what it is compared with (nothing where every packet fits), and how. */
interface Lowering {
  readonly field: string | ((reading: Reading) => string);
  readonly read: (reading: Reading) => Compared | undefined;
  readonly op?: "set";
}

const sourceOrDestination = (letter: "s" | "d"): Lowering => ({
  field: ({ family }) => `${family === "ipv4" ? "ip" : "ip6"} ${letter}addr`,
  read: ({ text, family }) => {
    const compared = networks(text, family);
    return compared.mask === 0n || /\/0+$/.test(text) ? undefined : compared;
  },
});

const device = (field: string): Lowering => ({ field, read: ({ text }) => interfaceName(text) });

/** Base options by their letter. */
const baseLowerings: Readonly<Record<string, Lowering>> = {
  p: { field: "meta l4proto", read: ({ text }) => protocol(text) },
  s: sourceOrDestination("s"),
  d: sourceOrDestination("d"),
  i: device("meta iifname"),
  o: device("meta oifname"),
  f: {
    field: "ip frag-off",
    read: () => ({ mask: 0x1fffn, values: { kind: "ranges", ranges: [{ from: 1n, to: 0x1fffn }] } }),
  },
};

const stateBits = { INVALID: 1, ESTABLISHED: 2, RELATED: 4, NEW: 8, UNTRACKED: 64 };
const statusBits = { EXPECTED: 1, SEEN_REPLY: 2, ASSURED: 4, CONFIRMED: 8 };
const flagBits = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ALL: 0x3f, NONE: 0 };

const mark = (field: string): Lowering => ({ field, read: ({ text }) => masked(text) });
const port = (field: Lowering["field"]): Lowering => ({ field, read: ({ text }) => ports(text) });
const state: Lowering = { field: "ct state", op: "set", read: ({ text }) => bits(text, stateBits) };
const range = (field: string, sign: string, highest: bigint): Lowering => ({
  field,
  read: ({ text }) => ranges([numberRange(text, sign, highest)]),
});
const from = (field: string, first: (limit: bigint) => { from: bigint; to: bigint }): Lowering => ({
  field,
  read: ({ text }) => ranges([/^\d+$/.test(text) ? first(BigInt(text)) : undefined]),
});
const hops = (field: string, name: string): Readonly<Record<string, Lowering>> => ({
  [`${name} ${name}-eq`]: range(field, ":", 255n),
  [`${name} ${name}-lt`]: from(field, (limit) => ({ from: 0n, to: limit - 1n })),
  [`${name} ${name}-gt`]: from(field, (limit) => ({ from: limit + 1n, to: 255n })),
});
const portsOf = (name: string): Readonly<Record<string, Lowering>> => ({
  [`${name} sport`]: port(`${name} sport`),
  [`${name} dport`]: port(`${name} dport`),
});
const addresses = (side: "saddr" | "daddr"): Lowering => ({
  field: ({ family }) => `${family === "ipv6" ? "ip6" : "ip"} ${side}`,
  read: ({ text, family }) => addressRange(text, family),
});
const protocolsPort =
  (side: "sport" | "dport"): Exclude<Lowering["field"], string> =>
  ({ rule }) =>
    `${rule.main.protocol?.value?.text.toLowerCase() ?? "th"} ${side}`;

/** Options of matches by the match's name and their own first name. */
const lowerings: Readonly<Record<string, Lowering>> = {
  ...portsOf("tcp"),
  ...portsOf("udp"),
  ...portsOf("sctp"),
  ...portsOf("dccp"),
  "tcp syn": { field: "tcp flags", read: () => ({ mask: 0x17n, ...ranges([only(2)]) }) },
  "tcp tcp-flags": { field: "tcp flags", read: tcpFlags },
  "icmp icmp-type": { field: "icmp type", read: ({ text, family }) => icmpType(text, family) },
  "icmp6 icmpv6-type": { field: "icmpv6 type", read: ({ text, family }) => icmpType(text, family) },
  "multiport sports": port(protocolsPort("sport")),
  "multiport dports": port(protocolsPort("dport")),
  "mark mark": mark("meta mark"),
  "connmark mark": mark("ct mark"),
  "conntrack ctstate": state,
  "state state": state,
  "conntrack ctstatus": { field: "ct status", op: "set", read: ({ text }) => bits(text, statusBits) },
  "iprange src-range": addresses("saddr"),
  "iprange dst-range": addresses("daddr"),
  "length length": range("meta length", ":", 0xffffn),
  "set match-set": {
    field: ({ node }) => `ipset ${node.more[0]?.text ?? ""}`,
    read: ({ text }) => ({ values: { kind: "set", name: text } }),
  },
  ...hops("ip ttl", "ttl"),
  ...hops("ip6 hoplimit", "hl"),
};

/** `--tcp-flags MASK COMPARED`. */
function tcpFlags({ node }: Reading): Compared {
  const [mask, value] = node.values.map(({ text }) => {
    const all = bits(text, flagBits).values;
    return all.kind === "ranges" ? all.ranges.reduce((sum, { from: bit }) => sum | bit, 0n) : undefined;
  });
  return mask === undefined || value === undefined ? opaque : { mask, ...ranges([only(value)]) };
}

/** What a rule asks of a packet, in the kernel's order: its own options first, then its matches. */
export function conditionsOf(rule: RuleLine, family: IpFamily): Condition[] {
  const found: Condition[] = [];
  for (const node of rule.options) {
    const lowering = baseLowerings[node.option?.letter ?? ""];
    const condition = lowering && lower({ text: node.value?.text ?? "", node, rule, family }, lowering);
    if (condition) found.push(condition);
  }
  for (const match of rule.matches) addMatch(match, rule, family, found);
  if (rule.broken) found.push(unreadRest(rule));
  return found;
}

/** The opposite of every packet. */
const nothing: Compared = ranges([]);

function lower(reading: Reading, { field, read, op }: Lowering): Condition | undefined {
  const { node } = reading;
  const negated = node.negation !== undefined;
  const compared = read(reading) ?? (negated ? nothing : undefined);
  if (!compared) return undefined;
  const { mask, values } = compared;
  const condition: Condition = {
    kind: "condition",
    start: node.start,
    end: node.end,
    field: typeof field === "string" ? field : field(reading),
    op: compared === nothing ? "==" : op ? (negated ? "unset" : "set") : negated ? "!=" : "==",
    values,
  };
  return mask === undefined ? condition : { ...condition, mask };
}

/** Matches that every packet passes. */
const passing = new Set(["comment"]);

/** Adds what a match asks: one condition for each option, or a single opaque one where an option is not understood. */
function addMatch(match: Loaded, rule: RuleLine, family: IpFamily, found: Condition[]): void {
  const { extension, by, options } = match;
  if (passing.has(extension.word) || (!by && options.length === 0) || isProtocolOnly(match)) return;
  const before = found.length;
  for (const node of options) {
    const lowering = lowerings[`${extension.word} ${node.option?.names[0]}`];
    if (!lowering) {
      found.length = before;
      found.push(opaqueMatch(match));
      return;
    }
    const condition = lower({ text: node.value?.text ?? "", node, rule, family }, lowering);
    if (condition) found.push(condition);
  }
  if (options.length === 0) found.push(opaqueMatch(match));
}

/** `-p tcp -m tcp` asks for nothing more than `-p tcp`. */
function isProtocolOnly({ extension, options }: Loaded): boolean {
  return options.length === 0 && (extension.protocols?.includes(extension.word) ?? false);
}

/** A line with an error may ask more than what could be read of it. */
function unreadRest({ start, end }: RuleLine): Condition {
  return { kind: "condition", start, end, field: "unread", op: "==", values: opaque.values };
}

function opaqueMatch({ extension, by, options }: Loaded): Condition {
  const places = [...(by ? [by] : []), ...options];
  const start = Math.min(...places.map((place) => place.start));
  const end = Math.max(...places.map((place) => place.end));
  return { kind: "condition", start, end, field: extension.word, op: "==", values: opaque.values };
}
