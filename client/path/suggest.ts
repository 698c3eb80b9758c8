import { protocolAt } from "../../netfilter/facts/protocols.js";
import type { Chain, Condition, Rule, Ruleset } from "../../netfilter/model/ruleset.js";
import { type AddressFamily, formatAddress, parseAddress, widths } from "../../netfilter/packet/address.js";
import { flagNames } from "../../netfilter/packet/packetJson.js";
import type { Interface, RouterState } from "../../netfilter/simulate/state.js";
import type { PacketField, PacketForm } from "../../webview/protocol.js";

/** A packet to begin with. `exchange`: what was asked for is a connection's later packet. */
export interface Suggestion {
  readonly form: PacketForm;
  readonly exchange: boolean;
  /** The fields of which the rules say nothing: any other value would do. */
  readonly invented: readonly PacketField[];
}

type Draft = { -readonly [field in PacketField]?: string };

/**
 * A packet that a rule matches, as far as its own conditions and those of the rules that lead to its chain say it; what they leave
 * open is filled from the router's interfaces, or with addresses that exist nowhere. Without a rule, any packet.
 */
export function suggestPacket(ruleset: Ruleset, rule: Rule | undefined, state: RouterState): Suggestion {
  const rules = rule ? [...leadingTo(ruleset, rule.chain, new Set()), rule] : [];
  const asked = rules.flatMap(({ parts }) => parts.filter((part): part is Condition => part.kind === "condition"));
  const draft: Draft = {};
  for (const condition of asked) take(condition, draft);
  const base = rules[0]?.chain ?? ruleset.tables[0]?.chains.find((chain) => chain.base);
  const six = isSix(draft, asked, base);
  const said = new Set(Object.keys(draft));
  complete(draft, base, state, six ? "ipv6" : "ipv4");
  const invented = (Object.keys(draft) as PacketField[]).filter((field) => !said.has(field));
  return { form: draft, exchange: asked.some(asksForLater), invented };
}

/** One way from a base chain down to the chain: the rules that jump. */
function leadingTo(ruleset: Ruleset, chain: Chain, seen: Set<Chain>): Rule[] {
  if (chain.base || seen.has(chain)) return [];
  seen.add(chain);
  const calls = ruleset.references.filter(
    ({ definition, how }) => definition === chain && (how === "jump" || how === "goto"),
  );
  for (const { rule } of calls) {
    if (!rule) continue;
    const before = leadingTo(ruleset, rule.chain, seen);
    if (rule.chain.base || before.length > 0) return [...before, rule];
  }
  return [];
}

function take({ field, op, mask, values }: Condition, draft: Draft): void {
  if (op !== "==" && op !== "set") return;
  if (values.kind === "names") {
    const name = values.names[0]?.replace(/\*$/, "0");
    if (field === "meta iifname" && name !== undefined) draft.iif = name;
    if (field === "meta oifname" && name !== undefined) draft.oif = name;
  }
  const range = values.kind === "ranges" ? values.ranges[0] : undefined;
  if (!range) return;
  const { from, to } = range;
  const [header = "", part = ""] = field.split(" ");
  if (part === "saddr" || part === "daddr") draft[part] = addressIn(from, to, header === "ip6" ? "ipv6" : "ipv4");
  else if (part === "sport" || part === "dport") draft[part] = String(from);
  else if (field === "meta l4proto" || field === "ip protocol" || field === "ip6 nexthdr")
    draft.protocol = nameOf(Number(from));
  else if (field === "icmp type" || field === "icmpv6 type") draft.icmpType = String(from);
  else if (field === "tcp flags" && op === "==" && from !== 0n) draft.flags = flagNames(Number(from));
  else if (field === "meta mark" && op === "==" && mask === undefined && from !== 0n)
    draft.mark = `0x${from.toString(16)}`;
}

/** A machine's address: not the network's own, where there is room. */
function addressIn(from: bigint, to: bigint, family: AddressFamily): string {
  const value = to - from >= 255n ? from + 10n : to > from + 1n ? from + 1n : from;
  return formatAddress({ family, value });
}

function nameOf(protocol: number): string {
  return protocolAt(protocol)?.name ?? String(protocol);
}

