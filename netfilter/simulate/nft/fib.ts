import type { Fib } from "../../syntax/nft/nodes.js";
import type { FibQuery, Passage } from "../context.js";
import { addressTypeOf } from "./meta.js";
import type { Reader } from "./payload.js";
import type { Read } from "./reading.js";

/** The reader of a `fib` lookup: `oif` and `oifname` give a name, empty where no route leads there. */
export function fibReader({ flags, result }: Fib): Reader {
  const has = new Set(flags.map(({ text }) => text));
  if (result.text === "type") return (passage) => typeOf(passage, has);
  const device: Reader = (passage) => deviceOf(passage, has);
  return result.text === "check" ? present(device) : device;
}

/** `fib ... exists` and `missing`. */
export function present(device: Reader): Reader {
  return (passage) => {
    const name = device(passage);
    return name === undefined ? undefined : name === "" ? 0 : 1;
  };
}

type Flags = ReadonlySet<string>;

/** The interface that the lookup is bound to. */
function bound(passage: Passage, flags: Flags): string | undefined {
  if (flags.has("iif")) return passage.iif?.name;
  return flags.has("oif") ? passage.oif?.name : undefined;
}

function typeOf(passage: Passage, flags: Flags): Read {
  const { saddr, daddr, family } = passage.headers;
  const device = bound(passage, flags);
  const [address, source] = flags.has("daddr") ? [daddr, saddr] : [saddr, daddr];
  const query = { address, source, ...(flags.has("mark") && { mark: passage.meta.mark }) };
  const answer = passage.fib({ ...query, ...(device !== undefined && { oif: device }) });
  if (!answer) return undefined;
  const { type, oif } = answer;
  if (ownTypes.has(type)) return addressTypeOf(type);
  return addressTypeOf(family === "ipv4" || oif !== undefined || leads(passage, query) ? "unicast" : "unreachable");
}

/** Whether any route of IPv6 leads there, by whichever interface. */
function leads(passage: Passage, query: FibQuery): boolean {
  const answer = passage.fib(query);
  return answer?.oif !== undefined || (answer !== undefined && ownTypes.has(answer.type));
}

/** What IPv4 finds in its `local` table alone, or by the address itself; IPv6 asks for a route, too. */
const ownTypes: ReadonlySet<string> = new Set(["local", "broadcast", "anycast", "multicast"]);

/** Where what came round by the loopback is not looked up. */
const unroutedHooks: ReadonlySet<string> = new Set(["ingress", "prerouting", "input"]);

function deviceOf(passage: Passage, flags: Flags): Read {
  const { iif, headers, hook } = passage;
  if (unroutedHooks.has(hook) && iif?.type === "loopback") return iif.name;
  const answer = passage.fib(queryOf(passage, flags));
  if (!answer) return undefined;
  if (headers.saddr === 0 && (headers.daddr === 0xffff_ffff || isLinkMulticast(headers.daddr))) return iif?.name ?? "";
  if (answer.type !== "unicast") return "";
  const device = bound(passage, flags);
  return device === undefined || answer.oif === device ? (answer.oif ?? "") : "";
}

/** The lookup is not bound to the interface, except for link-local addresses: what it finds is compared with it. */
function queryOf(passage: Passage, flags: Flags): FibQuery {
  const { saddr, daddr } = passage.headers;
  const [address, source] = flags.has("daddr") ? [daddr, saddr] : [saddr, daddr];
  const device = isLinkLocal(address) ? (bound(passage, flags) ?? passage.iif?.name) : undefined;
  return {
    address,
    source,
    ...(flags.has("mark") && { mark: passage.meta.mark }),
    ...(device !== undefined && { oif: device }),
  };
}

function isLinkLocal(address: number | bigint): boolean {
  return typeof address === "bigint" && address >> 118n === 0x3fan;
}

function isLinkMulticast(address: number | bigint): boolean {
  return typeof address === "number" && address >>> 8 === 0xe00000;
}
