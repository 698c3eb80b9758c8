import { type Address, type AddressFamily, type Network, parseAddress, parseNetwork } from "../../packet/address.js";
import type { Command } from "../command.js";
import { quoted } from "../failure.js";
import { type Read, textCommand } from "../reading.js";
import { Unread } from "../warnings.js";
import { put, toNumber, Words } from "./words.js";

/** One route of one table. */
export interface Route {
  readonly family: AddressFamily;
  /** As it is written: a name or a number; `main` where the line names none. */
  readonly table: string;
  readonly type: RouteType;
  readonly destination: Network;
  /** Where packets go: one hop, or several of which the kernel picks one by weight; none for `blackhole` and its like, and for a
   * `unicast` route whose hops the router's `ip` does not tell. */
  readonly hops: readonly Hop[];
  /** Source address for packets made here. */
  readonly source?: Address;
  readonly metric?: number;
  readonly scope?: string;
  /** Who made it: `kernel`, `static`, `dhcp` ... */
  readonly protocol?: string;
  readonly mtu?: number;
  readonly tos?: number;
  /** `linkdown`, `dead`, `onlink` ... */
  readonly flags: readonly string[];
  /** The line itself, with those of its next hops. */
  readonly text: string;
}

/** A way to the next router or onto a link. */
export interface Hop {
  /** The next router; absent when the destination is on the link. It may be of the other family. */
  readonly via?: Address;
  readonly dev?: string;
  readonly weight: number;
}

const routeTypes = [
  "unicast",
  "local",
  "broadcast",
  "multicast",
  "anycast",
  "throw",
  "unreachable",
  "prohibit",
  "blackhole",
  "nat",
] as const;
export type RouteType = (typeof routeTypes)[number];

/** The routes of all tables of IPv4. */
export const ipRoutes = routeCommand("ip.route4", "-4", "ipv4");
/** The routes of all tables of IPv6. */
export const ip6Routes = routeCommand("ip.route6", "-6", "ipv6");

function routeCommand(id: string, option: string, family: AddressFamily): Command<readonly Route[]> {
  return textCommand({
    id,
    title: `routes of ${family === "ipv4" ? "IPv4" : "IPv6"}`,
    argv: ["ip", option, "route", "show", "table", "all"],
    root: false,
    parse: (text) => parseRoutes(text, family),
  });
}

function parseRoutes(text: string, family: AddressFamily): Read<readonly Route[]> | undefined {
  const unread = new Unread();
  const routes: Route[] = [];
  for (const line of withHops(text)) {
    const route = readRoute(line, family);
    if (route) routes.push(route);
    else unread.add(line);
  }
  if (routes.length === 0 && unread.count > 0) return undefined;
  return { value: routes, warnings: [...unread.warnings("routes"), ...withoutWay(routes)] };
}

/** busybox' `ip` prints nothing of a route's several next hops, and their place must not be taken for "nowhere". */
function withoutWay(routes: readonly Route[]): string[] {
  const silent = routes.filter(({ type, hops }) => type === "unicast" && hops.length === 0);
  if (silent.length === 0) return [];
  return [
    `The router's \`ip\` does not say where these routes lead: ${silent.map(({ text }) => quoted(text)).join(", ")}. busybox' leaves out routes with several next hops; the package ip-full (OpenWrt) or iproute2 has one that tells.`,
  ];
}

/** Lines of next hops are indented and belong to the line above. */
function withHops(text: string): string[] {
  return text
    .replace(/\n[ \t]+(?=nexthop\b)/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "");
}

type Draft = { -readonly [Key in keyof Route]: Route[Key] } & { hops: Hop[]; flags: string[] };

function readRoute(line: string, family: AddressFamily): Route | undefined {
  const words = new Words(line);
  const type = routeTypes.find((each) => words.skip(each)) ?? "unicast";
  const destination = readDestination(words.next(), family);
  if (!destination) return undefined;
  const draft: Draft = { family, table: "main", type, destination, hops: [], flags: [], text: line.trim() };
  const [head, ...nexthops] = splitHops(words);
  const hop = readHop(head ?? [], draft);
  if (hop.dev !== undefined || hop.via) draft.hops.push(hop);
  for (const nexthop of nexthops) draft.hops.push(readHop(nexthop, draft));
  return draft;
}

function readDestination(text: string | undefined, family: AddressFamily): Network | undefined {
  if (text === undefined) return undefined;
  if (text === "default" || text === "all") return parseNetwork(family === "ipv4" ? "0.0.0.0/0" : "::/0", "iptables");
  const network = parseNetwork(text, "iptables");
  return network?.family === family ? network : undefined;
}

function splitHops(words: Words): string[][] {
  const parts: string[][] = [[]];
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === "nexthop") parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts;
}

/** Options with a value that say nothing about where packets go. */
const skipped = new Set(
  "pref expires error nhid encap rtt rttvar cwnd initcwnd initrwnd hoplimit advmss window ssthresh realm users age used congctl quickack features fastopen_no_cookie rto_min ttl-propagate iif".split(
    " ",
  ),
);

function readHop(parts: readonly string[], draft: Draft): Hop {
  const words = new Words(parts.join(" "));
  let via: Address | undefined;
  let dev: string | undefined;
  let weight = 1;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === "via") via = readVia(words);
    else if (word === "dev") dev = words.next();
    else if (word === "weight") weight = toNumber(words.next()) ?? 1;
    else readOption(word, words, draft);
  }
  return { ...(via && { via }), ...(dev !== undefined && { dev }), weight };
}

function readVia(words: Words): Address | undefined {
  if (words.peek === "inet" || words.peek === "inet6") words.next();
  return parseAddress(words.next() ?? "", "iptables");
}

function readOption(word: string, words: Words, draft: Draft): void {
  if (word === "table") draft.table = words.next() ?? "main";
  else if (word === "src") put(draft, "source", parseAddress(words.next() ?? "", "iptables"));
  else if (word === "metric") put(draft, "metric", toNumber(words.next()));
  else if (word === "scope") put(draft, "scope", words.next());
  else if (word === "proto") put(draft, "protocol", words.next());
  else if (word === "tos" || word === "dsfield") put(draft, "tos", toNumber(words.next()));
  else if (word === "mtu") {
    words.skip("lock");
    put(draft, "mtu", toNumber(words.next()));
  } else if (skipped.has(word)) words.next();
  else draft.flags.push(word);
}
