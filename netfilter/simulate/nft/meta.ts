import { findDatatype } from "../../facts/nft/index.js";
import type { Passage } from "../context.js";
import type { Interface } from "../state.js";
import { etherTypeOf, type Reader } from "./payload.js";
import type { Read } from "./reading.js";

const pktTypes = { host: 0, broadcast: 1, multicast: 2, other: 3 } as const;

/** The kernel's numbers for kinds of links. */
const linkTypes: Readonly<Record<string, number>> = {
  ether: 1,
  bridge: 1,
  vlan: 1,
  veth: 1,
  dummy: 1,
  bond: 1,
  macvlan: 1,
  loopback: 772,
  ppp: 512,
  tun: 65534,
  wireguard: 65534,
  none: 65534,
};

/** Compared by name, as the file has it; no interface is an empty name, which equals no other. */
const named =
  (side: "iif" | "oif"): Reader =>
  (passage) =>
    passage[side]?.name ?? "";

const ofInterface =
  (side: "iif" | "oif", key: (face: Interface) => Read): Reader =>
  (passage) => {
    const face = passage[side];
    return face ? key(face) : null;
  };

const assumed =
  (value: number, sentence: string): Reader =>
  (passage) => {
    passage.assume(sentence);
    return value;
  };

const iifType = ofInterface("iif", ({ type }) => linkTypes[type]);
const oifType = ofInterface("oif", ({ type }) => linkTypes[type]);

/** Where the packet is at the device that it leaves by already, which `iiftype` then means. */
const leaves: ReadonlySet<string> = new Set(["postrouting", "egress"]);

const realmless = assumed(0, "No route has a realm.");

/** Before routing a packet has no route, unless it comes round by the loopback. */
function isRouted({ hook, iif }: Passage): boolean {
  return (hook !== "prerouting" && hook !== "ingress") || iif?.type === "loopback";
}

const unprotected = "The packet does not come from IPsec and will not be encrypted by it.";

const readers: Readonly<Record<string, Reader>> = {
  mark: ({ meta }) => meta.mark,
  iif: named("iif"),
  oif: named("oif"),
  iifname: named("iif"),
  oifname: named("oif"),
  iiftype: (passage) => (leaves.has(passage.hook) ? oifType(passage) : iifType(passage)),
  oiftype: oifType,
  iifgroup: ofInterface("iif", ({ group }) => group ?? 0),
  oifgroup: ofInterface("oif", ({ group }) => group ?? 0),
  iifkind: ofInterface("iif", kindOf),
  oifkind: ofInterface("oif", kindOf),
  ibrname: ofInterface("iif", ({ master }) => master ?? null),
  obrname: ofInterface("oif", ({ master }) => master ?? null),
  length: ({ headers }) => headers.length,
  protocol: ({ headers }) => etherTypeOf(headers),
  nfproto: ({ headers }) => (headers.family === "ipv4" ? 2 : 10),
  l4proto: ({ headers }) => headers.protocol,
  priority: ({ meta }) => meta.priority,
  nftrace: ({ meta }) => (meta.nftrace ? 1 : 0),
  skuid: owner("uid"),
  skgid: owner("gid"),
  pkttype: ({ meta }) => pktTypes[meta.pktType],
  rtclassid: (passage) => (isRouted(passage) ? realmless(passage) : null),
  ipsec: assumed(0, unprotected),
  secpath: assumed(0, unprotected),
  secmark: ({ meta }) => meta.secmark,
  day: dayOf,
};

/** Sunday is 0; the kernel counts in its own time zone, which is UTC where nobody set another. */
function dayOf(passage: Passage): Read {
  if (passage.now === undefined) return undefined;
  passage.assume("The kernel's time zone is UTC.");
  return (Math.floor(passage.now / 86_400) + 4) % 7;
}

/** Hardware has no kind; of virtual interfaces the state's `type` tells some. */
function kindOf({ type }: Interface): Read {
  if (type === "loopback") return null;
  return type === "ether" || type === "none" ? undefined : type;
}

/** Only packets of this machine's own sockets have an owner; in input it is known where the socket was found early. */
function owner(key: "uid" | "gid"): Reader {
  return ({ meta, iif, hook }) => meta[key] ?? (iif && hook !== "input" ? null : undefined);
}

/** The reader of a `meta` key, by its word. */
export function metaReader(key: string): Reader {
  return readers[key] ?? (() => undefined);
}

/** The number of an address type as `fib` gives it. */
export function addressTypeOf(word: string): number | undefined {
  return findDatatype("fib_addrtype")?.constants.find((constant) => constant.word === word)?.value;
}
