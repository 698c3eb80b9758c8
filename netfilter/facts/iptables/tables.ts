import type { Entry } from "../catalogue.js";
import type { ChainType, Hook } from "../hooks.js";
import type { BuiltinChain, IptablesTable } from "./extension.js";

/** A built-in chain of one table: where in the packet's way the kernel calls it. */
export interface BuiltinChainFacts extends Entry {
  readonly kind: "chain";
  readonly word: BuiltinChain;
  readonly table: IptablesTable;
  readonly hook: Hook;
  /** The same for iptables' two builds and both families; lower runs earlier. */
  readonly priority: number;
  /** What nft calls this kind of base chain. */
  readonly chainType: ChainType;
}

/** A table of iptables and its built-in chains, in the order in which iptables-save prints them. */
export interface TableFacts extends Entry {
  readonly kind: "table";
  readonly word: IptablesTable;
  readonly chains: readonly BuiltinChainFacts[];
}

const hookOf: Readonly<Record<BuiltinChain, Hook>> = {
  PREROUTING: "prerouting",
  INPUT: "input",
  FORWARD: "forward",
  OUTPUT: "output",
  POSTROUTING: "postrouting",
};

type ChainDraft = readonly [chain: BuiltinChain, priority: number, doc: string, chainType?: ChainType];

function table(word: IptablesTable, doc: string, drafts: readonly ChainDraft[]): TableFacts {
  const chains = drafts.map(
    ([chain, priority, chainDoc, chainType = "filter"]): BuiltinChainFacts => ({
      kind: "chain",
      word: chain,
      table: word,
      hook: hookOf[chain],
      priority,
      chainType,
      forms: [`:${chain} ACCEPT [0:0]`],
      doc: chainDoc,
    }),
  );
  return { kind: "table", word, forms: [`*${word}`], doc, chains };
}

/** The five tables. */
export const tables: readonly TableFacts[] = [
  table(
    "filter",
    "Decides what may pass: priority 0, after destination NAT and before source NAT. So it sees the translated destination and the original source of the first packet. Of a packet that is routed through, only FORWARD is asked; INPUT and OUTPUT see what this machine itself receives and sends.",
    [
      [
        "INPUT",
        0,
        "Packets for this machine, after routing and after the destination was translated. Without a rule that accepts `RELATED,ESTABLISHED`, a `DROP` policy here also throws away the answers to what this machine asks. Packets that are routed through never come here.",
      ],
      [
        "FORWARD",
        0,
        "Packets that are routed through this machine, both directions of a connection, with input and output interface known. Destinations are already translated, sources not yet. Nothing comes here unless `net.ipv4.ip_forward` (or its IPv6 twin) is on.",
      ],
      [
        "OUTPUT",
        0,
        "Packets this machine has made, after the raw, mangle and nat tables of the same hook. Dropping here is told to the sending program, often as `EPERM`.",
      ],
    ],
  ),
  table(
    "nat",
    "Chooses address translations. Only the first packet of a connection is asked here; connection tracking keeps the choice and applies it to every later packet and, backwards, to every reply. So a new rule does not touch connections that already exist, counters count connections and not packets, and packets without tracking (`INVALID`, `NOTRACK`) are never translated. It is no place to filter.",
    [
      [
        "PREROUTING",
        -100,
        "The first packet of each connection that arrives from a network, before routing: here the destination is chosen (`DNAT`, `REDIRECT`), so that routing already follows the new one.",
        "nat",
      ],
      [
        "INPUT",
        100,
        "The first packet of each connection for this machine, after the filter table. Source NAT is possible here (`SNAT`), for packets that a local program should see coming from another address.",
        "nat",
      ],
      [
        "OUTPUT",
        -100,
        "The first packet of each connection this machine opens: here its destination may be changed (`DNAT`, `REDIRECT`), and the packet is then routed anew. The rules of PREROUTING do not see it.",
        "nat",
      ],
      [
        "POSTROUTING",
        100,
        "The first packet of each connection just before it leaves, routed or local: here the source is chosen (`SNAT`, `MASQUERADE`). Routing and filtering are over, and `-d` and `-o` speak of the translated destination.",
        "nat",
      ],
    ],
  ),
  table(
    "mangle",
    "Changes packets: marks, TTL, DSCP, MSS. It runs at priority -150, after connection tracking (-200) and before destination NAT (-100), in all five hooks, so addresses here are those before this hook's translation. Marks set here before routing choose the routing table.",
    [
      [
        "PREROUTING",
        -150,
        "Every packet that arrives from a network, already tracked, not yet translated, not yet routed: the place for marks that `ip rule` shall look at, for `TPROXY`, and for `CONNMARK --restore-mark`.",
      ],
      [
        "INPUT",
        -150,
        "Packets for this machine, after routing and after destination NAT, before the filter table. A mark set here is too late for routing.",
      ],
      [
        "FORWARD",
        -150,
        "Packets that are routed through, with both interfaces known, before the filter table; the usual place for `TCPMSS --clamp-mss-to-pmtu`, since both directions of a connection pass.",
      ],
      [
        "OUTPUT",
        -150,
        "Packets this machine has made. They were routed once already; when a rule here changes mark, TOS, or an address, the kernel routes them again, but a source address that was chosen for the first route stays.",
        "route",
      ],
      [
        "POSTROUTING",
        -150,
        "Every packet that is about to leave, before source NAT, its source still the original. The last table that meets every packet, so the place to save a mark to its connection (`CONNMARK --save-mark`) or to set a traffic class.",
      ],
    ],
  ),
  table(
    "raw",
    "Comes first, at priority -300, before connection tracking (-200): only here can a packet be kept out of it (`CT --notrack`) or be given a zone or helper. Nothing that needs tracking works here: a packet has no connection, state or connection mark yet. Fragments were already put together at -400 where tracking is in use.",
    [
      [
        "PREROUTING",
        -300,
        "Every packet that arrives from a network, before connection tracking has seen it. A packet dropped here costs no connection entry, which is why floods are best dropped here.",
      ],
      ["OUTPUT", -300, "Packets this machine has made, before connection tracking has seen them."],
    ],
  ),
  table(
    "security",
    "For the security marks of SELinux (`SECMARK`, `CONNSECMARK`): priority 50, after the filter table of the same hook, so only packets that were let through are marked. It is kept apart so that the policy of the machine's owner and the mandatory one do not mix.",
    [
      ["INPUT", 50, "Packets for this machine that the filter table has accepted."],
      ["FORWARD", 50, "Packets routed through that the filter table has accepted."],
      ["OUTPUT", 50, "Packets this machine has made and the filter table has accepted."],
    ],
  ),
];

/** A table by its name. */
export function findTable(name: string): TableFacts | undefined {
  return tables.find(({ word }) => word === name);
}

/** A table's built-in chain by name; undefined for user chains. */
export function findBuiltinChain(table: string, chain: string): BuiltinChainFacts | undefined {
  return findTable(table)?.chains.find(({ word }) => word === chain);
}
