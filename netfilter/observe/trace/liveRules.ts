import { type AddressFamily, formatNetwork, type Network } from "../../packet/address.js";
import { endPriority, given } from "./event.js";
import type { TraceEnds, TraceLimits, TracePattern } from "./livePattern.js";

/** What packets of one direction have in common. */
type Direction = Omit<TracePattern, "replies" | "replyTuple">;

/** A chain of a live trace's own table, with the conditions of its rules. */
export interface TraceChain {
  readonly hook: "prerouting" | "output";
  readonly priority: number;
  readonly conditions: readonly string[];
}

/** Before every rule of most rulesets, and behind the putting together of fragments. */
const beforeRules = -350;
/** Just behind mangle (-150), where marks are set, and before NAT of destinations (-100). */
const behindMangle = -149;

/** The chains that find the packets, each condition in nft's words; empty ones match every packet. */
export function traceChains(pattern: TracePattern): readonly TraceChain[] {
  const priority = pattern.mark === undefined ? beforeRules : behindMangle;
  return hookedDirections(pattern).map(([hook, directions]) => ({
    ...{ hook, priority },
    conditions: directions.map(nftCondition),
  }));
}

/** Statements of nft, one line, that fill the table `inet NAME`: they give matching packets a trace and decide nothing. */
export function nftRules(name: string, pattern: TracePattern, limits: TraceLimits): string {
  const table = `inet ${name}`;
  const { packetsPerSecond, burst } = limits;
  return [
    `add chain ${table} marked`,
    `add rule ${table} marked limit rate ${packetsPerSecond}/second burst ${burst} packets meta nftrace set 1 comment "${ruleComment}"`,
    ...traceChains(pattern).flatMap(({ hook, priority, conditions }) => [
      `add chain ${table} ${hook} { type filter hook ${hook} priority ${priority}; policy accept; }`,
      ...conditions.map((condition) => `add rule ${table} ${hook} ${condition} goto marked`.replace("  ", " ")),
    ]),
    ...ends.map(
      (hook) => `add chain ${table} ${hook} { type filter hook ${hook} priority ${endPriority}; policy accept; }`,
    ),
  ].join(" ; ");
}

/** Chains without rules: that a packet comes there tells it from one that the kernel drops between the hooks. */
const ends = ["input", "postrouting"] as const;

const ruleComment = "Hookscope traces packets for a while";

/** Rules for iptables' raw table of one family: `CHAIN CONDITIONS ...`, a line each; each has the rate for itself. */
export function iptablesRules(
  name: string,
  pattern: TracePattern,
  limits: TraceLimits,
  family: AddressFamily,
): readonly string[] {
  if (!families(pattern).includes(family)) return [];
  const { packetsPerSecond, burst } = limits;
  const end = `-m limit --limit ${packetsPerSecond}/second --limit-burst ${burst} -m comment --comment ${name} -j TRACE`;
  return hookedDirections(pattern).flatMap(([hook, directions]) =>
    directions.flatMap((direction) =>
      iptablesConditions(direction, family).map((condition) =>
        [hook.toUpperCase(), ...condition, end].join(" ").replace("  ", " "),
      ),
    ),
  );
}

/** Whether answers are matched, or could be by an address or port. */
export function tracesReplies(pattern: TracePattern): boolean {
  return pattern.replies && (replyOf(pattern) !== undefined || isItsOwnReply(pattern));
}

type Hooked = readonly [hook: TraceChain["hook"], directions: readonly Direction[]];

/** What a program of the router sends meets the output hook, and has no interface by which it came in. */
function hookedDirections(pattern: TracePattern): readonly Hooked[] {
  const reply = pattern.replies ? replyOf(pattern) : undefined;
  const sent = { ...pattern, replies: undefined, replyTuple: undefined };
  const output = [...(pattern.iif === undefined ? [sent] : []), ...(reply ? [reply] : [])];
  return [
    ["prerouting", [sent, ...(reply ? [reply] : [])]],
    ...(output.length > 0 ? [["output", output] as const] : []),
  ];
}