function isSix({ saddr, daddr }: Draft, asked: readonly Condition[], base: Chain | undefined): boolean {
  const address = saddr ?? daddr;
  if (address !== undefined) return address.includes(":");
  return base?.table.family === "ip6" || asked.some(({ field }) => /^(ip6|icmpv6) /.test(field));
}

/** Established or related, and not new. */
function asksForLater({ field, op, values }: Condition): boolean {
  if (field !== "ct state" || values.kind !== "ranges" || (op !== "==" && op !== "set")) return false;
  const bits = values.ranges.reduce((sum, { from }) => sum | Number(from), 0);
  return (bits & 6) !== 0 && (bits & 8) === 0;
}

const elsewhere: Readonly<Record<AddressFamily, readonly [string, string]>> = {
  ipv4: ["192.0.2.10", "198.51.100.20"],
  ipv6: ["2001:db8:1::10", "2001:db8:2::20"],
};

function complete(
  draft: Draft,
  base: Chain | undefined,
  { interfaces = [] }: RouterState,
  family: AddressFamily,
): void {
  const hook = base?.base?.hook;
  const isOwn = hook === "output";
  const known = isOwn ? undefined : entrance(draft, interfaces, family);
  if (!isOwn) {
    draft.iif ??= known?.name ?? "eth0";
    draft.saddr ??= neighbourOf(known, family) ?? elsewhere[family][0];
    delete draft.mark;
  }
  draft.daddr ??= (hook === "input" && ownOf(known, family)) || elsewhere[family][1];
  if (interfaces.length === 0 && (hook === "forward" || hook === "postrouting")) draft.oif ??= "eth1";
  if (interfaces.length > 0) delete draft.oif;
  draft.protocol ??= draft.icmpType === undefined ? "tcp" : family === "ipv6" ? "ipv6-icmp" : "icmp";
  completeTransport(draft, family);
}

function completeTransport(draft: Draft, family: AddressFamily): void {
  if (draft.protocol === "tcp") draft.flags ??= "syn";
  if (["tcp", "udp", "sctp", "dccp", "udplite"].includes(draft.protocol ?? "")) {
    draft.sport ??= "40000";
    draft.dport ??= draft.protocol === "udp" ? "53" : "443";
  } else if (draft.protocol === "icmp" || draft.protocol === "ipv6-icmp")
    draft.icmpType ??= family === "ipv6" ? "128" : "8";
}

/** By which the packet comes in: the named one, the one where its sender is, or the first. */
function entrance(
  { iif, saddr }: Draft,
  interfaces: readonly Interface[],
  family: AddressFamily,
): Interface | undefined {
  const outer = interfaces.filter(
    ({ type, addresses }) => type !== "loopback" && addresses.some((one) => one.family === family),
  );
  if (iif !== undefined) return interfaces.find(({ name }) => name === iif);
  const near =
    saddr === undefined ? undefined : outer.find((one) => networksOf(one, family).some(({ holds }) => holds(saddr)));
  return near ?? outer[0];
}

function networksOf({ addresses }: Interface, family: AddressFamily) {
  return addresses
    .filter((one) => one.family === family)
    .map(({ value, prefixLength }) => {
      const shift = BigInt(widths[family] - prefixLength);
      const first = (value >> shift) << shift;
      const last = first + (1n << shift) - 1n;
      const texts = (at: bigint) => formatAddress({ family, value: at });
      return { own: value, first, last, holds: (text: string) => isBetween(text, first, last, family), texts };
    });
}

function isBetween(text: string, first: bigint, last: bigint, family: AddressFamily): boolean {
  const value = parseAddress(text, "nftables");
  return value !== undefined && value.family === family && first <= value.value && value.value <= last;
}

/** Somebody in the interface's network who is not this machine. */
function neighbourOf(known: Interface | undefined, family: AddressFamily): string | undefined {
  const network = known && networksOf(known, family)[0];
  if (!network || network.last - network.first < 3n) return undefined;
  const candidates = [network.first + 10n, network.first + 2n, network.first + 1n];
  const free = candidates.find((one) => one < network.last && one !== network.own);
  return free === undefined ? undefined : network.texts(free);
}

function ownOf(known: Interface | undefined, family: AddressFamily): string | undefined {
  const network = known && networksOf(known, family)[0];
  return network?.texts(network.own);
}
