import { type Address, type AddressFamily, parseNetwork } from "../../packet/address.js";
import type { Command } from "../command.js";
import { type Read, textCommand } from "../reading.js";
import { Unread } from "../warnings.js";
import { put } from "./words.js";

/** A network interface and what is set on it. */
export interface Interface {
  readonly index: number;
  readonly name: string;
  /** What stands behind the `@`: the lower device or, for veth, the peer. busybox names a wrong one where it lies in another namespace. */
  readonly parent?: string;
  /** `UP`, `LOWER_UP`, `BROADCAST`, `NOARP` ... */
  readonly flags: readonly string[];
  /** `UP`, `DOWN`, `UNKNOWN` ...; busybox does not say. */
  readonly state?: string;
  readonly mtu?: number;
  /** The bridge, bond or VRF that it belongs to. */
  readonly master?: string;
  /** `ether`, `loopback`, `none`, `ppp` ... */
  readonly type?: string;
  /** Link-layer address. */
  readonly mac?: string;
  readonly addresses: readonly InterfaceAddress[];
}

/** An address of an interface. */
export interface InterfaceAddress extends Address {
  readonly prefixLength: number;
  /** `global`, `link`, `host`. */
  readonly scope?: string;
  /** The other end of a point-to-point link. */
  readonly peer?: Address;
  /** `secondary`, `dynamic`, `tentative`, `deprecated` ... */
  readonly flags: readonly string[];
}

/** Interfaces with their addresses. */
export const ipAddresses: Command<readonly Interface[]> = textCommand({
  id: "ip.addr",
  title: "interfaces and addresses",
  argv: ["ip", "addr"],
  root: false,
  parse: parseInterfaces,
});

/**
 * Whether `ip` on the router is busybox', which prints no state. Its `ip rule` leaves out `not`, and its `ip route` the hops of
 * routes with several.
 */
export function isFromBusybox(interfaces: readonly Interface[]): boolean {
  return interfaces.length > 0 && interfaces.every(({ state }) => state === undefined);
}

type Draft = { -readonly [Key in keyof Interface]: Interface[Key] } & { addresses: InterfaceAddress[] };

function parseInterfaces(text: string): Read<readonly Interface[]> | undefined {
  const interfaces: Draft[] = [];
  const unread = new Unread();
  for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
    const head = readHead(line);
    const current = interfaces.at(-1);
    if (head) interfaces.push(head);
    else if (!/^\s/.test(line) || !current) unread.add(line);
    else readDetail(line.trim(), current);
  }
  if (interfaces.length === 0 && unread.count > 0) return undefined;
  return { value: interfaces, warnings: unread.warnings("interfaces") };
}

function readHead(line: string): Draft | undefined {
  const [, index = "", name = "", parent, flags = "", rest = ""] =
    /^(\d+): ([^\s@:]+)(?:@([^\s:]+))?: <([^>]*)>(.*)$/.exec(line) ?? [];
  if (index === "") return undefined;
  const value = (key: string) => new RegExp(`\\b${key} (\\S+)`).exec(rest)?.[1];
  const [mtu, state, master] = [value("mtu"), value("state"), value("master")];
  return {
    index: Number(index),
    name,
    ...(parent !== undefined && parent !== name && { parent }),
    flags: flags.split(",").filter(Boolean),
    ...(state && { state }),
    ...(mtu && { mtu: Number(mtu) }),
    ...(master && { master }),
    addresses: [],
  };
}

function readDetail(line: string, current: Draft): void {
  const link = /^link\/(\S+)(?: ([\da-f:.]+))?/.exec(line);
  if (link) {
    put(current, "type", link[1]);
    put(current, "mac", link[2]);
    return;
  }
  const address = readAddress(line);
  if (address) current.addresses.push(address);
}

function readAddress(line: string): InterfaceAddress | undefined {
  const [, kind, own = "", peer, rest = ""] = /^(inet6?) (\S+)(?: peer (\S+))?(.*)$/.exec(line) ?? [];
  const network = parseNetwork(own, "iptables");
  if (kind === undefined || !network) return undefined;
  const other = peer === undefined ? undefined : parseNetwork(peer, "iptables");
  const [, scope, flags = ""] = /\bscope (\S+)(.*)$/.exec(rest) ?? [];
  return {
    family: network.family,
    value: network.value,
    prefixLength: lengthOf(peer ?? own, network.family),
    ...(scope && { scope }),
    ...(other && { peer: { family: other.family, value: other.value } }),
    flags: flags.split(" ").filter((word) => /^[a-z]{4,}$/.test(word) && word !== "flags"),
  };
}

function lengthOf(text: string, family: AddressFamily): number {
  const length = text.split("/")[1];
  return length === undefined ? (family === "ipv4" ? 32 : 128) : Number(length);
}