/** Ends swapped; the interface and the mark of answers are not known. Undefined where nothing would tell them from others. */
function replyOf({ saddr, daddr, sport, dport, protocol, icmpType, replyTuple }: TracePattern): Direction | undefined {
  const answer = icmpType === undefined ? undefined : answers.get(icmpType);
  if (icmpType !== undefined && answer === undefined) return undefined;
  const swapped: TraceEnds = given({ saddr: daddr, daddr: saddr, sport: dport, dport: sport });
  const ends = replyTuple ?? swapped;
  if (Object.keys(ends).length === 0) return undefined;
  return given({ ...ends, protocol, icmpType: answer });
}

/** Requests that are answered, by their answers and the other way round. */
const answers = new Map(
  [8, 13, 15, 17, 128].flatMap((type) => {
    const reply = type === 8 ? 0 : type + 1;
    return [[type, reply] as const, [reply, type] as const];
  }),
);

/** Without ends, interface, mark and type a pattern matches both directions as it is. */
function isItsOwnReply({ iif, icmpType, mark, saddr, daddr, sport, dport }: TracePattern): boolean {
  return [iif, icmpType, mark, saddr, daddr, sport, dport].every((field) => field === undefined);
}

function families({ saddr, daddr, protocol, replyTuple }: TracePattern): readonly AddressFamily[] {
  const network = saddr ?? daddr ?? replyTuple?.saddr ?? replyTuple?.daddr;
  if (network) return [network.family];
  return protocol === 1 ? ["ipv4"] : protocol === 58 ? ["ipv6"] : ["ipv4", "ipv6"];
}

const portNames = new Map([
  [6, "tcp"],
  [17, "udp"],
  [33, "dccp"],
  [132, "sctp"],
  [136, "udplite"],
]);

function nftCondition({ iif, saddr, daddr, protocol, sport, dport, icmpType, mark }: Direction): string {
  const address = (network: Network | undefined, field: string) =>
    network ? [`${network.family === "ipv4" ? "ip" : "ip6"} ${field} ${plain(network)}`] : [];
  const header = protocol === undefined ? "th" : portNames.get(protocol);
  const ports = [...asked("sport", sport), ...asked("dport", dport)].map((port) => `${header} ${port}`);
  const numbers = [...portNames.keys()].join(", ");
  const anyPorts = protocol === undefined && ports.length > 0 ? [`meta l4proto { ${numbers} }`] : [];
  const type = asked(protocol === 58 ? "icmpv6 type" : "icmp type", icmpType);
  const alone = ports.length + type.length === 0 ? asked("meta l4proto", protocol) : [];
  return [
    ...(iif === undefined ? [] : [`iifname "${iif}"`]),
    ...(mark === undefined ? [] : [`meta mark 0x${mark.toString(16)}`]),
    ...address(saddr, "saddr"),
    ...address(daddr, "daddr"),
    ...[...anyPorts, ...ports, ...type, ...alone],
  ].join(" ");
}

/** The conditions as words of iptables: more than one list where the protocol is not said, for ports need one. */
function iptablesConditions(direction: Direction, family: AddressFamily): readonly (readonly string[])[] {
  const { iif, saddr, daddr, protocol, sport, dport, icmpType } = direction;
  const place = [...asked("-i", iif), ...asked("-s", saddr && plain(saddr)), ...asked("-d", daddr && plain(daddr))];
  const ports = [...asked("--sport", sport), ...asked("--dport", dport)];
  const type = asked(family === "ipv6" ? "--icmpv6-type" : "--icmp-type", icmpType);
  const kinds = protocol === undefined && ports.length > 0 ? [...portNames.keys()] : [protocol];
  return kinds.map((kind) => [...place, ...asked("-p", kind), ...ports, ...type]);
}

function asked(word: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${word} ${value}`];
}

/** A network of one address is written as the address. */
function plain(network: Network): string {
  return formatNetwork(network).replace(network.family === "ipv4" ? /\/32$/ : /\/128$/, "");
}
