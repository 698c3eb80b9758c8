import type { Entry } from "./catalogue.js";

export type Family = "ip" | "ip6" | "inet" | "arp" | "bridge" | "netdev";
export type Hook = "ingress" | "prerouting" | "input" | "forward" | "output" | "postrouting" | "egress";
export type ChainType = "filter" | "nat" | "route";

/** A table's family: which packets its chains are called for. */
export interface FamilyFact extends Entry {
  readonly kind: "family";
  readonly word: Family;
}

/** A place in the packet's path where base chains are called; the same word means different places in different families. */
export interface HookFact extends Entry {
  readonly kind: "hook";
  readonly word: Hook;
  readonly families: readonly Family[];
  /** A base chain there names the device it belongs to. */
  readonly device?: boolean;
}

/** What a base chain is for. */
export interface ChainTypeFact extends Entry {
  readonly kind: "chainType";
  readonly word: ChainType;
  readonly places: readonly { readonly families: readonly Family[]; readonly hooks: readonly Hook[] }[];
  /** The priority must be greater than this. */
  readonly above?: number;
}

const ip: readonly Family[] = ["ip", "ip6", "inet"];

/** Every family of tables. */
export const families: readonly FamilyFact[] = [
  family("ip", "IPv4 packets only. What a table says nothing about family means this one."),
  family(
    "ip6",
    "IPv6 packets only. IPv4 rules elsewhere do not protect it: a machine with IPv6 needs rules here or in an inet table.",
  ),
  family(
    "inet",
    "IPv4 and IPv6 in one table: its chains stand in the hooks of both. A rule that names `ip saddr` just does not match IPv6. NAT works here since Linux 5.2, ingress since 5.10.",
  ),
  family(
    "arp",
    "ARP messages that this machine receives and sends, at the hooks input and output. IPv4 tables never see ARP.",
  ),
  family(
    "bridge",
    "Frames that pass a bridge of this machine, also those it only switches. IP tables do not see switched frames, unless `br_netfilter` calls them from here.",
  ),
  family(
    "netdev",
    "Everything that comes in (ingress) or goes out (egress) by the devices named in the chain, before and after all other families, traffic control excepted.",
  ),
];

/** Every hook, with what the kernel does around it. */
export const hooks: readonly HookFact[] = [
  hook(
    "prerouting",
    ip,
    "Every packet that came in, before routing decides whether it is for this machine. Conntrack looks it up at -200, destination NAT is done at -100. `oifname` is not known yet, and packets made here do not come by, except on loopback.",
  ),
  hook(
    "input",
    ip,
    "Packets for this machine itself, after routing. The destination is already translated. What is forwarded to other machines or containers does not come here.",
  ),
  hook(
    "forward",
    ip,
    "Packets that came in and go out again: both interfaces are known, the destination is translated, the source not yet. Traffic of containers and virtual machines passes here, so rules in input do not guard them.",
  ),
  hook(
    "output",
    ip,
    "Packets made on this machine, after a first routing decision. The owner (`meta skuid`) is known here. Destination NAT and a changed mark in a route chain make the kernel route anew.",
  ),
  hook(
    "postrouting",
    ip,
    "Every packet that is about to leave, forwarded or made here. Source NAT is done at 100, and new conntrack entries are confirmed at the very end.",
  ),
  hook(
    "ingress",
    ["inet"],
    "IP packets as they come in by the named devices, before fragments are put together, before conntrack and before prerouting. A drop here is the cheapest. Since Linux 5.10.",
    true,
  ),
  hook(
    "ingress",
    ["netdev"],
    "Every frame that comes in by the named devices, right behind the driver and traffic control, before VLAN, bridge and IP. There is no conntrack and no route yet.",
    true,
  ),
  hook(
    "egress",
    ["netdev"],
    "Every frame that leaves by the named devices, behind all other hooks and before traffic control. It sees packets of the machine itself and of programs with raw sockets too. Since Linux 5.16.",
    true,
  ),
  hook("prerouting", ["bridge"], "Every frame that came in by a bridge port, before the bridge decides where it goes."),
  hook("input", ["bridge"], "Frames that the bridge hands up to this machine; IP's prerouting comes after."),
  hook(
    "forward",
    ["bridge"],
    "Frames that the bridge switches from one port to another. IP chains do not see them without `br_netfilter`.",
  ),
  hook("output", ["bridge"], "Frames that this machine sends through the bridge; IP's postrouting is already over."),
  hook("postrouting", ["bridge"], "Every frame that leaves by a bridge port, switched or sent by this machine."),
  hook("input", ["arp"], "ARP messages that came in."),
  hook("output", ["arp"], "ARP messages that this machine sends."),
];

/** Every type of base chain. */
export const chainTypes: readonly ChainTypeFact[] = [
  {
    kind: "chainType",
    word: "filter",
    forms: ["type filter hook HOOK priority PRIORITY"],
    places: [
      { families: ip, hooks: ["prerouting", "input", "forward", "output", "postrouting"] },
      { families: ["inet"], hooks: ["ingress"] },
      { families: ["bridge"], hooks: ["prerouting", "input", "forward", "output", "postrouting"] },
      { families: ["arp"], hooks: ["input", "output"] },
      { families: ["netdev"], hooks: ["ingress", "egress"] },
    ],
    doc: "A chain that sees every packet at its hook and may do anything but NAT. The type for filtering and for marks alike.",
  },
  {
    kind: "chainType",
    word: "nat",
    forms: ["type nat hook prerouting|input|output|postrouting priority PRIORITY"],
    places: [{ families: ip, hooks: ["prerouting", "input", "output", "postrouting"] }],
    above: -200,
    doc: "A chain that decides on translation. It sees only the first packet of each connection; the rest, replies too, are translated by the entry without coming here, so do not filter in it. The kernel calls all nat chains from its own place (-100 for destinations, 100 for sources): the priority only orders them among each other. It must be above -200, where conntrack is.",
  },
  {
    kind: "chainType",
    word: "route",
    forms: ["type route hook output priority PRIORITY"],
    places: [{ families: ip, hooks: ["output"] }],
    doc: "Like filter, but when the chain changed the mark, addresses, class of service of a packet made here, the kernel routes it anew. Policy routing of local traffic by mark needs it; in a filter chain the mark would come too late.",
  },
];

/** The fact about a family. */
export function findFamily(word: string): FamilyFact | undefined {
  return families.find((fact) => fact.word === word);
}

/** The fact about a hook as a family has it. */
export function findHook(word: string, family: Family): HookFact | undefined {
  return hooks.find((fact) => fact.word === word && fact.families.includes(family));
}

/** The fact about a chain type. */
export function findChainType(word: string): ChainTypeFact | undefined {
  return chainTypes.find((fact) => fact.word === word);
}

/** The hooks at which a family's chains may stand. */
export function hooksOf(family: Family): readonly Hook[] {
  return hooks.filter((fact) => fact.families.includes(family)).map((fact) => fact.word);
}

/** Whether a base chain of this type may stand there. */
export function allowsChainType(type: ChainType, family: Family, hook: Hook): boolean {
  const places = findChainType(type)?.places ?? [];
  return places.some((place) => place.families.includes(family) && place.hooks.includes(hook));
}

function family(word: Family, doc: string): FamilyFact {
  return { kind: "family", word, forms: [`table ${word} NAME { ... }`], doc };
}

function hook(word: Hook, families: readonly Family[], doc: string, device?: boolean): HookFact {
  const form = `type TYPE hook ${word}${device ? ' device "DEVICE"' : ""} priority PRIORITY`;
  return { kind: "hook", word, families, forms: [form], doc, ...(device && { device }) };
}
